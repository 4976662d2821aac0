"""How good a lossy plate still is."""

import numpy as np
import pytest
from PIL import Image

from hdr_core.io.lossy import estimate_quality, jpeg_quality
from hdr_core.io.read import read_plate
from hdr_core.plate import NOTES


class TestLossyQuality:
    @pytest.mark.parametrize("quality", [10, 30, 50, 59, 75, 88, 95, 100])
    @pytest.mark.parametrize("mode", ["RGB", "L"])
    def test_when_a_jpeg_has_standard_tables_then_its_quality_is_found(
        self, tmp_path, quality, mode
    ):
        Image.new(mode, (8, 8), 9).save(tmp_path / "a.jpg", quality=quality)

        assert read_plate(tmp_path / "a.jpg").lossy_quality == quality
        assert jpeg_quality(tmp_path / "a.jpg") == quality

    def test_when_tables_are_a_cameras_own_then_the_nearest_quality_is_told(self):
        flat = [4] * 64

        assert 85 <= estimate_quality(flat) <= 99

    def test_when_webp_is_lossy_then_its_quality_is_assumed_and_noted(self, tmp_path):
        Image.new("RGB", (8, 8)).save(tmp_path / "a.webp", quality=90)

        plate = read_plate(tmp_path / "a.webp")

        assert plate.lossy_quality == 75
        assert "75 assumed" in plate.metadata[NOTES]

    @pytest.mark.parametrize("profile", [None, b"p" * 11, b"p" * 12])
    def test_when_webp_is_lossless_then_there_is_no_quality(self, tmp_path, profile):
        path = tmp_path / "a.webp"
        Image.new("RGB", (8, 8)).save(path, lossless=True, icc_profile=profile)

        assert read_plate(tmp_path / "a.webp").lossy_quality is None

    def test_when_a_tiff_holds_jpeg_then_it_counts_as_lossy(self, tmp_path):
        Image.new("RGB", (8, 8)).save(tmp_path / "a.tif", compression="jpeg")

        assert read_plate(tmp_path / "a.tif").lossy_quality == 75

    def test_when_it_is_jpeg_xl_then_it_is_read_and_counts_as_lossy(
        self, tmp_path, write_samples
    ):
        codes = np.random.default_rng(0).integers(0, 65536, (9, 8, 3), dtype=np.uint16)
        write_samples(tmp_path / "a.jxl", codes, "uint16", Compression="jpegxl:100")

        plate = read_plate(tmp_path / "a.jxl")

        np.testing.assert_array_equal(np.rint(plate.pixels * 65535), codes)
        assert plate.bits == 16
        assert plate.lossy_quality == 75
        assert "75 assumed" in plate.metadata[NOTES]

    def test_when_a_file_is_png_then_there_is_no_quality(self, tmp_path):
        Image.new("RGB", (8, 8)).save(tmp_path / "a.png")

        assert read_plate(tmp_path / "a.png").lossy_quality is None
