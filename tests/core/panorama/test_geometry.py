"""The sphere of a panorama: one meaning of rows, columns and directions."""

import math

import numpy as np
import pytest
import torch

from hdr_core.panorama.angles import (
    azimuth_angle,
    azimuth_edges,
    ground_weights,
    pixel_directions,
    polar_angle,
    polar_edges,
    row_solid_angles,
)
from hdr_core.panorama.geometry import (
    perspective_view,
    project_to_view,
    row_angles,
    sphere_directions,
)


class TestAngles:
    def test_when_a_place_is_the_middle_then_it_is_ahead_on_the_horizon(self):
        assert polar_angle(3.5, 7) == pytest.approx(math.pi / 2)
        assert azimuth_angle(7.0, 14) == pytest.approx(0.0)

    def test_when_a_place_is_a_quarter_across_then_it_is_to_the_left(self):
        assert azimuth_angle(3.5, 14) == pytest.approx(math.pi / 2)

    @pytest.mark.parametrize("height", [1, 7, 96, 1021])
    def test_when_numpy_and_torch_compute_an_angle_then_no_bit_differs(self, height):
        rows = np.arange(height) + 0.5

        found = polar_angle(torch.from_numpy(rows), height)

        np.testing.assert_array_equal(found.numpy(), polar_angle(rows, height))

    def test_when_edges_are_asked_for_then_they_are_around_the_middles(self):
        np.testing.assert_allclose(
            (polar_edges(7)[1:] + polar_edges(7)[:-1]) / 2, row_angles(7)
        )
        np.testing.assert_allclose(
            azimuth_edges(14), azimuth_angle(np.arange(15.0), 14), atol=1e-15
        )


class TestSolidAngles:
    def test_when_all_rows_are_summed_then_they_hold_the_sphere(self):
        angles = row_solid_angles(polar_edges(7), 14)

        assert angles.sum() * 14 == pytest.approx(4 * math.pi)
        assert angles[3] == pytest.approx(2 * math.sin(math.pi / 14) * 2 * math.pi / 14)

    def test_when_a_ground_is_lit_from_everywhere_then_it_gets_pi(self):
        weights = ground_weights(7)

        assert weights.sum() * 2 * math.pi == pytest.approx(math.pi)
        # The middle row lies half above the horizon, the last three below it.
        assert weights[3] == pytest.approx((1 - math.cos(math.pi / 14) ** 2) / 2)
        assert not weights[4:].any()


class TestDirections:
    def test_when_a_pixel_is_in_the_left_half_then_its_direction_is_to_the_left(self):
        x, y, z = pixel_directions(2, 4)[0, 1]

        assert (x, y, z) == pytest.approx((0.5, 0.5, math.sqrt(0.5)))

    def test_when_torch_gives_the_directions_then_they_are_those_of_numpy(self):
        found = sphere_directions(96).permute(1, 2, 0)

        np.testing.assert_allclose(found, pixel_directions(96, 192), atol=5e-7)

    def test_when_directions_are_asked_for_then_they_have_the_length_1(self):
        lengths = np.linalg.norm(pixel_directions(7, 14), axis=2)

        np.testing.assert_allclose(lengths, 1.0)


class TestProjectToView:
    @pytest.mark.parametrize("yaw", [0.0, 2.0], ids=["ahead", "behind"])
    @pytest.mark.parametrize("pitch", [-0.9, 0.0, 0.7], ids=["down", "level", "up"])
    def test_when_a_view_shows_directions_then_each_lies_at_its_pixel(self, yaw, pitch):
        camera = {"yaw": yaw, "pitch": pitch, "fov": math.radians(80)}
        shown = perspective_view(sphere_directions(256), height=20, width=30, **camera)

        place, is_ahead = project_to_view(shown, aspect=1.5, **camera)

        across, down = ((torch.arange(n) + 0.5) * 2 / n - 1 for n in (30, 20))
        assert is_ahead.all()
        torch.testing.assert_close(
            place[..., 0], across.expand(20, 30), atol=0.002, rtol=0
        )
        torch.testing.assert_close(
            place[..., 1], down[:, None].expand(20, 30), atol=0.002, rtol=0
        )

    def test_when_a_direction_is_behind_the_camera_then_it_is_not_ahead(self):
        behind = torch.tensor([-1.0, 0.0, 0.0]).view(3, 1, 1)

        _, is_ahead = project_to_view(behind, yaw=0.0, pitch=0.0, fov=1.0, aspect=1.0)

        assert not is_ahead.any()
