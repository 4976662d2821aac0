"""Tiles cover a plate once, see beyond themselves, and shrink when memory runs out."""

import numpy as np
import pytest
import torch

from hdr_core.execution.tiles import Cutter, is_out_of_memory, round_up

SIZES = [
    pytest.param((1, 1), id="one pixel"),
    pytest.param((64, 64), id="one tile"),
    pytest.param((65, 129), id="a pixel more than tiles"),
    pytest.param((200, 33), id="narrow"),
]


def box_mean(image, reach_px):
    """Mean of all pixels within reach, the border repeated: a network's stand-in."""
    side = 2 * reach_px + 1
    padded = np.pad(image, reach_px, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
    return windows.mean(axis=(2, 3)).astype(np.float32)


@pytest.fixture
def an_image():
    return np.random.default_rng(0).random((70, 90), dtype=np.float32)


class TestCut:
    @pytest.mark.parametrize("size", SIZES)
    def test_when_a_plate_is_cut_then_every_pixel_is_answered_for_once(self, size):
        answers = np.zeros(size, int)

        for tile in Cutter(64, overlap_px=10, stride_px=16).cut(size):
            answers[tile.inner] += 1

        assert (answers == 1).all()

    @pytest.mark.parametrize("size", SIZES)
    def test_when_a_plate_is_cut_then_tiles_begin_at_multiples_of_the_stride(
        self, size
    ):
        tiles = list(Cutter(40, overlap_px=10, stride_px=16).cut(size))

        corners = [edge.start for tile in tiles for edge in tile.outer]
        assert all(corner % 16 == 0 for corner in corners)

    def test_when_a_tile_lies_inside_then_it_sees_the_overlap_on_every_side(self):
        tiles = list(Cutter(32, overlap_px=10, stride_px=1).cut((96, 96)))

        middle = tiles[4]

        assert middle.inner == (slice(32, 64), slice(32, 64))
        assert middle.outer == (slice(22, 74), slice(22, 74))

    def test_when_a_tile_touches_the_border_then_it_sees_no_further(self):
        corner = next(Cutter(32, overlap_px=10, stride_px=1).cut((96, 40)))

        assert corner.outer == (slice(0, 42), slice(0, 30))

    def test_when_a_plate_is_a_little_larger_than_a_tile_then_no_tile_is_a_sliver(self):
        tiles = list(Cutter(32, overlap_px=10, stride_px=4).cut((33, 96)))

        heights = {tile.inner[0].stop - tile.inner[0].start for tile in tiles}
        assert heights == {20, 13}


class TestRun:
    @pytest.mark.parametrize("n_at_once", [1, 3])
    def test_when_the_overlap_is_the_reach_then_tiles_change_nothing(
        self, an_image, n_at_once
    ):
        result = np.empty_like(an_image)

        def work(tile):
            tile.place(box_mean(tile.crop(an_image), 3), result)

        cutter = Cutter(16, overlap_px=3, stride_px=1)
        cutter.run(an_image.shape, work, n_at_once=n_at_once)

        np.testing.assert_allclose(result, box_mean(an_image, 3), rtol=1e-6)

    def test_when_the_overlap_is_too_small_then_seams_show(self, an_image):
        result = np.empty_like(an_image)

        def work(tile):
            tile.place(box_mean(tile.crop(an_image), 3), result)

        Cutter(16, overlap_px=1, stride_px=1).run(an_image.shape, work)

        assert np.abs(result - box_mean(an_image, 3)).max() > 1e-2

    @pytest.mark.parametrize("n_at_once", [1, 3])
    def test_when_tiles_are_done_then_progress_rises_to_one(self, n_at_once):
        shares = []

        Cutter(8, 0, 1).run(
            (16, 16),
            lambda _: None,
            n_at_once=n_at_once,
            on_progress=shares.append,
        )

        assert shares == [0.25, 0.5, 0.75, 1.0]

    @pytest.mark.parametrize("n_at_once", [1, 2])
    @pytest.mark.parametrize(
        "error",
        [
            pytest.param(torch.OutOfMemoryError("CUDA out of memory."), id="CUDA"),
            pytest.param(RuntimeError("MPS backend out of memory"), id="MPS"),
            pytest.param(
                RuntimeError("DefaultCPUAllocator: can't allocate memory"), id="CPU"
            ),
            pytest.param(MemoryError(), id="numpy"),
        ],
    )
    def test_when_memory_runs_out_then_the_tile_is_halved(self, error, n_at_once):
        done = np.zeros((64, 64), int)

        def work(tile):
            rows = tile.inner[0]
            if rows.stop - rows.start > 16:
                raise error
            done[tile.inner] += 1

        cutter = Cutter(32, overlap_px=0, stride_px=8)
        cutter.run((64, 64), work, n_at_once=n_at_once)

        assert (done == 1).all()

    def test_when_not_even_the_smallest_tile_fits_then_the_error_passes(self):
        def work(tile):
            raise MemoryError

        with pytest.raises(MemoryError):
            Cutter(64, overlap_px=0, stride_px=16).run((64, 64), work)

    def test_when_another_error_comes_then_it_passes_at_once(self):
        calls = []

        def work(tile):
            calls.append(tile)
            raise RuntimeError("shapes differ")

        with pytest.raises(RuntimeError, match="shapes differ"):
            Cutter(64, overlap_px=0, stride_px=1).run((64, 64), work)
        assert len(calls) == 1


class TestRoundUp:
    @pytest.mark.parametrize(
        ("length", "rounded"), [(0, 0), (1, 16), (16, 16), (17, 32)]
    )
    def test_when_rounded_up_then_it_is_the_next_multiple(self, length, rounded):
        assert round_up(length, 16) == rounded


class TestIsOutOfMemory:
    def test_when_an_error_is_of_something_else_then_it_says_no(self):
        assert not is_out_of_memory(RuntimeError("mat1 and mat2 differ"))
