"""Where the sun stands in the white region of a panorama."""

import numpy as np
import pytest

from hdr_core.panorama.angles import pixel_directions
from hdr_core.panorama.white import WhiteMap, deepest, round_middle

HEIGHT, WIDTH = 128, 256
DIRECTIONS = pixel_directions(HEIGHT, WIDTH)


def toward(azimuth_deg, elevation_deg):
    azimuth, elevation = np.radians([azimuth_deg, elevation_deg])
    level = np.cos(elevation)
    return np.array(
        [level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)]
    )


def disc(azimuth_deg, elevation_deg, radius_deg):
    cosine = DIRECTIONS @ toward(azimuth_deg, elevation_deg)
    return cosine > np.cos(np.radians(radius_deg))


def maps_of(white, lights=()):
    """Return the maps of a plate that is white in a mask, with lights added to it."""
    visible = np.where(white, 1.0, 0.3)[..., None] * np.ones(3)
    # One channel of the glow clips farther out: the darkest says where it is white.
    visible[..., 0] = np.where(white, 1.0, 0.9)
    light = visible.copy()
    for mask, value in lights:
        light[mask] = value
    maps = WhiteMap.empty(HEIGHT, WIDTH)
    maps.add(light, visible, slice(0, HEIGHT))
    return maps


def degrees_apart(one, other):
    return np.degrees(np.arccos(np.clip(np.dot(one, other), -1.0, 1.0)))


class TestRoundMiddle:
    @pytest.mark.parametrize(
        "place", [(40.0, 30.0), (179.5, 20.0), (-90.0, 80.0)], ids=str
    )
    def test_when_the_white_is_a_disc_then_its_middle_is_the_sun(self, place):
        maps = maps_of(disc(*place, 9.0))
        # The peak of the light is off, as a network may have it.
        peak = toward(place[0], place[1] - 4.0)

        assert degrees_apart(round_middle(maps, peak), toward(*place)) < 0.3

    @pytest.mark.parametrize(
        "white",
        [
            disc(40.0, 30.0, 2.0) | disc(-90.0, 30.0, 9.0),
            disc(40.0, 30.0, 5.5),
            disc(40.0, 50.0, 37.0),
            disc(40.0, 30.0, 9.0) | disc(52.0, 30.0, 9.0),
            disc(40.0, 30.0, 9.0) & ~disc(40.0, 37.0, 3.0),
            disc(40.0, -30.0, 9.0),
            disc(-60.0, 30.0, 9.0),
            np.zeros((HEIGHT, WIDTH), bool),
        ],
        ids=[
            "small",
            "little white",
            "a white sky",
            "two discs",
            "a hole",
            "ground",
            "far from the light",
            "even light",
        ],
    )
    def test_when_the_white_says_nothing_then_there_is_no_middle(self, white):
        assert round_middle(maps_of(white), toward(40.0, 30.0)) is None

    def test_when_nothing_is_clipped_then_the_sun_itself_is_no_region(self):
        sun = disc(40.0, 30.0, 1.5)
        light = np.where(sun, 5000.0, 1.0)[..., None] * np.ones(3)
        maps = WhiteMap.empty(HEIGHT, WIDTH)
        maps.add(light, light, slice(0, HEIGHT))

        assert round_middle(maps, toward(40.0, 30.0)) is None


class TestDeepest:
    def test_when_the_white_is_no_disc_then_bright_light_deep_inside_is_the_sun(self):
        # Glow, which joins a long white cloud; a bright edge of the cloud is no sun.
        cloud = (abs(DIRECTIONS[..., 2] - 0.5) < 0.07) & (DIRECTIONS[..., 0] > 0.0)
        white = disc(40.0, 30.0, 14.0) | cloud
        lights = [(disc(42.0, 31.0, 3.0), 40.0), (disc(-30.0, 33.0, 2.0), 50.0)]

        found = deepest(maps_of(white, lights))

        assert degrees_apart(found, toward(42.0, 31.0)) < 3.0

    def test_when_the_white_is_a_disc_then_it_is_its_middle(self):
        found = deepest(maps_of(disc(40.0, 30.0, 9.0)))

        assert degrees_apart(found, toward(40.0, 30.0)) < 0.3

    @pytest.mark.parametrize(
        "white",
        [disc(40.0, 30.0, 2.0), DIRECTIONS[..., 2] > 0.0, disc(40.0, -60.0, 9.0)],
        ids=["small", "a white sky", "ground"],
    )
    def test_when_the_white_says_nothing_then_there_is_no_place(self, white):
        assert deepest(maps_of(white)) is None
