"""A reconstructed sun, moved into the middle of its round white region."""

from pathlib import Path

import numpy as np
import pytest

from hdr_core.panorama.invented import InventedArrays
from hdr_core.rig.panorama import make_panorama
from hdr_core.rig.split import SplitOptions, split


@pytest.fixture
def a_reconstruction(a_sky, toward, disc):
    """The white around a sun at azimuth 40, elevation 30; its light is 2 degrees off.

    Without its gain, the plate is white in a disc of 8 degrees.
    """
    visible = np.minimum(a_sky / 4.0, 0.9)
    visible[disc(40.0, 30.0, 8.0)] = 1.0
    light = visible.copy()
    light[disc(40.0, 30.0, 8.0)] = 3.0
    light[disc(40.0, 28.0, 1.5)] = 600.0
    gain = np.log2(light / visible)
    layers = InventedArrays(0.5, 0.0, gain, np.zeros(light.shape[:2]))
    pixels = np.ascontiguousarray(light, np.float32)
    return make_panorama(
        Path("pano.exr"), pixels, "lin_rec709_scene", "float", invented=layers
    )


def sun_of(rig):
    return next(light for light in rig.lights if light.is_sun)


def degrees_apart(one, other):
    return np.degrees(np.arccos(np.clip(np.dot(one, other), -1.0, 1.0)))


class TestTurnSun:
    def test_when_the_sun_is_asked_for_then_it_stands_in_the_middle_of_the_white(
        self, a_reconstruction, toward
    ):
        rig = split(a_reconstruction, SplitOptions(lights="sun"))

        sun = sun_of(rig)
        assert degrees_apart(sun.direction, toward(40.0, 30.0)) < 0.3
        assert np.dot(sun.side, sun.direction) == pytest.approx(0.0, abs=1e-12)
        assert "middle of its round white region, 1.9 degrees" in rig.notes[-1]
        # The check is that of the lights as they are written.
        assert rig.check.worst > 0.01

    def test_when_all_lamps_are_asked_for_then_the_rig_is_the_panorama(
        self, a_reconstruction, toward
    ):
        rig = split(a_reconstruction, SplitOptions())

        assert degrees_apart(sun_of(rig).direction, toward(40.0, 28.0)) < 0.5
        assert rig.check.worst <= 0.01

    def test_when_the_energy_is_compared_then_the_turn_keeps_it(self, a_reconstruction):
        turned = sun_of(split(a_reconstruction, SplitOptions(lights="sun")))
        kept = sun_of(split(a_reconstruction, SplitOptions(lights=1)))

        np.testing.assert_allclose(turned.irradiance, kept.irradiance, rtol=0.01)

    def test_when_nothing_is_clipped_then_the_sun_stays(
        self, a_sunny_sky, in_memory, toward
    ):
        rig = split(in_memory(a_sunny_sky), SplitOptions(lights="sun"))

        assert degrees_apart(sun_of(rig).direction, toward(40.0, 30.0)) < 0.2
        assert not any("white region" in note for note in rig.notes)
