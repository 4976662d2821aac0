"""The re-shoot promise: what a plate allows, and that nothing else is left."""

import numpy as np
import pytest
import torch

from hdr_core.camera.capture import Camera, reshoot
from hdr_core.camera.response import invert_samples, make_monotone
from hdr_core.camera.responses import (
    filmic,
    grid,
    inverse_srgb,
    picture_profile,
    s_shaped,
    srgb,
)
from hdr_core.errors import ShapeError
from hdr_core.fidelity.bins import bounds, count_violations, project, sure_light

BITS = [8, 10, 12, 16]


def inverse(crf):
    return invert_samples(crf[None])[0]


def estimated():
    """A curve as a network tells it: flat where it fell, at two levels."""
    fallen = np.minimum(np.where(grid() > 0.5, grid() - 0.1, grid()), 0.7)
    return make_monotone(torch.from_numpy(fallen)[None])[0].numpy()


CAMERAS = [
    pytest.param(grid(), id="linear"),
    pytest.param(inverse(srgb(grid())), id="sRGB"),
    pytest.param(inverse_srgb(grid()), id="sRGB by formula"),
    pytest.param(grid() ** 2.4, id="gamma 2.4"),
    pytest.param(inverse(s_shaped(grid(), contrast=0.9)), id="S"),
    pytest.param(inverse(filmic(grid(), white=8.0, toe=1.25)), id="film"),
    pytest.param(inverse(picture_profile(grid(), knee=0.7, slope=0.2)), id="knee"),
]


def wild_light(shape):
    """Light of any size, black and below black among it."""
    rng = np.random.default_rng(0)
    light = 10 ** rng.uniform(-12, 12, shape) * rng.choice([1, 1, -1, 0], shape)
    light.flat[:3] = [0.0, np.finfo(np.float32).max, np.finfo(np.float32).min]
    return light.astype(np.float32)


def all_codes(bits):
    """Every code four times in each channel, (4, 2**bits, 3)."""
    return np.broadcast_to(np.arange(2**bits)[:, None], (4, 2**bits, 3))


class TestBounds:
    def test_when_lossless_then_a_code_is_half_a_code_wide_on_both_sides(self):
        low, high = bounds(grid(), max_code=3)

        np.testing.assert_allclose(low, [0.0, 0.5 / 3, 1.5 / 3, 2.5 / 3])
        np.testing.assert_allclose(high, [0.5 / 3, 1.5 / 3, 2.5 / 3, np.inf])

    def test_when_lossy_then_bins_are_wider_and_more_codes_may_be_clipped(self):
        low, high = bounds(grid(), max_code=4, tolerance_codes=1.0)

        np.testing.assert_allclose(low, [0.0, 0.0, 0.5 / 4, 1.5 / 4, 2.5 / 4])
        np.testing.assert_allclose(high, [1.5 / 4, 2.5 / 4, 3.5 / 4, np.inf, np.inf])


class TestProject:
    def test_when_light_leaves_its_bin_then_it_goes_to_the_nearest_end(self):
        codes = np.array([[1, 1, 1]])
        hdr = np.array([[0.1, 0.3, 0.9]], np.float32)

        projected = project(hdr, codes, grid(), max_code=4)

        # Code 1 of 4 holds 0.125 to 0.375; a tenth of it is kept free at both ends.
        np.testing.assert_allclose(projected, [[0.15, 0.3, 0.35]], rtol=1e-6)

    def test_when_a_code_is_clipped_then_light_may_be_as_bright_as_it_likes(self):
        codes = np.array([[255, 255, 255]])
        hdr = np.array([[0.2, 1.0, 6e4]], np.float32)

        projected = project(hdr, codes, grid(), max_code=255)

        assert projected[0, 0] > 254.5 / 255
        assert projected[0, 1:].tolist() == [1.0, np.float32(6e4)]

    def test_when_black_is_photographed_then_it_may_be_black(self):
        hdr = np.array([[-5.0, 0.0, 1e-9]], np.float32)

        projected = project(hdr, np.zeros((1, 3), int), grid(), max_code=255)

        np.testing.assert_array_equal(projected, np.float32([[0.0, 0.0, 1e-9]]))

    @pytest.mark.parametrize("bits", BITS)
    @pytest.mark.parametrize("inverse_crf", CAMERAS)
    def test_when_shot_again_then_any_light_gives_the_plate_code_for_code(
        self, inverse_crf, bits
    ):
        codes, max_code = all_codes(bits), 2**bits - 1

        hdr = project(wild_light(codes.shape), codes, inverse_crf, max_code=max_code)

        shot = reshoot(hdr, inverse_crf, max_code=max_code)
        np.testing.assert_array_equal(shot, codes)
        assert hdr.dtype == np.float32
        assert np.isfinite(hdr).all()

    @pytest.mark.parametrize("inverse_crf", CAMERAS)
    def test_when_rounded_to_half_then_8_bits_still_give_the_plate(self, inverse_crf):
        codes = all_codes(8)
        hdr = project(wild_light(codes.shape), codes, inverse_crf, max_code=255)

        halves = np.minimum(hdr, 65504).astype(np.float16)

        shot = reshoot(halves, inverse_crf, max_code=255)
        np.testing.assert_array_equal(shot, codes)

    @pytest.mark.parametrize("bits", [8, 10])
    def test_when_the_curve_has_flat_pieces_then_the_plate_comes_back(self, bits):
        """Bins of three float32 steps: too narrow for the margin, wide enough."""
        codes, max_code = all_codes(bits), 2**bits - 1

        hdr = project(wild_light(codes.shape), codes, estimated(), max_code=max_code)

        shot = reshoot(hdr, estimated(), max_code=max_code)
        np.testing.assert_array_equal(shot, codes)

    def test_when_a_camera_shot_the_scene_then_the_scene_itself_is_hardly_moved(self):
        camera = Camera(crf=srgb(grid()))
        scene = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0)) * 1.5
        codes = (camera.shoot(scene) * 255).round().int().numpy()

        hdr = project(scene.numpy(), codes, camera.inverse_crf, max_code=255)

        # A tenth of the widest bin, at most.
        assert np.abs(hdr - scene.numpy()).max() < 0.1 * 2.3 / 255

    def test_when_projected_twice_then_nothing_changes(self):
        codes, curve = all_codes(8), inverse(srgb(grid()))
        once = project(wild_light(codes.shape), codes, curve, max_code=255)

        np.testing.assert_array_equal(project(once, codes, curve, max_code=255), once)

    @pytest.mark.parametrize("tolerance", [1, 3, 6])
    def test_when_lossy_then_codes_come_back_within_the_tolerance(self, tolerance):
        codes, curve = all_codes(8), inverse(srgb(grid()))

        hdr = project(
            wild_light(codes.shape),
            codes,
            curve,
            max_code=255,
            tolerance_codes=tolerance,
        )

        apart = np.abs(reshoot(hdr, curve, max_code=255) - codes)
        assert apart.max() == tolerance

    def test_when_lossy_then_light_that_fits_the_wide_bin_is_kept(self):
        codes = np.array([[100, 100, 100]])
        hdr = np.array([[98.9, 100.0, 101.1]], np.float32) / 255

        kept = project(hdr, codes, grid(), max_code=255, tolerance_codes=1.0)
        moved = project(hdr, codes, grid(), max_code=255)

        np.testing.assert_array_equal(kept, hdr)
        assert (moved == hdr).tolist() == [[False, True, False]]

    @pytest.mark.parametrize("tolerance", [0.0, 2.0])
    def test_when_light_is_nan_then_it_is_not_hidden(self, tolerance):
        hdr = np.array([[np.nan, 0.5, np.nan]], np.float32)
        codes = np.array([[255, 128, 3]])
        told = {"max_code": 255, "tolerance_codes": tolerance}

        projected = project(hdr, codes, grid(), **told)

        assert np.isnan(projected).tolist() == [[True, False, True]]
        assert count_violations(projected, codes, grid(), **told) == 2

    def test_when_shapes_differ_then_the_error_tells_both(self):
        hdr, codes = np.zeros((2, 2, 3), np.float32), np.zeros((2, 3, 3), int)

        with pytest.raises(ShapeError, match=r"\(2, 2, 3\) light for \(2, 3, 3\)"):
            project(hdr, codes, grid(), max_code=255)


class TestCountViolations:
    def test_when_values_lie_in_other_bins_then_each_is_counted(self):
        codes = np.array([1, 1, 1, 3, 3, 0, 0])
        hdr = np.array([0.4, 0.1, 0.6, 0.9, 0.8, -3.0, 0.2])

        # Of 3: code 1 holds 1/6 to 1/2, code 3 all from 5/6, code 0 all below 1/6.
        assert count_violations(hdr, codes, grid(), max_code=3) == 4

    def test_when_lossy_then_values_beyond_the_wide_bin_are_counted(self):
        codes = np.array([50, 50, 50, 50])
        hdr = np.array([48.4, 48.6, 51.4, 51.6]) / 100

        found = count_violations(hdr, codes, grid(), max_code=100, tolerance_codes=1.0)

        assert found == 2

    @pytest.mark.parametrize("tolerance", [0.0, 1.0])
    def test_when_light_is_wild_then_violations_are_found_and_projection_ends_them(
        self, tolerance
    ):
        codes, curve = all_codes(8), inverse(srgb(grid()))
        told = {"max_code": 255, "tolerance_codes": tolerance}
        hdr = wild_light(codes.shape)

        before = count_violations(hdr, codes, curve, **told)
        after = count_violations(
            project(hdr, codes, curve, **told), codes, curve, **told
        )

        assert before > 1000
        assert after == 0


class TestSureLight:
    def test_when_the_plate_is_lossless_then_only_the_largest_code_is_not_sure(self):
        sure = sure_light(grid() ** 2.2, max_code=255, tolerance_codes=0.0)

        assert sure == pytest.approx((254.5 / 255) ** 2.2, abs=1e-5)

    @pytest.mark.parametrize("max_code", [255, 1023])
    def test_when_codes_may_be_off_then_two_tolerances_below_the_clip_are(
        self, max_code
    ):
        tolerance = 6.0 * max_code / 255

        sure = sure_light(grid() ** 2, max_code=max_code, tolerance_codes=tolerance)

        assert sure == pytest.approx((1.0 - 12.0 / 255) ** 2, abs=1e-5)

    def test_when_the_clip_is_above_1_then_light_is_told_by_it(self):
        told = [
            sure_light(scale * grid(), max_code=255, tolerance_codes=4.0)
            for scale in (1.0, 8.0)
        ]

        assert told[0] == pytest.approx(told[1])

    def test_when_all_codes_may_be_off_then_none_is_sure(self):
        assert sure_light(grid(), max_code=255, tolerance_codes=200.0) == 0.0
