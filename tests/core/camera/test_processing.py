"""What cameras do beside the curve: shading, local tones, noise, sharpness."""

import numpy as np
import pytest
import torch

from hdr_core.camera.capture import Camera
from hdr_core.camera.processing import (
    Processing,
    blur,
    draw_processing,
    draw_real_processing,
    guided_filter,
    reduce_noise,
    reduce_size,
    shade,
    sharpen,
    tone_map_locally,
)
from hdr_core.camera.responses import grid, srgb


def an_edge(low, high, *, size=64):
    """Two flat halves, side by side, (3, size, size)."""
    plate = torch.full((3, size, size), low)
    plate[:, :, size // 2 :] = high
    return plate


def noisy(plate, deviation):
    generator = torch.Generator().manual_seed(0)
    return plate + deviation * torch.randn(plate.shape, generator=generator)


class TestShade:
    def test_when_a_lens_shades_then_corners_lose_the_stops_and_the_middle_none(self):
        shaded = shade(torch.ones(3, 65, 97), stops=1.5)

        assert shaded[0, 32, 48] == pytest.approx(1.0, abs=1e-3)
        assert shaded[0, 0, 0] == pytest.approx(2**-1.5, rel=1e-4)


class TestLocalTones:
    def test_when_places_are_flat_then_their_stops_below_white_are_reduced(self):
        mapped = tone_map_locally(an_edge(2.0**-4, 1.0), strength=0.25)

        assert mapped[0, 32, 4] == pytest.approx(2.0**-3, rel=0.02)
        assert mapped[0, 32, -4] == pytest.approx(1.0, rel=0.02)

    def test_when_detail_is_fine_then_its_contrast_stays(self):
        detail = 0.1 * torch.tensor([1.0, 1.3]).repeat(32).expand(3, 64, 64)

        mapped = tone_map_locally(detail, strength=0.4)

        ratio = mapped[:, 32, 33] / mapped[:, 32, 32]
        assert ratio.log2() == pytest.approx([np.log2(1.3)] * 3, rel=0.1)
        assert mapped.mean() > 1.5 * detail.mean()

    def test_when_it_is_off_then_light_is_the_same(self):
        light = torch.rand(3, 9, 9)

        assert tone_map_locally(light, strength=0.0) is light


class TestNoiseReduction:
    def test_when_a_plate_is_flat_then_noise_goes_and_the_mean_stays(self):
        plate = noisy(torch.full((3, 64, 64), 0.4), 0.01)

        smooth = reduce_noise(plate)

        assert smooth.std() < 0.5 * plate.std()
        assert smooth.mean() == pytest.approx(0.4, abs=1e-3)

    def test_when_there_is_an_edge_then_it_stays_sharp(self):
        smooth = guided_filter(an_edge(0.2, 0.7), radius_px=2, same=1e-4)

        rise = smooth[0, 32, 32] - smooth[0, 32, 31]
        assert rise == pytest.approx(0.5, abs=0.02)


class TestProcessing:
    def test_when_it_sharpens_then_edges_overshoot_within_the_codes(self):
        sharp = Processing(sharpness=1.0).finish(an_edge(0.0, 0.7))

        assert sharp.max() > 0.75
        assert sharp.min() == 0.0

    def test_when_it_does_nothing_then_the_picture_is_the_same(self):
        picture = torch.rand(3, 16, 16)

        assert torch.equal(Processing().finish(picture), picture)

    def test_when_a_camera_processes_then_its_plate_shows_it(self):
        light = an_edge(0.05, 0.5)
        camera = Camera(crf=srgb(grid()))
        processing = Processing(local_tone=0.3, sharpness=0.8, reduction=2.0)

        plate = Camera(crf=camera.crf, processing=processing).shoot(light)

        plain = camera.shoot(light)
        assert plate.shape == (3, 32, 32)
        assert plate[0, 16, 2] > plain[0, 32, 4] + 0.05
        assert torch.equal(plate * 255, torch.round(plate * 255))

    def test_when_settings_are_drawn_then_all_means_are_used_and_left_out(self):
        rng = np.random.default_rng(0)

        drawn = [draw_processing(rng, reduction=1.0) for _ in range(60)]

        for name in ("local_tone", "noise_reduction", "sharpness"):
            values = [getattr(settings, name) for settings in drawn]
            assert min(values) == 0.0 < max(values)


@pytest.mark.parametrize("reduction", [1.0, 1.3, 2.0])
def test_when_size_is_reduced_then_means_stay(reduction):
    picture = torch.rand(3, 40, 60)

    small = reduce_size(picture, reduction)

    assert small.shape == (3, round(40 / reduction), round(60 / reduction))
    torch.testing.assert_close(small.mean(), picture.mean(), atol=0.01, rtol=0.0)


def test_when_a_picture_is_tiny_then_it_is_blurred_all_the_same():
    picture = torch.full((3, 2, 3), 0.3)

    torch.testing.assert_close(blur(picture, deviation_px=2.0), picture)


class TestSharpen:
    def test_when_an_edge_is_sharpened_then_both_sides_overshoot(self):
        sharp = sharpen(an_edge(0.3, 0.6), 1.0, radius_px=1.0)

        row = sharp[0, 32]
        assert row.min() < 0.28
        assert row.max() > 0.62
        assert row[4] == pytest.approx(0.3, abs=1e-3)

    def test_when_it_is_off_then_the_picture_stays(self):
        plate = an_edge(0.3, 0.6)

        torch.testing.assert_close(sharpen(plate, 0.0, radius_px=1.0), plate)


class TestCameraInUse:
    def test_when_a_photograph_is_made_smaller_then_its_codes_are_averaged(self):
        camera = Camera(
            crf=srgb(grid()),
            processing=Processing(reduction=2.0, is_mosaic=True, camera_quality=95),
        )

        plate = camera.shoot(an_edge(0.1, 0.4, size=64))

        assert plate.shape == (3, 32, 32)
        assert plate[1, 16, 4] == pytest.approx(
            float(np.interp(0.1, grid(), srgb(grid()))), abs=0.02
        )

    def test_every_camera_has_a_color_filter_array_and_most_sharpen(self):
        rng = np.random.default_rng(0)

        drawn = [draw_real_processing(rng, reduction=1.0) for _ in range(200)]

        assert all(it.is_mosaic for it in drawn)
        assert sum(it.sharpness > 0 for it in drawn) > 150
        assert 0 < sum(it.local_tone > 0 for it in drawn) < 60
        assert 60 < sum(it.camera_quality is not None for it in drawn) < 140
