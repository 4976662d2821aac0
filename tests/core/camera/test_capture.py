"""The camera: what it does to the light, and that it can be done again."""

import numpy as np
import pytest
import torch

from hdr_core.camera.capture import (
    Camera,
    add_noise,
    clip,
    draw_camera,
    expose,
    exposure_for_clipped_share,
    jpeg,
    quantize,
    reshoot,
)
from hdr_core.camera.response import invert_samples
from hdr_core.camera.responses import CurvePool, grid, s_shaped, srgb
from hdr_core.errors import ShapeError

BITS = [8, 10, 12, 16]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def grey(level, *, side=64):
    return torch.full((3, side, side), level)


@pytest.fixture
def an_srgb_camera():
    return Camera(crf=srgb(grid()))


@pytest.fixture
def a_scene():
    """Light from a thousandth of the clip to sixteen times it, in all colors."""
    return torch.exp2(torch.rand(3, 48, 48, generator=generator()) * 14 - 10)


@pytest.fixture
def a_colorful_plate():
    """Each channel has its own noise: what chroma subsampling blurs."""
    noise = torch.rand(3, 48, 48, generator=generator())
    return 0.25 + 0.5 * noise


@pytest.fixture
def a_pool():
    measured = grid() ** np.linspace(0.3, 0.9, 7)[:, None]
    return CurvePool(measured=measured, display=srgb(grid())[None])


class TestExpose:
    def test_when_exposed_two_stops_then_light_is_four_times(self):
        assert expose(torch.tensor([0.5]), stops=2.0).item() == 2.0

    @pytest.mark.parametrize(
        ("share", "level"), [(0.0, 8.0), (0.25, 7.0), (0.5, 5.0), (1.0, 1.0)]
    )
    def test_when_a_share_is_to_clip_then_the_exposure_clips_it(self, share, level):
        hdr = torch.zeros(3, 2, 4)
        hdr[1] = torch.arange(1.0, 9.0).view(2, 4)

        stops = exposure_for_clipped_share(hdr, share=share)

        assert stops == pytest.approx(-np.log2(level))

    def test_when_the_scene_is_black_then_the_exposure_stays(self):
        assert exposure_for_clipped_share(torch.zeros(3, 2, 2), share=0.5) == 0.0


class TestClip:
    def test_when_clipped_then_light_lies_between_none_and_the_clip(self):
        hdr = torch.tensor([-1.0, 0.0, 0.3, 1.0, 500.0, torch.inf])

        assert clip(hdr).tolist() == pytest.approx([0.0, 0.0, 0.3, 1.0, 1.0, 1.0])


class TestAddNoise:
    @pytest.mark.parametrize(
        ("level", "deviation"), [(0.0, 0.01), (0.25, 0.06), (1.0, 0.11), (9.0, 0.11)]
    )
    def test_when_light_grows_then_noise_grows_with_its_root_up_to_the_clip(
        self, level, deviation
    ):
        noisy = add_noise(grey(level), shot=0.1, read=0.01, generator=generator())

        assert noisy.std().item() == pytest.approx(deviation, rel=0.03)
        assert noisy.mean().item() == pytest.approx(level, abs=0.005)


class TestQuantize:
    def test_when_quantized_to_two_bits_then_four_values_are_left(self):
        encoded = torch.tensor([-0.2, 0.16, 0.17, 0.5, 0.9, 1.3])

        # Halves go to the even code, as IEEE 754 rounds.
        expected = torch.tensor([0.0, 0.0, 1.0, 2.0, 3.0, 3.0]) / 3
        torch.testing.assert_close(quantize(encoded, bits=2), expected)

    @pytest.mark.parametrize("bits", BITS)
    def test_when_quantized_then_values_are_codes_to_the_last_bit(self, bits):
        max_code = 2**bits - 1
        encoded = torch.rand(1000, generator=generator())

        plate = quantize(encoded, bits=bits).numpy()

        codes = np.rint(plate.astype(np.float64) * max_code)
        np.testing.assert_array_equal(plate, codes.astype(np.float32) / max_code)
        assert np.abs(plate - encoded.numpy()).max() <= 0.5001 / max_code


class TestJpeg:
    @pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
    def test_when_written_as_jpeg_then_codes_come_back_with_an_error(
        self, a_colorful_plate, subsampling
    ):
        decoded = jpeg(a_colorful_plate, quality=90, subsampling=subsampling)

        assert decoded.shape == a_colorful_plate.shape
        assert torch.equal(decoded, quantize(decoded, bits=8))
        error = (decoded - a_colorful_plate).abs().mean()
        assert 0.5 / 255 < error < 0.2

    def test_when_quality_falls_then_the_plate_differs_and_errs_more(
        self, a_colorful_plate
    ):
        errors = [
            (jpeg(a_colorful_plate, quality=quality, subsampling="4:4:4"))
            .sub(a_colorful_plate)
            .square()
            .mean()
            .item()
            for quality in range(75, 101)
        ]

        assert len(set(errors)) == 26
        assert errors[0] > errors[10] > errors[20] > errors[25]

    @pytest.mark.parametrize("quality", [75, 90, 100])
    def test_when_chroma_is_subsampled_then_colors_err_more(
        self, a_colorful_plate, quality
    ):
        coarse, fine = (
            jpeg(a_colorful_plate, quality=quality, subsampling=subsampling)
            for subsampling in ("4:2:0", "4:4:4")
        )

        def color_error(decoded):
            error = decoded - a_colorful_plate
            return (error - error.mean(dim=0)).square().mean()

        assert color_error(coarse) > 1.5 * color_error(fine)

    def test_when_the_plate_is_one_grey_then_it_survives(self):
        plate = quantize(grey(0.5, side=17), bits=8)

        assert torch.equal(jpeg(plate, quality=75, subsampling="4:2:0"), plate)


class TestCamera:
    def test_when_shot_then_light_is_encoded_clipped_and_rounded(self, an_srgb_camera):
        hdr = torch.tensor([-1.0, 0.0, 0.18, 0.5, 1.0, 40.0]).expand(3, 1, 6)

        plate = an_srgb_camera.shoot(hdr)

        # sRGB of 0.18 is 0.4614, of 0.5 is 0.7354.
        assert (plate[0, 0] * 255).tolist() == [0.0, 0.0, 118.0, 188.0, 255.0, 255.0]

    @pytest.mark.parametrize("bits", BITS)
    def test_when_shot_then_the_plate_holds_codes_exactly(self, a_scene, bits):
        camera = Camera(crf=srgb(grid()), bits=bits, shot=0.01, read=0.001)

        plate = camera.shoot(a_scene, generator())

        assert torch.equal(plate, quantize(plate, bits=bits))
        assert plate.shape == a_scene.shape
        assert len(plate.unique()) > 200

    @pytest.mark.parametrize("quality", [None, 80])
    def test_when_the_seed_is_the_same_then_so_is_the_plate(self, a_scene, quality):
        camera = Camera(crf=srgb(grid()), shot=0.05, read=0.01, jpeg_quality=quality)

        first, again, other = (camera.shoot(a_scene, generator(s)) for s in (3, 3, 4))

        assert torch.equal(first, again)
        assert not torch.equal(first, other)

    def test_when_the_light_clips_then_noise_does_not_darken_it(self):
        camera = Camera(crf=srgb(grid()), shot=0.05, read=0.05)

        assert (camera.shoot(grey(9.0), generator()) == 1.0).all()

    def test_when_the_curve_is_undone_then_the_sensor_is_back(self, an_srgb_camera):
        encoded = an_srgb_camera.encode(grey(0.25, side=1))

        linear = np.interp(encoded[0].item(), grid(), an_srgb_camera.inverse_crf)

        assert linear == pytest.approx(0.25, abs=1e-4)

    def test_when_a_jpeg_of_ten_bits_is_asked_for_then_it_is_refused(self, a_scene):
        camera = Camera(crf=srgb(grid()), bits=10, jpeg_quality=90)

        with pytest.raises(ShapeError, match="JPEG holds 8 bits, found 10"):
            camera.shoot(a_scene)

    def test_when_the_scene_is_a_batch_then_the_error_says_what_is_needed(
        self, an_srgb_camera
    ):
        with pytest.raises(ShapeError, match=r"hdr: needs \(3, H, W\)"):
            an_srgb_camera.shoot(torch.zeros(1, 3, 4, 4))


class TestDrawCamera:
    def test_when_the_seed_is_the_same_then_so_is_the_camera(self, a_pool, a_scene):
        first, second = (
            draw_camera(np.random.default_rng(9), a_pool).shoot(a_scene, generator())
            for _ in range(2)
        )

        assert torch.equal(first, second)

    def test_when_many_are_drawn_then_all_kinds_are_among_them(self, a_pool):
        rng = np.random.default_rng(0)

        cameras = [draw_camera(rng, a_pool, jpeg_share=0.4) for _ in range(300)]

        qualities = [c.jpeg_quality for c in cameras if c.jpeg_quality is not None]
        assert 90 < len(qualities) < 150
        assert min(qualities) == 75
        assert max(qualities) == 100
        assert {c.subsampling for c in cameras} == {"4:2:0", "4:4:4"}
        assert 0.0 < max(c.shot for c in cameras) <= 0.008
        assert 0.0 < max(c.read for c in cameras) <= 0.002

    def test_when_neither_jpeg_nor_noise_is_wanted_then_there_is_none(self, a_pool):
        rng = np.random.default_rng(0)

        camera = draw_camera(rng, a_pool, jpeg_share=0.0, noise=0.0)

        assert (camera.jpeg_quality, camera.shot, camera.read) == (None, 0.0, 0.0)


class TestReshoot:
    def test_when_the_camera_is_linear_then_codes_are_rounded_light(self):
        hdr = np.array([[-1.0, 0.0, 0.49, 0.5, 1.49, 2.51, 90.0, np.inf]]) / 3

        codes = reshoot(hdr, grid(), max_code=3)

        assert codes.tolist() == [[0, 0, 0, 1, 1, 3, 3, 3]]

    @pytest.mark.parametrize("bits", BITS)
    @pytest.mark.parametrize(
        "crf",
        [
            pytest.param(srgb(grid()), id="sRGB"),
            pytest.param(s_shaped(grid(), contrast=0.9), id="S"),
        ],
    )
    def test_when_codes_are_linearized_then_they_are_shot_again(self, crf, bits):
        max_code = 2**bits - 1
        codes = np.arange(max_code + 1)
        inverse = invert_samples(crf[None])[0]

        linear = np.interp(codes / max_code, grid(), inverse)

        np.testing.assert_array_equal(
            reshoot(linear, inverse, max_code=max_code), codes
        )

    def test_when_shot_and_shot_again_by_the_known_camera_then_codes_agree(
        self, a_scene, an_srgb_camera
    ):
        plate = an_srgb_camera.shoot(a_scene)

        codes = reshoot(a_scene.numpy(), an_srgb_camera.inverse_crf, max_code=255)

        # The inverse is sampled: here and there a value on an edge goes over it.
        difference = np.abs(codes - np.rint(plate.numpy() * 255))
        assert difference.max() <= 1
        assert difference.mean() < 0.01
