"""How a camera moved, worked out from two thumbnails."""

import math

import pytest
import torch

from hdr_core.motion import align, places, sample
from hdr_core.panorama.geometry import perspective_view

FOV = math.radians(70)


@pytest.fixture
def a_scene():
    """A panorama of soft noise: (3, 256, 512) in [0, 1]."""
    torch.manual_seed(0)
    noise = torch.rand(1, 3, 32, 64)
    soft = torch.nn.functional.interpolate(noise, scale_factor=8, mode="bicubic")
    return soft[0].clamp(0.0, 1.0)


def grey(scene, yaw_deg, *, fov=FOV, stops=0.0):
    view = perspective_view(
        scene, yaw=math.radians(yaw_deg), pitch=0.1, fov=fov, height=72, width=108
    )
    return (view * 2.0**stops).clamp(0.0, 1.0).mean(0).double()


def place_of(homography, x, y):
    there = homography @ torch.tensor([x, y, 1.0], dtype=torch.float64)
    return (there / there[2])[:2].tolist()


class TestAlign:
    def test_when_the_camera_stands_still_then_nothing_moved(self, a_scene):
        found = align(grey(a_scene, 0), grey(a_scene, 0))

        torch.testing.assert_close(
            found.homography, torch.eye(3).double(), atol=1e-3, rtol=0.0
        )
        assert found.likeness == pytest.approx(1.0, abs=1e-3)

    @pytest.mark.parametrize("degrees", [1.0, 4.0])
    def test_when_the_camera_pans_then_the_middle_moves_by_the_tangent(
        self, a_scene, degrees
    ):
        found = align(grey(a_scene, 20), grey(a_scene, 20 - degrees))

        expected = -math.tan(math.radians(degrees)) / math.tan(FOV / 2)
        x, _ = place_of(found.homography, 0.0, 0.0)
        assert x == pytest.approx(expected, abs=0.01)
        assert not found.is_cut

    def test_when_the_camera_zooms_then_places_move_outwards(self, a_scene):
        found = align(grey(a_scene, 0), grey(a_scene, 0, fov=math.radians(64)))

        x, y = place_of(found.homography, 0.5, 0.5)
        grown = math.tan(FOV / 2) / math.tan(math.radians(32))
        assert (x, y) == (pytest.approx(0.5 * grown, abs=0.01),) * 2

    def test_when_the_exposure_changes_then_the_motion_is_found_all_the_same(
        self, a_scene
    ):
        found = align(grey(a_scene, 20, stops=-0.6), grey(a_scene, 18))

        expected = -math.tan(math.radians(2)) / math.tan(FOV / 2)
        assert place_of(found.homography, 0.0, 0.0)[0] == pytest.approx(
            expected, abs=0.01
        )
        assert not found.is_cut

    def test_when_something_passes_then_the_camera_is_not_moved_by_it(self, a_scene):
        first, second = grey(a_scene, 0), grey(a_scene, 0)
        first[30:50, 20:40] = second[30:50, 26:46] = 0.9

        found = align(first, second)

        x, y = place_of(found.homography, 0.0, 0.0)
        assert (x, y) == (pytest.approx(0.0, abs=5e-3),) * 2

    def test_when_the_scene_is_another_then_it_is_a_cut(self, a_scene):
        assert align(grey(a_scene, 0), grey(a_scene, 120)).is_cut

    @pytest.mark.parametrize("size", [(1, 1), (3, 40), (30, 50)])
    def test_when_frames_are_even_then_they_are_alike(self, size):
        even = torch.full(size, 0.3, dtype=torch.float64)

        found = align(even, even * 1.2)

        assert not found.is_cut
        assert torch.isfinite(found.homography).all()


class TestSample:
    def test_when_nothing_moved_then_maps_are_returned_as_they_are(self):
        maps = torch.rand(2, 5, 7, dtype=torch.float64)

        found, within = sample(maps, torch.eye(3, dtype=torch.float64))

        torch.testing.assert_close(found, maps)
        assert within.all()

    def test_when_a_place_lies_beyond_then_it_is_said(self):
        moved = torch.eye(3, dtype=torch.float64)
        moved[0, 2] = 1.0  # by half a width

        _, within = sample(torch.rand(4, 8).double(), moved)

        assert within[:, :4].all()
        assert not within[:, 4:].any()

    def test_when_places_are_listed_then_they_are_the_middles_of_pixels(self):
        found = places(2, 4)

        assert found[0, 0].tolist() == [-0.75, -0.5, 1.0]
        assert found[1, 3].tolist() == [0.75, 0.5, 1.0]
