"""Plates made small strip by strip, as they would be whole."""

import pytest
import torch
from torch.nn import functional

from hdr_core.execution.reduce import area_weights, panorama_for_area, shrink

SIZES = [
    pytest.param((31, 57), (7, 13), id="windows overlap"),
    pytest.param((32, 64), (8, 16), id="windows divide"),
    pytest.param((5, 7), (8, 16), id="enlarged"),
    pytest.param((1, 1), (1, 1), id="a pixel"),
]


class TestShrink:
    @pytest.mark.parametrize(("size", "small"), SIZES)
    def test_when_shrunk_by_strips_then_it_is_as_if_whole(self, size, small):
        plate = torch.rand(1, 3, *size)

        found = shrink(lambda rows: plate[:, :, rows], size, small)

        torch.testing.assert_close(found, functional.adaptive_avg_pool2d(plate, small))

    def test_when_shrunk_then_no_more_than_a_strip_is_read(self):
        heights = []

        def read(rows):
            heights.append(rows.stop - rows.start)
            return torch.zeros(1, 1, heights[-1], 10)

        shrink(read, (1000, 10), (10, 5))

        assert max(heights) == 100


class TestPanoramaSize:
    def test_when_the_plate_is_small_then_it_keeps_its_size(self):
        assert panorama_for_area((10, 20), 200) == (10, 20)

    def test_when_it_is_a_panorama_then_a_quarter_turn_is_whole_columns(self):
        rows, columns = panorama_for_area((1024, 2048), 256 * 384)

        assert (rows, columns) == (220, 440)


class TestAreaWeights:
    def test_when_cells_cut_samples_then_each_takes_its_part(self):
        expected = [[2 / 3, 1 / 3, 0.0], [0.0, 1 / 3, 2 / 3]]

        torch.testing.assert_close(area_weights(3, 2), torch.tensor(expected))

    def test_when_reduced_then_the_mean_stays(self):
        weights = area_weights(288, 192)

        torch.testing.assert_close(weights.sum(dim=1), torch.ones(192))
        torch.testing.assert_close(weights.sum(dim=0), torch.full((288,), 192 / 288))
