"""Scenes from scenes: other light, but light."""

import numpy as np
import torch

from hdr_core.training.variety import defocus, join, relight, vary_color


class TestVaryColor:
    def test_when_colors_vary_then_light_stays_light(self):
        rng = np.random.default_rng(0)
        red = torch.zeros(3, 4, 5)
        red[0] = 1000.0

        for _ in range(20):
            varied = vary_color(red, rng)

            assert varied.isfinite().all()
            assert float(varied.min()) >= 0.0
            assert float(varied[0].min()) > 100.0

    def test_when_colors_vary_then_some_views_are_mirrored(self):
        rng = np.random.default_rng(0)
        ramp = torch.arange(5.0).expand(3, 4, 5)

        rising = [bool((vary_color(ramp, rng)[1].diff() > 0).all()) for _ in "12345678"]

        assert 0 < sum(rising) < 8


class TestRelight:
    def test_when_a_view_is_relit_then_the_light_changes_smoothly(self):
        rng = np.random.default_rng(0)
        flat = torch.ones(3, 96, 144)

        stops = torch.stack([relight(flat, rng) for _ in range(20)]).log2()

        assert stops.std() > 0.3
        assert stops.diff(dim=3).abs().max() < 0.15
        assert stops.diff(dim=2).abs().max() < 0.15

    def test_when_a_view_is_relit_then_its_colors_are_kept(self):
        view = torch.rand(3, 24, 36) + 0.1

        relit = relight(view, np.random.default_rng(0))

        torch.testing.assert_close(relit / relit[:1], view / view[:1])


class TestJoin:
    def test_when_two_views_are_joined_then_both_show(self):
        rng = np.random.default_rng(0)
        red, green = (torch.full((3, 24, 36), 0.01) for _ in "12")
        red[0], green[1] = 1.0, 1.0

        joined = torch.stack([join(red, green, rng) for _ in range(40)])

        is_red = joined[:, 0] > joined[:, 1]
        share = is_red.float().mean(dim=(1, 2))
        assert ((share > 0.05) & (share < 0.95)).float().mean() > 0.8
        assert 0.3 < share.mean() < 0.7

    def test_when_a_view_is_black_then_the_other_is_finite(self):
        black, white = torch.zeros(3, 8, 12), torch.ones(3, 8, 12)

        joined = join(white, black, np.random.default_rng(0))

        assert joined.isfinite().all()


class TestDefocus:
    def test_when_out_of_focus_then_a_light_is_spread_and_none_of_it_lost(self):
        view = torch.full((3, 48, 64), 0.1)
        view[:, 24, 32] = 50.0

        blurred = defocus(view, np.random.default_rng(0))

        assert blurred.shape == view.shape
        assert blurred.max() < 25.0
        torch.testing.assert_close(blurred.mean(), view.mean(), rtol=0.01, atol=0.0)

    def test_when_a_view_is_tiny_then_it_may_be_out_of_focus_too(self):
        rng = np.random.default_rng(0)

        for _ in range(10):
            blurred = defocus(torch.ones(3, 2, 3), rng)

            torch.testing.assert_close(blurred, torch.ones(3, 2, 3))
