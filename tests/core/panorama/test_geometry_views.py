"""Views cut from a panorama: where they look, and that no light is lost."""

import math

import numpy as np
import pytest
import torch

from hdr_core.errors import ShapeError
from hdr_core.panorama.geometry import max_view_width, perspective_view

FOV = math.radians(90)
COLUMNS = 256
AHEAD = {"yaw": 0.0, "pitch": 0.0, "fov": FOV, "height": 41, "width": 41}


def panorama_with_lamp(yaw, pitch, *, columns=COLUMNS, size_px=1):
    """Black, but for a square lamp of light 1 around (yaw, pitch), degrees."""
    rows = columns // 2
    panorama = torch.zeros(3, rows, columns)
    column = round((180 - yaw) / 360 * columns - size_px / 2)
    row = round((90 - pitch) / 180 * rows - size_px / 2)
    for y in range(row, row + size_px):
        for x in range(column, column + size_px):
            panorama[:, y, x % columns] = 1.0
    return panorama


def centre_of_light(view):
    """Row and column of the light's centre, in pixels of the view."""
    light = view.sum(dim=0)
    rows, columns = (torch.arange(n, dtype=torch.float32) for n in light.shape)
    return (
        ((light.sum(dim=1) * rows).sum() / light.sum()).item(),
        ((light.sum(dim=0) * columns).sum() / light.sum()).item(),
    )


def panorama_light(panorama):
    """Light times solid angle of the whole panorama, red channel."""
    rows, columns = panorama.shape[1:]
    latitude = (0.5 - (torch.arange(rows) + 0.5) / rows) * math.pi
    pixel = (2 * math.pi / columns) * (math.pi / rows) * latitude.cos()
    return (panorama[0] * pixel[:, None]).sum().item()


def view_light(view, fov):
    """Light times solid angle of a view, red channel."""
    height, width = view.shape[1:]
    focal = width / 2 / math.tan(fov / 2)
    y = (torch.arange(height) + 0.5 - height / 2)[:, None]
    x = torch.arange(width) + 0.5 - width / 2
    distance = (x**2 + y**2 + focal**2).sqrt()
    return (view[0] * focal / distance**3).sum().item()


@pytest.fixture
def a_noisy_panorama():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(3, COLUMNS // 2, COLUMNS, generator=generator)


class TestMaxViewWidth:
    @pytest.mark.parametrize(
        ("columns", "degrees", "width"),
        [(1024, 90, 325), (1024, 60, 188), (512, 90, 162)],
    )
    def test_when_a_view_is_so_wide_then_its_middle_is_as_fine_as_the_panorama(
        self, columns, degrees, width
    ):
        # 2 tan(fov / 2) / width, the middle pixel, is 2 pi / columns.
        assert max_view_width(columns, math.radians(degrees)) == width


class TestPerspectiveView:
    @pytest.mark.parametrize("yaw", [-3.0, 0.0, math.pi])
    @pytest.mark.parametrize("pitch", [-1.5, 0.3, math.pi / 2])
    def test_when_the_panorama_is_constant_then_so_is_every_view(self, yaw, pitch):
        panorama = torch.full((3, 16, 32), 7.5)

        view = perspective_view(
            panorama, yaw=yaw, pitch=pitch, fov=2.0, height=9, width=13
        )

        assert view.shape == (3, 9, 13)
        torch.testing.assert_close(view, torch.full_like(view, 7.5))

    @pytest.mark.parametrize(
        ("yaw", "pitch"),
        [
            pytest.param(0, 0, id="ahead"),
            pytest.param(90, 0, id="left"),
            pytest.param(-120, 35, id="behind to the right, up"),
            pytest.param(180, -20, id="behind, across the seam"),
            pytest.param(40, 70, id="high up"),
        ],
    )
    def test_when_a_view_is_aimed_at_a_lamp_then_the_lamp_is_in_its_middle(
        self, yaw, pitch
    ):
        panorama = panorama_with_lamp(yaw, pitch, size_px=3)
        aim = {"yaw": math.radians(yaw), "pitch": math.radians(pitch)}

        view = perspective_view(panorama, **AHEAD | aim)

        # A pixel of the panorama is 1.4 degrees, of the view 2.8.
        assert centre_of_light(view) == pytest.approx((20.0, 20.0), abs=0.6)

    @pytest.mark.parametrize(
        ("yaw", "pitch", "row", "column"),
        [
            pytest.param(
                20, 0, 20.0, 20 - 20.5 * math.tan(math.radians(20)), id="left"
            ),
            pytest.param(
                -30, 0, 20.0, 20 + 20.5 * math.tan(math.radians(30)), id="right"
            ),
            pytest.param(0, 25, 20 - 20.5 * math.tan(math.radians(25)), 20.0, id="up"),
        ],
    )
    def test_when_a_lamp_is_aside_then_it_lies_where_a_pinhole_puts_it(
        self, yaw, pitch, row, column
    ):
        view = perspective_view(panorama_with_lamp(yaw, pitch), **AHEAD)

        assert centre_of_light(view) == pytest.approx((row, column), abs=0.6)

    def test_when_a_lamp_is_behind_then_the_view_is_black(self):
        view = perspective_view(panorama_with_lamp(180, 0), **AHEAD)

        assert not view.any()

    @pytest.mark.parametrize("width", [16, 40, 81], ids=["coarse", "half", "as fine"])
    @pytest.mark.parametrize("yaw", [0.0, 1.0, 2.4, 20.0])
    @pytest.mark.parametrize("size_px", [1, 3])
    def test_when_a_lamp_is_small_then_its_light_is_kept_wherever_it_falls(
        self, size_px, yaw, width
    ):
        panorama = panorama_with_lamp(yaw, 10.0, size_px=size_px)

        view = perspective_view(panorama, **AHEAD | {"height": width, "width": width})

        kept = view_light(view, FOV) / panorama_light(panorama)
        assert kept == pytest.approx(1.0, abs=0.3 if size_px == 1 else 0.1)

    def test_when_the_view_shows_noise_then_its_light_is_the_panoramas(
        self, a_noisy_panorama
    ):
        view = perspective_view(a_noisy_panorama, **AHEAD)

        # A 90 degree square is a sixth of the sphere.
        expected = panorama_light(a_noisy_panorama) / 6
        assert view_light(view, FOV) == pytest.approx(expected, rel=0.02)

    @pytest.mark.parametrize("shift", [1, 77, 128])
    def test_when_the_panorama_is_turned_then_a_turned_view_shows_the_same(
        self, a_noisy_panorama, shift
    ):
        """So there is no seam: any column may be the first."""
        turned = a_noisy_panorama.roll(-shift, dims=2)

        view = perspective_view(a_noisy_panorama, **AHEAD | {"yaw": math.pi})
        same = perspective_view(
            turned, **AHEAD | {"yaw": math.pi + shift / COLUMNS * 2 * math.pi}
        )

        torch.testing.assert_close(view, same, atol=2e-3, rtol=0)

    def test_when_a_gradient_wraps_then_a_view_across_the_seam_is_smooth(self):
        longitude = (np.arange(COLUMNS) + 0.5) / COLUMNS * 2 * np.pi
        wave = torch.from_numpy(np.cos(longitude)).float().expand(3, 128, COLUMNS)

        view = perspective_view(wave, **AHEAD | {"yaw": math.pi})

        steps = view.diff(dim=2).abs()
        assert steps.max() < 0.03
        torch.testing.assert_close(view, view.flip(2), atol=1e-4, rtol=0)

    def test_when_the_panorama_is_float64_then_the_view_is_too(self):
        view = perspective_view(torch.ones(1, 8, 16, dtype=torch.float64), **AHEAD)

        assert view.dtype == torch.float64

    def test_when_given_a_batch_then_the_error_says_what_is_needed(self):
        with pytest.raises(ShapeError, match=r"panorama: needs \(C, H, W\)"):
            perspective_view(torch.zeros(1, 3, 8, 16), **AHEAD)
