"""Planes of whole numbers: what is packed comes back, and takes few bytes."""

import zlib

import numpy as np
import pytest

from hdr_core.view.light_by_code import (
    CodeLight,
    difference,
    fit_code_light,
    order_halves,
)
from hdr_core.view.planes import cost, pack, take_green


def unfiltered(planes, height, width, bits):
    """Undo the filters pixel by pixel, as the page's script does."""
    base = 2 ** (bits - 1)
    chosen, *parts = [
        np.frombuffer(zlib.decompress(plane), np.uint8) for plane in planes
    ]
    z = np.zeros(height * width, np.int64)
    for part in parts:
        z = z * 256 + part
    d = np.where(z & 1, -((z + 1) // 2), z // 2).reshape(height, width)
    v = np.full((height + 1, width + 1), base, np.int64)
    for y in range(height):
        for x in range(width):
            left, up, corner = v[y + 1, x], v[y, x + 1], v[y, x]
            low, high = min(left, up), max(left, up)
            middle = min(max(left + up - corner, low), high)
            predicted = (base, left, up, middle)[chosen[y]]
            v[y + 1, x + 1] = (d[y, x] + predicted) % (2 * base)
    return v[1:, 1:]


def unpacked(packed):
    channels = [
        unfiltered(planes, packed.height, packed.width, packed.bits)
        for planes in packed.channels
    ]
    if packed.is_green_taken:
        base = 2 ** (packed.bits - 1)
        for place in (0, 2):
            channels[place] = (channels[place] + channels[1] - base) % (2 * base)
    return np.stack(channels, axis=2)


def some_numbers(kind, channels=3):
    """A gradient with noise, an edge, and both ends of the range."""
    rows, columns = np.mgrid[0:9, 0:13]
    noise = np.random.default_rng(0).integers(0, 9, (9, 13, channels))
    most = np.iinfo(kind).max
    values = (rows * 700 + columns * 300)[..., None] + noise
    values = values % (most + 1)
    values[4:, 6:], values[0, 0], values[8, 12] = 17, 0, most
    return values.astype(kind)


class TestPack:
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("kind", [np.uint8, np.uint16])
    def test_when_numbers_are_packed_then_they_come_back(self, kind, channels):
        values = some_numbers(kind, channels)

        packed = pack(values)

        np.testing.assert_array_equal(unpacked(packed), values)

    def test_when_there_is_one_pixel_then_it_comes_back(self):
        values = np.array([[[3, 60000, 9]]], np.uint16)

        np.testing.assert_array_equal(unpacked(pack(values)), values)

    def test_when_the_picture_is_grey_then_only_green_costs(self):
        noise = np.random.default_rng(0).integers(0, 255, (64, 64, 1), np.uint8)
        grey = np.repeat(noise, 3, axis=2)

        packed = pack(grey)

        red, green, _ = (sum(map(len, planes)) for planes in packed.channels)
        assert packed.is_green_taken
        assert red < green / 20

    def test_when_green_is_taken_then_the_middle_means_no_difference(self):
        taken = take_green(np.full((2, 2, 3), 200, np.uint8))

        assert taken[0, 0].tolist() == [128, 200, 128]

    def test_when_a_picture_is_flat_then_it_costs_less_than_noise(self):
        noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)

        assert cost(np.zeros_like(noise)) < 0.5 < cost(noise)


class TestOrderHalves:
    def test_when_light_grows_then_its_number_grows(self):
        light = np.array([-2.0, -1e-7, 0.0, 1e-7, 0.5, 1.0, 65504.0])

        order = order_halves(light).astype(int)

        assert (np.diff(order) > 0).all()
        assert order[2] == 2**15

    def test_when_half_cannot_hold_light_then_it_is_clamped(self):
        assert order_halves(np.array([1e9])) == order_halves(np.array([65504.0]))


class TestCodeLight:
    def test_when_light_is_that_of_the_codes_then_the_difference_is_small(self):
        codes = np.random.default_rng(0).integers(5, 250, (40, 40, 3), np.uint8)
        g = np.linspace(0.0, 1.0, 256) ** 2.2
        mix = np.array([[0.6, 0.1, 0.0], [0.3, 0.8, 0.1], [0.1, 0.1, 0.9]])
        light = g[codes] @ mix

        fitted = fit_code_light(codes, light, g)
        stored = difference(order_halves(light), fitted.order(codes))

        np.testing.assert_allclose(fitted.matrix, mix, atol=1e-9)
        assert np.abs(stored.astype(int) - 2**15).max() <= 1

    def test_when_all_is_clipped_then_there_is_nothing_to_fit(self):
        codes = np.full((8, 8, 3), 255, np.uint8)

        assert fit_code_light(codes, np.ones((8, 8, 3)), None) is None

    def test_when_light_is_negative_then_its_prediction_is_zero(self):
        light = CodeLight(np.full(256, 0.5), -np.eye(3))

        assert (light.order(np.zeros((1, 1, 3), np.uint8)) == 2**15).all()
