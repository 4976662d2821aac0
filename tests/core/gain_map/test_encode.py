"""Means over the areas of a gain map, and the light of codes."""

import numpy as np
import pytest

from hdr_core.gain_map.encode import mean_areas
from hdr_core.known_light import GainFormula, light_of_codes


class TestMeanAreas:
    @pytest.mark.parametrize(
        "size",
        [
            pytest.param((8, 12), id="whole areas"),
            pytest.param((7, 12), id="a low last row"),
            pytest.param((8, 10), id="a narrow last column"),
            pytest.param((3, 1), id="smaller than an area"),
        ],
    )
    def test_each_sample_is_the_mean_of_its_pixels(self, size):
        light = np.random.default_rng(1).random((*size, 3), dtype=np.float32)

        means = mean_areas(light, 4)

        rows, columns = range(0, size[0], 4), range(0, size[1], 4)
        wanted = [
            [light[y : y + 4, x : x + 4].mean(axis=(0, 1)) for x in columns]
            for y in rows
        ]
        np.testing.assert_allclose(means, wanted, rtol=1e-6)

    def test_the_order_of_addition_does_not_depend_on_the_width(self):
        light = np.random.default_rng(2).random((4, 9, 3), dtype=np.float32) * 1000

        wide, narrow = mean_areas(light, 4), mean_areas(light[:, :8].copy(), 4)

        np.testing.assert_array_equal(wide[:, :2], narrow)


class TestLightOfCodes:
    def test_values_are_rounded_to_codes_and_clipped(self):
        table = np.array([0.0, 0.1, 1.0], np.float32)
        encoded = np.array([-1.0, 0.24, 0.26, 0.74, 0.76, 2.0], np.float32)

        light = light_of_codes(encoded, table)

        np.testing.assert_array_equal(light, table[[0, 0, 1, 1, 2, 2]])


class TestGainFormula:
    def test_when_channels_differ_then_each_pixel_of_a_row_has_their_numbers(self):
        formula = GainFormula(
            least=(0.0, 1.0, 2.0),
            most=(2.0, 2.0, 4.0),
            base_offset=(0.0, 0.5, 1.0),
            alternate_offset=(0.0, 0.25, 0.0),
        )
        half, ones = (np.full((2, 5, 3), value, np.float32) for value in (0.5, 1.0))

        light = formula.apply(ones, formula.stops(half))

        assert light.shape == (2, 5, 3)
        np.testing.assert_allclose(light[1, 3], [2, 1.5 * 2**1.5 - 0.25, 16], 1e-6)
