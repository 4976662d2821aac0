"""Whole plates made small for networks that see all of them; sums over windows."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from hdr_core.execution.reduce import (
    reduce_to_area,
    sample_places,
    sample_to_area,
    size_for_area,
    sum_windows,
)


class TestSize:
    def test_when_the_plate_is_small_then_it_keeps_its_size(self):
        assert size_for_area((10, 20), 200) == (10, 20)
        assert size_for_area((10, 20), None) == (10, 20)

    def test_when_it_is_large_then_it_keeps_its_shape(self):
        assert size_for_area((1000, 4000), 10_000) == (50, 200)
        assert size_for_area((1, 10_000), 100) == (1, 1000)


class TestReduceToArea:
    @pytest.mark.parametrize("area_px", [None, 48])
    def test_when_the_plate_is_small_enough_then_it_stays(self, area_px):
        plate = torch.rand(1, 3, 6, 8)

        assert reduce_to_area(plate, area_px) is plate

    def test_when_the_plate_is_larger_then_pixels_are_averaged(self):
        plate = torch.rand(1, 3, 6, 8)

        reduced = reduce_to_area(plate, 12)

        torch.testing.assert_close(reduced, nn.functional.avg_pool2d(plate, 2))

    @pytest.mark.parametrize(
        ("size", "expected"), [((101, 99), (10, 10)), ((1, 1000), (1, 316))]
    )
    def test_when_sizes_are_odd_then_each_is_rounded_but_never_to_nothing(
        self, size, expected
    ):
        assert reduce_to_area(torch.rand(1, 3, *size), 100).shape[-2:] == expected


class TestSamples:
    def test_when_a_plate_is_large_then_its_samples_are_its_own(self):
        plate = torch.rand(1, 3, 40, 60)

        samples = sample_to_area(plate, 20 * 30)

        assert torch.equal(samples, plate[..., ::2, ::2])
        rows, columns = (it.numpy() for it in sample_places((40, 60), (20, 30)))
        array = plate[0].permute(1, 2, 0).numpy()
        assert np.array_equal(array[rows, columns], array[::2, ::2])

    def test_when_a_plate_is_small_then_all_samples_stay(self):
        plate = torch.rand(1, 3, 4, 6)

        assert sample_to_area(plate, 30) is plate

    def test_when_sides_do_not_divide_then_samples_are_spread_over_all_of_them(self):
        rows, columns = sample_places((10, 7), (4, 3))

        assert rows.flatten().tolist() == [0, 2, 5, 7]
        assert columns.tolist() == [0, 2, 4]


class TestSumWindows:
    @pytest.mark.parametrize("reach", [0, 1, 8])
    def test_sums_are_those_of_pooling(self, reach):
        codes = torch.randint(0, 9, (2, 3, 20, 31))
        side = 2 * reach + 1

        summed = sum_windows(codes.short(), reach)

        pooled = functional.avg_pool2d(codes.double(), side, 1) * side**2
        assert torch.equal(summed, pooled.round().short())

    def test_what_was_given_stays(self):
        codes = torch.ones(5, 5)

        sum_windows(codes, 1)

        assert torch.equal(codes, torch.ones(5, 5))
