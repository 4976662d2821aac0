"""A panorama is split into a dome and lights: nothing is lost, and no hole is left."""

import re

import numpy as np
import pytest

from hdr_core.errors import OptionError, PlateError
from hdr_core.rig.panorama import read_panorama
from hdr_core.rig.split import SplitOptions, split


def degrees_apart(one, other):
    return np.degrees(np.arccos(np.clip(np.dot(one, other), -1.0, 1.0)))


class TestSun:
    def test_when_the_sun_is_split_then_it_is_a_disc_of_053_degree_at_its_place(
        self, a_sunny_sky, in_memory, toward
    ):
        rig = split(in_memory(a_sunny_sky), SplitOptions(lights="sun"))

        (sun,) = rig.lights
        assert (sun.name, sun.shape, sun.is_sun) == ("sun", "distant", True)
        assert np.degrees(sun.size[0]) == pytest.approx(0.53)
        assert degrees_apart(sun.direction, toward(40.0, 30.0)) < 0.5
        assert rig.check.worst < 0.01
        assert rig.notes == ()

    def test_when_the_sun_is_split_then_the_dome_has_its_glow_and_no_peak(
        self, a_sunny_sky, in_memory, disc
    ):
        rig = split(in_memory(a_sunny_sky), SplitOptions(lights="sun"))

        was_sun = disc(40.0, 30.0, 0.8)
        assert a_sunny_sky[was_sun].max() == 9000.0
        assert rig.dome[was_sun].max() < 40.0
        assert rig.dome[was_sun].min() > 2.0
        assert (rig.dome <= a_sunny_sky.astype(np.float32)).all()

    def test_when_the_sun_is_split_then_all_else_stays_bit_for_bit(
        self, a_sunny_sky, in_memory, disc
    ):
        rig = split(in_memory(a_sunny_sky), SplitOptions(lights="sun"))

        far = ~disc(40.0, 30.0, 12.0)
        np.testing.assert_array_equal(rig.dome[far], rig.panorama.pixels[far])

    def test_when_the_sun_is_a_wide_blob_then_it_is_narrow_and_a_note_says_what_changed(
        self, a_sunny_sky, in_memory, disc
    ):
        a_sunny_sky[disc(40.0, 30.0, 2.2)] = 9000.0

        rig = split(in_memory(a_sunny_sky), SplitOptions(lights="sun"))

        (sun,) = rig.lights
        assert np.degrees(sun.size[0]) == pytest.approx(0.53)
        (percent,) = re.findall(r"it grazes get up to ([\d.]+) %", rig.notes[0])
        assert 1.0 < float(percent) < 50.0

    def test_when_there_is_no_sun_then_it_says_what_to_do(self, a_room, in_memory):
        with pytest.raises(OptionError, match=r"shows no sun.*--add-sun"):
            split(in_memory(a_room), SplitOptions(lights="sun"))


class TestLamps:
    def test_when_a_room_is_split_then_each_lamp_has_its_place_size_and_color(
        self, a_room, in_memory, toward
    ):
        rig = split(in_memory(a_room), SplitOptions())

        window, lamp = sorted(rig.lights, key=lambda light: light.elevation_deg)
        assert (window.shape, lamp.shape) == ("rect", "sphere")
        assert degrees_apart(window.direction, toward(90.0, 4.0)) < 1.0
        assert degrees_apart(lamp.direction, toward(-60.0, 60.0)) < 1.0
        width, height = np.degrees(2 * np.arctan(np.array(window.size) / 2))
        assert width == pytest.approx(24.0, abs=1.0)
        assert height == pytest.approx(20.0, abs=1.0)
        assert np.degrees(lamp.size[0]) == pytest.approx(8.0, abs=0.5)
        blue = np.array(window.radiance) / window.radiance[0]
        np.testing.assert_allclose(blue, [1.0, 4 / 3, 5 / 3], rtol=0.02)

    def test_when_a_room_is_split_then_the_irradiance_is_that_of_the_panorama(
        self, a_room, in_memory
    ):
        rig = split(in_memory(a_room), SplitOptions())

        assert rig.check.n_directions == 64
        assert rig.check.worst < 0.01
        assert rig.dome.max() < 1.0

    def test_when_one_light_is_asked_for_then_it_is_the_strongest(
        self, a_room, in_memory
    ):
        rig = split(in_memory(a_room), SplitOptions(lights=1))

        (light,) = rig.lights
        assert light.shape == "rect"
        assert rig.dome.max() == 400.0

    def test_when_a_lamp_is_weak_then_it_stays_in_the_dome(self, a_room, in_memory):
        rig = split(in_memory(a_room), SplitOptions(least_share=0.36))

        assert [light.shape for light in rig.lights] == ["rect"]

    def test_when_a_lamp_is_on_the_seam_or_on_a_pole_then_it_is_one_light(
        self, a_room, in_memory, disc, toward
    ):
        light = np.full(a_room.shape, 0.3)
        light[disc(180.0, 0.0, 5.0)] = 300.0
        light[disc(0.0, 90.0, 6.0)] = 100.0

        rig = split(in_memory(light), SplitOptions())

        seam, pole = sorted(rig.lights, key=lambda one: one.elevation_deg)
        assert degrees_apart(seam.direction, toward(180.0, 0.0)) < 0.5
        assert degrees_apart(pole.direction, (0.0, 0.0, 1.0)) < 0.5
        np.testing.assert_allclose(rig.dome, 0.3, rtol=1e-4)
        assert rig.check.worst < 0.01

    def test_when_two_lamps_share_a_glow_then_they_are_two_lights(
        self, a_room, in_memory, disc
    ):
        light = np.full(a_room.shape, 0.3)
        light[disc(0.0, 20.0, 20.0)] = 3.0
        light[disc(-8.0, 20.0, 3.0)] = light[disc(8.0, 20.0, 3.0)] = 200.0

        rig = split(in_memory(light), SplitOptions())

        azimuths = sorted(round(one.azimuth_deg) for one in rig.lights)
        assert azimuths == pytest.approx([-8, 8], abs=1)

    def test_when_it_is_in_acescg_then_the_energy_is_in_acescg(self, a_room, in_memory):
        rig = split(in_memory(a_room, "lin_ap1_scene"), SplitOptions())

        window = next(one for one in rig.lights if one.shape == "rect")
        ratio = np.array(window.radiance) / window.radiance[0]
        np.testing.assert_allclose(ratio, [1.0, 4 / 3, 5 / 3], rtol=0.02)
        assert rig.check.worst < 0.01

    def test_when_it_is_even_then_there_is_no_light_and_a_note(self, a_room, in_memory):
        rig = split(in_memory(np.ones(a_room.shape)), SplitOptions())

        assert rig.lights == ()
        assert "the dome is the whole panorama" in rig.notes[0]
        np.testing.assert_array_equal(rig.dome, 1.0)

    def test_when_it_is_black_then_it_is_refused(self, a_room, in_memory):
        with pytest.raises(PlateError, match="is black"):
            split(in_memory(np.zeros(a_room.shape)), SplitOptions())


class TestDomeMax:
    def test_when_the_dome_is_limited_then_the_nearest_light_takes_the_rest(
        self, a_room, in_memory
    ):
        free = split(in_memory(a_room), SplitOptions(lights=1))

        rig = split(in_memory(a_room), SplitOptions(lights=1, dome_max=50.0))

        luminance = rig.panorama.luminance(rig.dome.reshape(-1, 3))
        assert luminance.max() <= 50.0 * (1 + 1e-5)
        (before,), (after,) = free.lights, rig.lights
        assert after.share > before.share + 0.1
        assert after.elevation_deg > before.elevation_deg + 2.0
        assert "% of all light is above dome-max" in rig.notes[-1]

    def test_when_there_is_no_light_to_take_it_then_it_is_refused(
        self, a_room, in_memory
    ):
        with pytest.raises(OptionError, match="no light that could take"):
            split(in_memory(np.ones(a_room.shape)), SplitOptions(dome_max=0.5))


class TestOptions:
    @pytest.mark.parametrize(
        ("asked", "match"),
        [
            ({"lights": 0}, "lights: needs 1 to 32"),
            ({"least_share": 1.5}, "least-share: needs 0 to 100"),
            ({"dome_max": 0.0}, "dome-max: must be above 0"),
            ({"sun_deg": 200.0}, "sun-angle: needs 0.01 to 90"),
        ],
        ids=["no light", "share", "black dome", "half the sky"],
    )
    def test_when_a_value_is_out_of_range_then_it_is_refused(self, asked, match):
        with pytest.raises(OptionError, match=match):
            SplitOptions(**asked)


class TestReadPanorama:
    def test_when_a_file_says_that_it_is_data_then_it_is_refused(
        self, tmp_path, write_panorama
    ):
        from hdr_core.io.data import write_data

        path = tmp_path / "data.exr"
        write_data(path, np.ones((8, 16, 3), np.float32))

        with pytest.raises(PlateError, match="'data', which names no scene-linear"):
            read_panorama(path)

        found = read_panorama(write_panorama(np.ones((8, 16, 3))))
        assert (found.space, found.depth) == ("lin_rec709_scene", "float")
