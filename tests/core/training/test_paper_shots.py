"""Plates of the paper's recipes: range, exposure, noise, fields that fit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hdr_core.camera.response import apply_curve
from hdr_core.training.paper_shots import add_paper_noise, draw_patch
from hdr_core.training.stream import keep_all, stream_shots


@pytest.fixture
def some_shots(a_data_config):
    config = replace(a_data_config, is_of_paper=True, batch=24, sizes=((32, 32),))
    return next(stream_shots(config, keep_all))


class TestDrawPatch:
    @pytest.mark.parametrize("size", [(32, 32), (16, 48)], ids=str)
    @pytest.mark.parametrize("scene", [(20, 90), (200, 120)], ids=str)
    def test_when_a_scene_is_flat_then_the_patch_has_the_mean_of_a_half(
        self, scene, size
    ):
        pixels = torch.full((3, *scene), 7.0)

        patch = draw_patch(pixels, np.random.default_rng(0), size)

        torch.testing.assert_close(patch, torch.full((3, *size), 0.5))

    def test_when_drawn_often_then_both_ends_of_the_scene_are_seen(self):
        pixels = torch.full((3, 64, 192), 1.0)
        pixels[:, :, :64] *= torch.tensor([1.5, 0.75, 0.75]).view(3, 1, 1)
        rng = np.random.default_rng(0)

        reds = {
            round(draw_patch(pixels, rng, (32, 32))[0].mean().item(), 3)
            for _ in range(20)
        }

        assert reds == {0.75, 0.5}


class TestAddPaperNoise:
    def test_when_light_is_flat_then_the_deviation_is_within_the_papers_law(self):
        light = torch.full((3, 300, 300), 4.0)
        rng = np.random.default_rng(0)

        found = torch.stack([add_paper_noise(light, rng) for _ in range(40)])

        spread = found.flatten(2).std(dim=2)
        # Up to 0.08 / 6 of the light, and a little noise of the dark.
        assert spread.max() < np.hypot(4.0 * 0.08 / 6, 0.005) * 1.01
        assert spread.max() > 4.0 * 0.08 / 6 * 0.9
        assert spread.mean().item() == pytest.approx(4.0 * 0.08 / 12, rel=0.15)

    def test_when_the_scene_is_black_then_light_stays_above_0(self):
        found = add_paper_noise(torch.zeros(3, 50, 50), np.random.default_rng(0))

        assert (found >= 0.0).all()
        assert 0.0 < found.max() < 0.005 * 5


class TestShots:
    def test_when_plates_are_drawn_then_their_fields_belong_together(self, some_shots):
        assert some_shots.plate.shape == (24, 3, 32, 32)
        linear = apply_curve(some_shots.clean, some_shots.inverse_crf)
        torch.testing.assert_close(linear, some_shots.linear, atol=5e-3, rtol=0)
        codes = some_shots.plate * 255
        torch.testing.assert_close(codes, codes.round(), atol=1e-4, rtol=0)
        # JPEG of quality 90 or more.
        assert (some_shots.plate - some_shots.clean).abs().mean() < 4 / 255

    def test_when_plates_are_drawn_then_exposures_span_six_stops(self, some_shots):
        stops = some_shots.hdr.median(dim=3).values.mean(dim=(1, 2)).log2()

        assert stops.max() - stops.min() > 4.0
