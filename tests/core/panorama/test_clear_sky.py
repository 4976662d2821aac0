"""The clear sky and the ground as scales."""

import math

import numpy as np
import pytest

from hdr_core.panorama.clear_sky import air_mass, check_sun, sky_lux, sun_lux
from hdr_core.panorama.ground import (
    ground_illuminance,
    ground_luminance,
    ground_reflectance,
)
from hdr_core.panorama.light_map import LightMap


class TestClearSky:
    @pytest.mark.parametrize(
        ("elevation", "expected"), [(90.0, 1.0), (30.0, 1.995), (10.0, 5.59)]
    )
    def test_when_the_sun_sinks_then_the_air_mass_is_that_of_the_table(
        self, elevation, expected
    ):
        assert air_mass(elevation) == pytest.approx(expected, rel=0.003)

    def test_when_the_sun_is_straight_above_then_it_gives_103_thousand_lux(self):
        assert sun_lux(90.0) == pytest.approx(127_500 * math.exp(-0.21), rel=1e-3)
        assert sky_lux(90.0) == pytest.approx(16_300)

    def test_when_a_sun_is_that_of_the_model_then_the_ratios_agree(self):
        sine = math.sin(math.radians(40.0))
        ground = sun_lux(40.0) * sine + sky_lux(40.0)

        check = check_sun(40.0, lux=sun_lux(40.0), ground_lux=ground)

        assert check.ratio == pytest.approx(check.clear_ratio)
        assert check.lux == check.clear_lux

    def test_when_the_sun_is_at_the_horizon_then_no_model_helps(self):
        assert check_sun(1.0, lux=1.0, ground_lux=1.0) is None


class TestGround:
    @pytest.fixture
    def light_map(self):
        def make(sky, ground):
            luminance = np.full((64, 128), float(sky))
            luminance[32:] = ground
            made = LightMap.empty(64, 128, 2048)
            made.add(luminance, slice(0, 64))
            return made

        return make

    def test_when_an_even_sky_lights_the_ground_then_its_reflectance_is_found(
        self, light_map
    ):
        found = light_map(2.0, 0.5)

        assert ground_illuminance(found) == pytest.approx(2.0 * math.pi)
        assert ground_luminance(found) == pytest.approx(0.5)
        assert ground_reflectance(found) == pytest.approx(0.25)

    def test_when_the_sky_is_black_then_the_reflectance_is_infinite(self, light_map):
        assert ground_reflectance(light_map(0.0, 0.5)) == math.inf
