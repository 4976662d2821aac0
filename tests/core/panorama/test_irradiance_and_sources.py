"""What a panorama lights: worked out by hand, and found in a map."""

import math

import numpy as np
import pytest

from hdr_core.errors import PlateError
from hdr_core.panorama.irradiance import AXES, axis_weights, measure_light
from hdr_core.panorama.light_map import LightMap
from hdr_core.panorama.sources import connected, find_sources

HEIGHT, WIDTH = 64, 128


def map_of(luminance):
    height, width = luminance.shape
    light_map = LightMap.empty(height, width, 2048)
    light_map.add(luminance.astype(float), slice(0, height))
    return light_map


def cell(azimuth_deg, elevation_deg, *, height=HEIGHT):
    row = int((90.0 - elevation_deg) / 180.0 * height)
    return row, int((180.0 - azimuth_deg) / 360.0 * 2 * height)


@pytest.fixture
def a_sunny_sky():
    """A sky, dark ground, a sun at azimuth 40, elevation 30 degrees."""
    luminance = np.full((256, 512), 0.1)
    luminance[:128] = 1.0
    luminance[cell(40.0, 30.0, height=256)] = 200_000.0
    return luminance


class TestAxisWeights:
    def test_when_light_is_1_everywhere_then_every_face_gets_pi(self):
        for rows, columns in axis_weights(16, 32).values():
            assert rows.sum() * columns.sum() == pytest.approx(math.pi)

    def test_when_only_the_upper_half_is_lit_then_walls_get_half_of_it(self):
        weights = axis_weights(16, 32)

        lit = {axis: w[0][:8].sum() * w[1].sum() for axis, w in weights.items()}

        assert lit["up"] == pytest.approx(math.pi)
        assert lit["down"] == pytest.approx(0.0)
        for axis in ("ahead", "back", "left", "right"):
            assert lit[axis] == pytest.approx(math.pi / 2)

    def test_when_a_lamp_is_ahead_then_it_lights_ahead_and_neither_back_nor_sides(self):
        weights = axis_weights(180, 360)
        row, column = cell(0.0, 0.0, height=180)

        seen = {axis: w[0][row] * w[1][column] for axis, w in weights.items()}

        one_degree = math.radians(1.0) ** 2
        assert seen["ahead"] == pytest.approx(one_degree, rel=1e-3)
        assert seen["back"] == 0.0
        assert seen["left"] + seen["right"] < 0.01 * one_degree

    def test_when_a_lamp_is_left_then_it_is_in_the_first_quarter(self):
        rows, columns = axis_weights(8, 16)["left"]

        assert columns.argmax() in {3, 4}
        assert rows.argmax() in {3, 4}


class TestMeasureLight:
    def test_when_light_is_even_then_all_axes_get_pi_and_there_is_no_source(
        self, write_panorama
    ):
        found = measure_light(write_panorama(np.ones((HEIGHT, WIDTH, 3))))

        assert set(found.irradiance) == set(AXES)
        for axis in AXES:
            assert found.illuminance(axis) == pytest.approx(math.pi, rel=1e-6)
        assert found.ground == found.illuminance("up")
        assert found.light_map.total() == pytest.approx(4 * math.pi)
        assert found.sources == ()

    def test_when_it_is_in_acescg_then_the_light_is_that_of_rec709(
        self, write_panorama
    ):
        red = np.zeros((HEIGHT, WIDTH, 3))
        red[..., :] = [0.613097, 0.070194, 0.020616]

        found = measure_light(write_panorama(red, space="lin_ap1_scene"))

        np.testing.assert_allclose(
            found.irradiance["up"], [math.pi, 0.0, 0.0], atol=1e-4
        )

    def test_when_read_in_bands_then_the_sums_are_those_of_the_whole(
        self, write_panorama, monkeypatch
    ):
        light = np.random.default_rng(0).random((HEIGHT, WIDTH, 3))
        path = write_panorama(light)
        whole = measure_light(path)

        monkeypatch.setattr("hdr_core.io.rows.BAND_BYTES", 4 * WIDTH * 3 * 7)
        banded = measure_light(path)

        assert banded.ground == pytest.approx(whole.ground, rel=1e-9)
        np.testing.assert_allclose(banded.light_map.light, whole.light_map.light)

    def test_when_it_is_no_panorama_then_it_is_refused(self, write_panorama):
        with pytest.raises(PlateError, match="twice as wide as high, found 30x20"):
            measure_light(write_panorama(np.ones((20, 30, 3))))

    def test_when_it_is_no_linear_file_then_it_is_refused(self, a_picture, tmp_path):
        with pytest.raises(PlateError, match="png holds no light above clip"):
            measure_light(a_picture)
        with pytest.raises(PlateError, match="no such file"):
            measure_light(tmp_path / "none.exr")


class TestSources:
    def test_when_there_is_a_sun_then_it_is_found_within_a_degree(self, a_sunny_sky):
        first, *_ = find_sources(map_of(a_sunny_sky))

        assert first.is_sun
        assert first.azimuth_deg == pytest.approx(40.0, abs=1.0)
        assert first.elevation_deg == pytest.approx(30.0, abs=1.0)
        assert first.share > 0.5
        assert sum(part**2 for part in first.direction) == pytest.approx(1.0)

    def test_when_a_lamp_hangs_under_a_dark_ceiling_then_it_is_no_sun(
        self, a_sunny_sky
    ):
        room = np.where(a_sunny_sky > 10.0, a_sunny_sky, 1.0)
        room[:110] = np.where(a_sunny_sky[:110] > 10.0, a_sunny_sky[:110], 0.1)

        first, *_ = find_sources(map_of(room))

        assert not first.is_sun
        assert first.share > 0.5

    def test_when_a_lamp_lies_across_the_seam_then_it_is_one(self):
        luminance = np.ones((HEIGHT, WIDTH))
        luminance[30:33, :2] = luminance[30:33, -2:] = 500.0

        (lamp,) = find_sources(map_of(luminance))

        assert abs(lamp.azimuth_deg) == pytest.approx(180.0, abs=0.1)
        assert lamp.luminance == pytest.approx(500.0)
        assert lamp.solid_angle_sr == pytest.approx(12 * (math.pi / 64) ** 2, rel=0.01)
        assert lamp.irradiance == pytest.approx(500.0 * lamp.solid_angle_sr)

    def test_when_there_are_two_lamps_then_the_stronger_is_first(self):
        luminance = np.ones((HEIGHT, WIDTH))
        luminance[20:22, 20:22] = 300.0
        luminance[20:22, 60:62] = 900.0

        strong, weak = find_sources(map_of(luminance))

        assert strong.irradiance == pytest.approx(3 * weak.irradiance)
        assert strong.azimuth_deg < weak.azimuth_deg

    def test_when_a_lamp_glows_then_the_glow_is_told_apart(self, a_sunny_sky):
        row, column = cell(40.0, 30.0, height=256)
        a_sunny_sky[row - 9 : row + 10, column - 9 : column + 10] += 20.0

        sun, glow = find_sources(map_of(a_sunny_sky))

        assert sun.is_sun
        assert not glow.is_sun
        assert sun.solid_angle_sr < 1e-3 < glow.solid_angle_sr

    def test_when_it_is_black_then_there_is_no_source(self):
        assert find_sources(map_of(np.zeros((8, 16)))) == ()

    def test_when_a_large_map_is_reduced_then_its_sum_is_kept(self):
        luminance = np.random.default_rng(0).random((60, 120))
        small = LightMap.empty(60, 120, 50)

        small.add(luminance[:25], slice(0, 25))
        small.add(luminance[25:], slice(25, 60))

        assert small.light.shape == (20, 40)
        assert small.total() == pytest.approx(map_of(luminance).total())


class TestConnected:
    def test_when_regions_touch_at_a_corner_or_across_the_seam_then_they_are_one(self):
        mask = np.zeros((6, 8), bool)
        mask[1, 0] = mask[2, 7] = True  # a corner across the seam
        mask[4, 3:6] = True

        labels = connected(mask)

        assert labels[1, 0] == labels[2, 7] != 0
        assert len(set(labels[4, 3:6])) == 1
        assert len(np.unique(labels)) == 3

    def test_when_a_region_winds_then_it_is_one(self):
        mask = np.zeros((9, 40), bool)
        mask[::2, 2:38] = True
        mask[1::4, 37] = mask[3::4, 2] = True

        assert len(np.unique(connected(mask))) == 2
