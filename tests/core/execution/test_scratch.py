"""Whole plates in bounded memory: what does not fit lies on disk, bit for bit."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hdr_core.errors import OutputError
from hdr_core.execution.scratch import (
    OVERHEAD_GIB,
    PLATE_SHARE,
    Scratch,
    Spooled,
    bands,
    default_memory_gib,
    extent,
    scratch_folder,
    tiles_within,
)
from hdr_core.io.parts import LARGE_VALUES
from hdr_core.io.read import read_plate
from hdr_core.io.write import write_hdr
from hdr_core.options import Options
from hdr_core.reconstruction import reconstruct

ROOT = Path(__file__).parents[3]


@pytest.fixture
def no_memory():
    return Scratch(0.0)


class TestScratch:
    def test_when_it_fits_then_it_lies_in_memory(self):
        found = Scratch(3.0).zeros((10, 20, 3))

        assert type(found) is np.ndarray
        assert not found.any()

    def test_when_it_does_not_fit_then_it_lies_on_disk_and_behaves_the_same(
        self, no_memory
    ):
        found = no_memory.zeros((10, 20, 3))
        found[2:4, 5:9] = 7.0
        found[6] *= 2.0

        assert isinstance(found, Spooled)
        assert found.shape == (10, 20, 3)
        assert found.dtype == np.float32
        assert float(found[2:4, 5:9].min()) == 7.0
        assert float(np.asarray(found).sum()) == 7.0 * 2 * 4 * 3

    def test_when_memory_is_used_up_then_the_next_array_lies_on_disk(self):
        scratch = Scratch(OVERHEAD_GIB + 1.5 * 2**20 / 2**30 / PLATE_SHARE)

        first, second = (scratch.zeros((2**18,)) for _ in range(2))

        assert not isinstance(first, Spooled)
        assert isinstance(second, Spooled)

    def test_when_pages_are_let_go_of_then_nothing_is_lost(self, no_memory):
        found = no_memory.zeros((64, 64, 3))
        for band in range(64):
            found[band] = band

        no_memory.touch(2**40)

        assert [float(found[band].mean()) for band in range(64)] == list(range(64))

    def test_when_it_is_in_use_then_no_file_has_a_name(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setattr("tempfile.tempdir", None)

        found = Scratch(0.0).zeros((100, 100))

        assert isinstance(found, Spooled)
        assert scratch_folder() == tmp_path
        assert list(tmp_path.iterdir()) == []

    def test_when_the_disk_has_no_room_then_it_is_told_before_any_work(
        self, no_memory, monkeypatch
    ):
        def is_full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "posix_fallocate", is_full, raising=False)

        with pytest.raises(OutputError, match=r"no space for .* of scratch"):
            no_memory.zeros((10, 10))

    def test_when_nothing_is_asked_then_the_limit_is_within_1_and_4_gib(self):
        assert 1.0 <= default_memory_gib() <= 4.0

    def test_when_tiles_are_worked_on_side_by_side_then_plates_have_less_room(self):
        memory_gib = OVERHEAD_GIB + 1.0
        shape = (2**26,)  # a quarter of a GiB

        alone = Scratch(memory_gib)
        beside = Scratch(memory_gib, tiles_at_once=tiles_within(memory_gib))

        assert alone.fits(shape)
        assert not beside.fits(shape)


class TestTilesWithin:
    @pytest.mark.parametrize(
        ("memory_gib", "n_tiles"), [(0.5, 1), (1.5, 1), (2.0, 2), (4.0, 6)]
    )
    def test_when_there_is_more_memory_then_more_tiles_fit(self, memory_gib, n_tiles):
        assert tiles_within(memory_gib) == n_tiles

    def test_when_nothing_is_asked_then_it_is_by_the_default(self):
        assert tiles_within(None) == tiles_within(default_memory_gib())


class TestBands:
    @pytest.mark.parametrize("shape", [(1, 1), (1000, 3), (70, 16384, 3)])
    def test_when_cut_into_bands_then_they_cover_all_rows_once(self, shape):
        rows = [row for b in bands(np.empty(shape)) for row in range(b.start, b.stop)]

        assert rows == list(range(shape[0]))

    def test_when_there_is_nan_then_the_extent_says_so(self):
        image = np.array([[1.0, 2.0], [-3.0, 5.0]])

        assert extent(image) == (-3.0, 5.0)
        image[0, 0] = np.nan
        assert np.isnan(extent(image)).all()


class TestPlatesOnDisk:
    @pytest.mark.parametrize("panorama", ["off", "on"])
    def test_when_a_plate_lies_on_disk_then_the_result_is_the_same_bit_for_bit(
        self, a_small_model, a_panorama, panorama
    ):
        config = Options(panorama=panorama, memory_gib=8.0)

        within = reconstruct(a_panorama, a_small_model, options=config)
        beyond = reconstruct(
            a_panorama, a_small_model, options=replace(config, memory_gib=0.5)
        )

        assert not isinstance(within.hdr.pixels, Spooled)
        assert isinstance(beyond.hdr.pixels, Spooled)
        for name in ("clip_mask", "gain", "uncertainty", "dequantized", "linear"):
            np.testing.assert_array_equal(getattr(beyond, name), getattr(within, name))
        np.testing.assert_array_equal(beyond.hdr.pixels, within.hdr.pixels)

    @pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg", "a.dpx"])
    def test_when_read_in_bands_then_the_pixels_are_the_same(
        self, tmp_path, write_picture, some_codes, no_memory, name
    ):
        codes = np.tile(some_codes, (5, 1, 1))
        path = write_picture(tmp_path / name, codes)

        within, beyond = read_plate(path), read_plate(path, scratch=no_memory)

        assert isinstance(beyond.pixels, Spooled)
        np.testing.assert_array_equal(beyond.pixels, within.pixels)

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_when_it_was_turned_then_it_is_upright_from_disk_too(
        self, tmp_path, some_codes, no_memory, orientation, monkeypatch
    ):
        from PIL import Image

        monkeypatch.setattr("hdr_core.execution.scratch.BAND_PIXELS", 48 * 5)
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = tmp_path / "turned.jpg"
        Image.fromarray(some_codes[..., :3].copy()).save(path, exif=exif, quality=98)

        within, beyond = read_plate(path), read_plate(path, scratch=no_memory)

        np.testing.assert_array_equal(beyond.pixels, within.pixels)

    def test_when_a_file_is_cut_short_then_bands_tell_it_too(
        self, tmp_path, write_picture, some_codes, no_memory
    ):
        from hdr_core.errors import PlateError

        path = write_picture(tmp_path / "a.tif", np.tile(some_codes, (9, 1, 1)))
        path.write_bytes(path.read_bytes()[:-9000])

        with pytest.raises(PlateError, match=r"a\.tif"):
            read_plate(path, scratch=no_memory)

    def test_when_a_large_file_is_read_back_in_bands_then_it_is_the_same(
        self, tmp_path, a_panorama, monkeypatch
    ):
        plate = replace(a_panorama, state="hdr", space="lin_rec709_scene")
        # A file sorts its channels by name: not the order they are given in.
        aovs = {"mask": plate.pixels[..., 0], "gain": plate.pixels[..., 1]}
        write_hdr(tmp_path / "small.exr", plate, aovs=aovs)

        monkeypatch.setattr("hdr_core.io.parts.LARGE_VALUES", 10)
        write_hdr(tmp_path / "large.exr", plate, aovs=aovs)

        assert plate.pixels.size < LARGE_VALUES
        small, large = (tmp_path / f"{n}.exr" for n in ("small", "large"))
        assert small.read_bytes() == large.read_bytes()

    def test_when_a_large_file_reads_back_otherwise_then_it_is_not_kept(
        self, tmp_path, a_panorama, monkeypatch
    ):
        plate = replace(a_panorama, state="hdr", space="lin_rec709_scene")
        monkeypatch.setattr("hdr_core.io.parts.LARGE_VALUES", 10)
        monkeypatch.setattr("hdr_core.io.parts.holds_bands", lambda *_, **__: False)

        with pytest.raises(OutputError, match="reads back with other values"):
            write_hdr(tmp_path / "a.exr", plate)
        assert list(tmp_path.iterdir()) == []


BANDS = "bands(array)"
COLUMNS = "[np.s_[y : y + 512, :64] for y in range(0, 8192, 512)]"


@pytest.mark.slow
class TestPeakMemory:
    @pytest.mark.parametrize("parts", [BANDS, COLUMNS], ids=["bands", "columns"])
    def test_when_a_plate_is_large_then_the_process_keeps_to_its_memory(self, parts):
        code = (
            "import sys, numpy as np, resource\n"
            "from hdr_core.execution.scratch import Scratch, bands\n"
            "scratch = Scratch(0.5)\n"
            "arrays = [scratch.zeros((8192, 8192, 3)) for _ in range(3)]\n"
            "start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "total = 0.0\n"
            "for array in arrays:\n"
            "    for band in bands(array):\n"
            "        array[band] = 1.5\n"
            f"    for part in {parts}:\n"
            "        total += float(array[part].sum())\n"
            "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "print((peak - start) / 2**20)\n"
        )

        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )

        assert float(done.stdout) < 0.35  # GiB, of 2.25 that were written
