"""One color filter a pixel, and back: what a sensor loses between its pixels."""

import pytest
import torch

from hdr_core.camera.demosaic import demosaic, mosaic


def a_slope():
    """A smooth picture (3, 24, 36) whose channels rise together."""
    down = torch.linspace(0.1, 0.4, 24)[:, None]
    level = down + torch.linspace(0.0, 0.4, 36)
    return torch.stack([0.9 * level, level, 0.8 * level])


class TestMosaic:
    def test_each_pixel_holds_the_channel_of_its_filter(self):
        red, green, blue = 0.1, 0.2, 0.3
        picture = torch.tensor([red, green, blue])[:, None, None].expand(3, 4, 4)

        sensor = mosaic(picture)

        assert sensor[0, :2].tolist() == pytest.approx([red, green])
        assert sensor[1, :2].tolist() == pytest.approx([green, blue])


class TestDemosaic:
    def test_when_the_light_is_even_then_it_comes_back(self):
        even = torch.tensor([0.2, 0.5, 0.7])[:, None, None].expand(3, 12, 12)

        torch.testing.assert_close(demosaic(mosaic(even)), even)

    def test_when_the_light_is_a_slope_then_it_comes_back_inside_the_border(self):
        picture = demosaic(mosaic(a_slope()))

        inside = (slice(None), slice(3, -3), slice(3, -3))
        torch.testing.assert_close(
            picture[inside], a_slope()[inside], atol=1e-6, rtol=0
        )

    def test_when_one_pixel_is_lit_then_its_color_is_lost(self):
        dot = torch.zeros(3, 9, 9)
        dot[:, 4, 4] = 1.0

        picture = demosaic(mosaic(dot))

        # Pixel (4, 4) has a red filter; green and blue are interpolated from zeros.
        red, green, blue = picture[:, 4, 4]
        assert red == 1.0
        assert green < 0.6
        assert blue < green + 0.3

    def test_when_an_edge_is_sharp_then_nothing_leaves_the_range(self):
        edge = torch.zeros(3, 16, 16)
        edge[:, :, 8:] = 1.0

        picture = demosaic(mosaic(edge))

        assert picture.min() >= 0.0
        assert picture.max() <= 1.0
