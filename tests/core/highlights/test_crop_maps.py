"""A panorama has no border: where it was cut changes nothing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hdr_core.execution.tiles import Cutter, Tile, crop_around
from hdr_core.highlights.crop_maps import crop_maps
from hdr_core.options import Options, TileConfig
from hdr_core.reconstruction import reconstruct
from hdr_core.stages.hallucinate.gain_network import GainMaps, spline_weights

FREE = Options(fidelity="free", precision="float32", panorama="on")


def turned(plate, pixels):
    return replace(plate, pixels=np.ascontiguousarray(np.roll(plate.pixels, pixels, 1)))


class TestLookAround:
    def test_when_it_lies_within_then_it_is_a_view(self):
        image = np.zeros((4, 8), np.float32)

        assert np.shares_memory(crop_around(image, slice(1, 3), slice(0, 8)), image)

    def test_when_columns_go_on_then_they_begin_again(self):
        image = np.arange(8, dtype=np.float32).reshape(1, 8).repeat(4, 0)

        seen = crop_around(image, slice(0, 1), slice(-2, 10))

        assert seen[0].tolist() == [6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1]

    def test_when_rows_cross_a_pole_then_they_come_back_half_a_turn_away(self):
        rows, columns = np.mgrid[0:4, 0:8]
        image = (10 * rows + columns).astype(np.float32)

        seen = crop_around(image, slice(-2, 6), slice(0, 2))

        assert seen[:, 0].tolist() == [14, 4, 0, 10, 20, 30, 34, 24]

    def test_when_it_goes_around_more_than_once_then_it_repeats(self):
        image = np.random.default_rng(0).random((4, 8), dtype=np.float32)

        once = crop_around(image, slice(0, 4), slice(0, 8))
        far = crop_around(image, slice(8, 12), slice(-16, -8))

        np.testing.assert_array_equal(far, once)


class TestCut:
    def test_when_the_plate_has_no_border_then_every_tile_sees_beyond(self):
        tiles = Cutter(32, overlap_px=10, stride_px=4, is_around=True).cut((48, 94))

        for tile in tiles:
            for inner, outer in zip(tile.inner, tile.outer, strict=True):
                assert inner.start - outer.start == 12
                assert outer.stop - inner.stop >= 10
                assert outer.start % 4 == 0


class TestCropMaps:
    @pytest.mark.parametrize("size", [(64, 128), (45, 90)], ids=["even", "odd rows"])
    @pytest.mark.parametrize("start", [-20, 0, 70], ids=["before", "first", "last"])
    def test_when_asked_near_a_tile_then_its_spline_is_that_of_the_whole(
        self, size, start
    ):
        torch.manual_seed(0)
        samples = torch.rand(1, 1, 12, 24)
        tile = Tile(
            (slice(0, 1), slice(0, 1)), (slice(-9, 30), slice(start, start + 40))
        )
        maps = GainMaps(*(samples for _ in GainMaps._fields))

        part, region = crop_maps(maps, tile, size)

        found = self.fine(part[0], region)
        around = crop_around(samples[0, 0].numpy(), slice(-24, 36), slice(-48, 72))
        whole = torch.from_numpy(around)[None, None]
        height, width = size
        padded = type(region)(-9 + 2 * height, start + 2 * width, 5 * height, 5 * width)
        torch.testing.assert_close(found, self.fine(whole, padded))

    @staticmethod
    def fine(samples, region):
        rows = spline_weights(samples.shape[2], region.height, region.y, 39)
        columns = spline_weights(samples.shape[3], region.width, region.x, 40)
        return rows @ samples @ columns.T


class TestPanorama:
    @pytest.mark.parametrize("kind", ["a_small_model", "a_paper_like_model"])
    def test_when_turned_by_half_before_and_after_then_the_result_is_the_same(
        self, request, kind, a_panorama
    ):
        model = request.getfixturevalue(kind)

        plain = reconstruct(a_panorama, model, options=FREE)
        half = reconstruct(turned(a_panorama, 64), model, options=FREE)

        back = np.roll(half.hdr.pixels, 64, axis=1)
        np.testing.assert_allclose(back, plain.hdr.pixels, rtol=1e-3, atol=1e-6)
        assert plain.hdr.pixels.max() > 1.2
        np.testing.assert_allclose(half.inverse_crf, plain.inverse_crf, atol=1e-6)

    def test_when_it_has_a_border_then_turning_changes_the_result(
        self, a_small_model, a_panorama
    ):
        bordered = replace(FREE, panorama="off")

        plain = reconstruct(a_panorama, a_small_model, options=bordered)
        half = reconstruct(turned(a_panorama, 64), a_small_model, options=bordered)

        change = np.roll(half.hdr.pixels, 64, axis=1) / plain.hdr.pixels
        assert np.abs(np.log2(change)).max() > 1e-2

    @pytest.mark.parametrize("kind", ["a_small_model", "a_paper_like_model"])
    def test_when_tiled_then_the_result_is_that_of_one_tile(
        self, request, kind, a_panorama
    ):
        model = request.getfixturevalue(kind)
        tiles = replace(FREE, tiles=TileConfig(32))

        whole = reconstruct(a_panorama, model, options=FREE).hdr.pixels
        tiled = reconstruct(a_panorama, model, options=tiles).hdr.pixels

        np.testing.assert_allclose(tiled, whole, rtol=1e-3, atol=1e-6)

    def test_when_reconstructed_then_the_seam_is_no_larger_than_its_neighbours(
        self, a_small_model, a_panorama
    ):
        lit = turned(a_panorama, 64)  # its lamp lies across the seam

        found = reconstruct(lit, a_small_model, options=FREE)

        stops = np.log2(found.hdr.pixels + 1e-4)
        beside = np.abs(np.diff(np.roll(stops, 8, axis=1)[:, :16], axis=1)).mean((0, 2))
        assert found.is_panorama
        assert beside[7] <= np.delete(beside, 7).max()

    def test_when_the_promise_is_asked_for_then_it_holds_on_panoramas(
        self, a_small_model, a_panorama
    ):
        found = reconstruct(a_panorama, a_small_model, options=Options())

        assert found.is_panorama
        assert found.violations == 0
