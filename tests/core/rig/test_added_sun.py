"""A sun that the panorama lost."""

import math

import numpy as np
import pytest

from hdr_core.errors import OptionError
from hdr_core.rig.added_sun import SunRequest, add_sun, glow_direction
from hdr_core.rig.split import SplitOptions, split


@pytest.fixture
def a_lost_sun(a_sky, toward, in_memory):
    """A hazy sky with a glow at azimuth 40, elevation 30, above a bright ground."""
    from hdr_core.panorama.angles import pixel_directions

    directions = pixel_directions(*a_sky.shape[:2])
    glow = np.exp((directions @ toward(40.0, 30.0) - 1.0) / np.radians(20.0) ** 2)
    light = np.where(directions[..., 2:] > 0, a_sky + glow[..., None], 3.0)
    return in_memory(light)


class TestParse:
    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("auto", SunRequest()),
            ("auto:500", SunRequest(lux=500.0)),
            ("-40,32.5", SunRequest(-40.0, 32.5)),
            ("40,32:80000", SunRequest(40.0, 32.0, 80000.0)),
        ],
    )
    def test_when_it_is_well_written_then_it_is_read(self, text, meant):
        assert SunRequest.parse(text) == meant

    @pytest.mark.parametrize(
        "text", ["", "sun", "40", "40,32,1", "40,nan", "40,0", "40,95", "auto:-1"]
    )
    def test_when_it_is_not_then_it_is_refused(self, text):
        with pytest.raises(OptionError, match="add-sun"):
            SunRequest.parse(text)


class TestAddSun:
    def test_when_place_and_lux_are_given_then_the_sun_has_them(
        self, a_lost_sun, toward
    ):
        rig = split(a_lost_sun, SplitOptions())

        made, added = add_sun(rig, SunRequest(40.0, 30.0, 5000.0), unit_nits=100.0)

        sun = made.lights[0]
        assert (sun.name, sun.shape, sun.is_invented) == ("added_sun", "distant", True)
        np.testing.assert_allclose(sun.direction, toward(40.0, 30.0), atol=1e-12)
        np.testing.assert_allclose(sun.irradiance, 50.0)
        assert added.least is None
        assert "invented" in made.notes[-1]
        assert made.dome is rig.dome

    def test_when_nothing_is_known_then_glow_and_ground_say_it(
        self, a_lost_sun, toward
    ):
        rig = split(a_lost_sun, SplitOptions())

        made, added = add_sun(rig, SunRequest(), unit_nits=1.0)

        sun = made.lights[0]
        apart = np.degrees(np.arccos(np.dot(sun.direction, toward(40.0, 30.0))))
        assert apart < 3.0
        assert 0.0 < added.least < sun.irradiance[0] < added.most
        # With the sun, the ground has the usual reflectance.
        light = a_lost_sun.light_map
        from hdr_core.panorama.ground import ground_illuminance

        total = ground_illuminance(light) + sun.irradiance[0] * sun.direction[2]
        assert math.pi * 3.0 / total == pytest.approx(0.12, rel=0.01)

    def test_when_the_ground_is_dark_then_the_lux_must_be_given(self, a_sky, in_memory):
        a_sky[len(a_sky) // 2 :] *= 0.2
        rig = split(in_memory(a_sky), SplitOptions())

        with pytest.raises(OptionError, match="no brighter than the sky explains"):
            add_sun(rig, SunRequest(40.0, 30.0), unit_nits=1.0)

    def test_when_there_is_a_sun_then_a_second_is_refused(self, a_sunny_sky, in_memory):
        rig = split(in_memory(a_sunny_sky), SplitOptions(lights="sun"))

        with pytest.raises(OptionError, match="two would be wrong"):
            add_sun(rig, SunRequest(40.0, 30.0, 10.0), unit_nits=1.0)

    def test_when_the_sky_is_even_then_it_shows_no_place(self, in_memory):
        panorama = in_memory(np.ones((60, 120, 3)))

        assert glow_direction(panorama.light_map) is None
        with pytest.raises(OptionError, match="nor a glow"):
            add_sun(split(panorama, SplitOptions()), SunRequest(), unit_nits=1.0)


class TestWhiteSky:
    def test_when_the_plate_is_white_around_its_sun_then_auto_is_in_the_middle(
        self, a_sky, disc, toward, in_memory
    ):
        light = np.minimum(a_sky / 4.0, 0.9)
        light[len(light) // 2 :] = 0.8
        light[disc(40.0, 30.0, 8.0)] = 1.0
        rig = split(in_memory(light), SplitOptions())

        _, added = add_sun(rig, SunRequest(), unit_nits=1.0)

        apart = np.degrees(np.arccos(added.light.direction @ toward(40.0, 30.0)))
        assert added.placed_by == "white"
        assert apart < 0.3
