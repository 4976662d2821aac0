"""Pictures for HDR displays: PQ in PNG and AVIF."""

import numpy as np
import OpenImageIO as oiio
import pytest

from hdr_core.color.pq import inverse_pq, pq
from hdr_core.errors import OptionError, OutputError, PlateError
from hdr_core.io.heif import read_heif
from hdr_core.pictures.display_light import LightOptions
from hdr_core.pictures.write_avif import write_pq_avif
from hdr_core.pictures.write_png import write_pq_png
from hdr_core.plate import Plate

PATCHES = np.array([0.18, 1.0, 2.0, 4.0, 8.0])
CENTERS = np.arange(10, 100, 20)
META = {"Make": "Maker", "Exif:DateTimeOriginal": "2026:01:02 03:04:05"}


@pytest.fixture
def a_result():
    light = np.repeat(PATCHES, 20)[None, :, None] * np.ones((33, 1, 3))
    return Plate(
        light.astype(np.float32), "hdr", "lin_rec2020_scene", bits=None, metadata=META
    )


class TestPq:
    @pytest.mark.parametrize(
        ("nits", "code"),
        [(0.0, 0.0), (100.0, 0.5081), (203.0, 0.5807), (1000.0, 0.7518), (1e4, 1.0)],
    )
    def test_when_light_is_encoded_then_the_codes_are_those_of_bt_2100(
        self, nits, code
    ):
        assert float(pq(np.float32([nits / 1e4]))[0]) == pytest.approx(code, abs=1e-4)
        assert 1e4 * inverse_pq(np.array([code]))[0] == pytest.approx(nits, rel=2e-3)

    @pytest.mark.parametrize(
        ("white", "peak"), [(0.0, 1000.0), (203.0, 20000.0), (203.0, 100.0)]
    )
    def test_when_white_or_peak_make_no_sense_then_one_line_says_so(self, white, peak):
        with pytest.raises(OptionError, match=r"peak|reference-white"):
            LightOptions(white, peak)


class TestPng:
    def test_when_patches_are_written_then_they_come_back_with_their_colors(
        self, tmp_path, a_result
    ):
        level = write_pq_png(tmp_path / "a.png", a_result)

        found = oiio.ImageBuf(str(tmp_path / "a.png"))
        codes = found.get_pixels(oiio.UINT16)[16, CENTERS, 1]
        np.testing.assert_allclose(
            inverse_pq(codes / 65535) * 1e4 / 203, PATCHES, rtol=1e-3
        )
        assert tuple(found.spec()["CICP"]) == (9, 16, 0, 1)
        assert found.spec()["Exif:DateTimeOriginal"] == META["Exif:DateTimeOriginal"]
        assert level.most_nits == pytest.approx(8 * 203, rel=1e-4)
        data = (tmp_path / "a.png").read_bytes()
        at = data.index(b"cLLI") + 4
        assert int.from_bytes(data[at : at + 4], "big") == round(level.most_nits * 1e4)
        assert b"sRGB" not in data

    def test_when_light_is_above_the_peak_then_it_is_clipped_and_counted(
        self, tmp_path, a_result
    ):
        light = LightOptions(peak_nits=1000.0)

        level = write_pq_png(tmp_path / "a.png", a_result, light=light)

        assert level.most_nits == 1000.0
        assert level.n_clipped == 33 * 20 * 3

    def test_when_hdr_core_reads_it_then_it_is_refused_as_hdr(self, tmp_path, a_result):
        from hdr_core.io.read import read_plate

        write_pq_png(tmp_path / "a.png", a_result)

        with pytest.raises(PlateError, match="already HDR"):
            read_plate(tmp_path / "a.png")

    def test_when_it_exists_then_it_stays(self, tmp_path, a_result):
        write_pq_png(tmp_path / "a.png", a_result)

        with pytest.raises(OutputError, match="exists already"):
            write_pq_png(tmp_path / "a.png", a_result)


class TestAvif:
    def test_when_patches_are_written_then_they_come_back_with_their_colors(
        self, tmp_path, a_result
    ):
        level = write_pq_avif(tmp_path / "a.avif", a_result)

        found = read_heif(tmp_path / "a.avif")
        codes = found.samples[16, CENTERS, 1]
        np.testing.assert_allclose(
            inverse_pq(codes / 65535) * 1e4 / 203, PATCHES, rtol=0.03
        )
        assert found.spec["CICP"][:2] == (9, 16)
        assert found.spec["Exif:DateTimeOriginal"] == META["Exif:DateTimeOriginal"]
        data = (tmp_path / "a.avif").read_bytes()
        at = data.index(b"clli") + 4
        assert int.from_bytes(data[at : at + 2], "big") == round(level.most_nits)

    def test_when_pillow_opens_it_then_it_is_a_picture_of_that_size(
        self, tmp_path, a_result
    ):
        from PIL import Image

        write_pq_avif(tmp_path / "a.avif", a_result)

        with Image.open(tmp_path / "a.avif") as picture:
            picture.load()
            assert picture.size == (100, 33)
            assert picture.getexif()[0x010F] == "Maker"

    def test_when_it_is_too_small_then_one_line_says_so(self, tmp_path):
        small = Plate(np.ones((4, 6, 3), np.float32), "hdr", "lin_rec709_scene")

        with pytest.raises(PlateError, match="16 pixels a side"):
            write_pq_avif(tmp_path / "a.avif", small)

        assert list(tmp_path.iterdir()) == []
