"""Lights: their irradiance, worked out by hand, and where host programs place them."""

import math

import numpy as np
import pytest

from hdr_core.rig.lights import RigLight, axes_of, rect_factor
from hdr_core.rig.placed import PlacedLight


@pytest.fixture
def light_at(toward):
    def make(azimuth_deg, elevation_deg, *, shape="distant", size=(0.01, 0.01)):
        direction = toward(azimuth_deg, elevation_deg)
        side, _ = axes_of(direction)
        return RigLight(
            name="lamp",
            shape=shape,
            direction=tuple(direction),
            side=tuple(side),
            size=size,
            irradiance=(3.0, 2.0, 1.0),
            share=0.5,
        )

    return make


class TestIrradiance:
    @pytest.mark.parametrize("shape", ["distant", "sphere", "rect"])
    def test_when_a_surface_faces_a_light_then_it_gets_its_irradiance(
        self, light_at, toward, shape
    ):
        light = light_at(30.0, 20.0, shape=shape, size=(0.3, 0.2))

        facing, behind = light.irradiance_on(
            np.array([toward(30.0, 20.0), -toward(30.0, 20.0)])
        )

        np.testing.assert_allclose(facing, [3.0, 2.0, 1.0], rtol=1e-12)
        np.testing.assert_array_equal(behind, 0.0)

    def test_when_a_surface_is_turned_then_it_gets_the_cosine(self, light_at, toward):
        light = light_at(0.0, 0.0)

        (turned,) = light.irradiance_on(toward(60.0, 0.0)[None])

        np.testing.assert_allclose(turned, [1.5, 1.0, 0.5], rtol=1e-3)

    def test_when_a_rectangle_is_small_then_its_factor_is_its_solid_angle(self):
        assert rect_factor(0.01, 0.02) == pytest.approx(2e-4, rel=1e-3)

    def test_when_a_rectangle_covers_half_of_space_then_it_gives_pi(self):
        assert rect_factor(1e6, 1e6) == pytest.approx(math.pi, rel=1e-4)

    def test_when_a_light_has_a_solid_angle_then_radiance_times_it_is_the_irradiance(
        self, light_at
    ):
        for shape in ("distant", "rect"):
            light = light_at(0.0, 0.0, shape=shape, size=(0.02, 0.02))
            energy = light.radiance[0] * light.solid_angle_sr

            assert energy == pytest.approx(3.0, rel=1e-3)


class TestAxes:
    @pytest.mark.parametrize("elevation", [-90.0, -30.0, 0.0, 89.0, 90.0])
    def test_when_a_light_has_axes_then_they_are_right_handed(
        self, light_at, elevation
    ):
        light = light_at(70.0, elevation)

        axes = np.array([light.side, light.up, light.direction])

        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(axes) == pytest.approx(1.0)

    def test_when_a_light_is_ahead_then_its_side_is_left_and_its_up_is_up(self):
        side, up = axes_of(np.array([1.0, 0.0, 0.0]))

        np.testing.assert_allclose(side, [0.0, 1.0, 0.0])
        np.testing.assert_allclose(up, [0.0, 0.0, 1.0])


class TestPlacedLight:
    @pytest.mark.parametrize(
        ("azimuth", "elevation", "place"),
        [
            (0.0, 0.0, (0.0, 0.0, 2.0)),
            (90.0, 0.0, (2.0, 0.0, 0.0)),
            (0.0, 90.0, (0.0, 2.0, 0.0)),
        ],
        ids=["ahead is +Z", "left is +X", "up is +Y"],
    )
    def test_when_it_is_placed_then_y_is_up(self, light_at, azimuth, elevation, place):
        placed = PlacedLight(light_at(azimuth, elevation), 2.0)

        np.testing.assert_allclose(placed.position, place, atol=1e-12)

    @pytest.mark.parametrize("azimuth", [-150.0, 0.0, 40.0, 90.0])
    @pytest.mark.parametrize("elevation", [-60.0, 0.0, 35.0])
    def test_when_it_is_turned_then_its_minus_z_shines_to_the_middle(
        self, light_at, azimuth, elevation
    ):
        placed = PlacedLight(light_at(azimuth, elevation), 2.0)

        x, y, z = np.radians(placed.rotation_deg)
        turn_x = [[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]
        turn_y = [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]
        turn_z = [[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]
        turn = np.array(turn_z) @ turn_y @ turn_x
        shines = turn @ [0.0, 0.0, -1.0]
        np.testing.assert_allclose(shines, -np.array(placed.position) / 2, atol=1e-12)
        i, j, k, w = placed.rotation_quaternion
        rotated_z = [2 * (i * k + w * j), 2 * (j * k - w * i), 1 - 2 * (i * i + j * j)]
        np.testing.assert_allclose(rotated_z, turn[:, 2], atol=1e-12)
