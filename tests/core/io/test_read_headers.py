"""Headers with text that is not UTF-8, and with numbers that mean nothing."""

import base64
import math
import os
import struct
import sys

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from hdr_core.errors import OutputError
from hdr_core.io.metadata import take_metadata
from hdr_core.io.read import read_plate
from hdr_core.io.write import write_hdr

# An EXR whose attributes have names that are not UTF-8, and so OpenImageIO's message.
BROKEN_EXR = (
    "di8xAQIAAABjaGFubmVscwBjaGxpc3QANwAAAB4AAAAAAIwLAQBAAAAAAQAAAABjb21wcmVzc2lvbg"
    "Bjb21wcmVzc2lvbgABAGQABBtndGHHMeKAAAAAAAAAAAAAAAAAAAAAAHDzoIG/WQAAAAAAOQAAAAAA"
    "agAAIwAx4oAAAAAAAAAAAAAAAAAAAAAAcPOggb9ZAAAAAAA5AAAAAAAAAAAjAAD///Oggb9Z7w=="
)


@pytest.fixture
def write_exif(tmp_path):
    """Write a JPEG with some tags of Exif; texts are given as bytes."""

    def write(tags, camera=None):
        exif = Image.Exif()
        for tag, value in tags.items():
            exif[tag] = value
        exif.get_ifd(0x8769).update(camera or {})
        path = tmp_path / "a.jpg"
        Image.new("RGB", (16, 16), (90, 120, 30)).save(path, exif=exif)
        return path

    return write


@pytest.fixture
def result_of(tmp_path, make_plate):
    """Write a result with a plate's metadata, and return its header."""

    def of(plate):
        write_hdr(
            tmp_path / "o.exr", make_plate(metadata=plate.metadata), overwrite=True
        )
        spec = oiio.ImageInput.open(str(tmp_path / "o.exr")).spec()
        return {held.name: held.value for held in spec.extra_attribs}

    return of


class TestText:
    @pytest.mark.parametrize(
        ("tag", "name", "stored", "text"),
        [
            (0x8298, "Copyright", b"\xa9 2015 M\xfcller", "\ufffd 2015 M\ufffdller"),
            (0x013B, "Artist", "Ren\u00e9".encode(), "Ren\u00e9"),
            (0x010F, "Make", b"Cam\xe9ra", "Cam\ufffdra"),
            (0x010E, "ImageDescription", b"\x93\x8c\x8b\x9e", "\ufffd" * 4),
        ],
    )
    def test_when_exif_is_not_utf8_then_the_bytes_are_replaced_and_nothing_stops(
        self, write_exif, result_of, tag, name, stored, text
    ):
        plate = read_plate(write_exif({tag: stored}))

        assert plate.metadata[name] == text
        assert result_of(plate)[name] == text

    def test_when_a_jpeg_comment_is_latin_1_then_the_plate_is_read(
        self, tmp_path, result_of
    ):
        Image.new("RGB", (16, 16)).save(tmp_path / "a.jpg", comment=b"caf\xe9")

        found = result_of(read_plate(tmp_path / "a.jpg"))

        assert found["ImageDescription"] == "caf\ufffd"

    def test_when_a_png_text_is_latin_1_then_it_is_decoded_as_its_standard_says(
        self, a_png, result_of
    ):
        path = a_png((b"tEXt", b"Author\0Ren\xe9 M\xfcller"))

        assert result_of(read_plate(path))["Artist"] == "Ren\u00e9 M\u00fcller"

    def test_when_an_exr_attribute_is_not_utf8_then_the_plate_is_read(
        self, tmp_path, write_samples, result_of
    ):
        path = write_samples(
            tmp_path / "a.exr",
            np.full((4, 4, 3), 0.5, np.float32),
            "half",
            names=("R", "G", "B"),
            Copyright="made by XXXX",
        )
        path.write_bytes(path.read_bytes().replace(b"XXXX", b"caf\xe9"))

        assert result_of(read_plate(path))["Copyright"] == "made by caf\ufffd"

    def test_when_a_tiff_text_is_latin_1_then_the_plate_is_read(
        self, tmp_path, result_of
    ):
        Image.new("RGB", (4, 4)).save(tmp_path / "a.tif", description="made by XXXX")
        raw = (tmp_path / "a.tif").read_bytes()
        (tmp_path / "a.tif").write_bytes(raw.replace(b"XXXX", b"caf\xe9"))

        found = result_of(read_plate(tmp_path / "a.tif"))

        assert found["ImageDescription"] == "made by caf\ufffd"

    def test_when_an_error_message_is_not_utf8_then_it_is_one_line(
        self, tmp_path, assert_refused
    ):
        path = tmp_path / "a.exr"
        path.write_bytes(base64.b64decode(BROKEN_EXR))

        assert_refused(path, "not a readable picture")

    @pytest.mark.skipif(sys.platform != "linux", reason="names are bytes there")
    def test_when_a_file_name_is_not_utf8_then_one_line_says_so(
        self, tmp_path, a_result
    ):
        path = tmp_path / os.fsdecode(b"caf\xe9.png")
        Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
        (tmp_path / "a.png").rename(path)

        with pytest.raises(Exception, match=r"caf\\xe9\.png: the name has bytes"):
            read_plate(path)
        with pytest.raises(OutputError, match=r"caf\\xe9\.exr: the name has bytes"):
            write_hdr(path.with_suffix(".exr"), a_result)


class TestNumbers:
    @pytest.mark.parametrize("ratio", [(0, 0), (1, 0), (0, 1)], ids=["0/0", "1/0", "0"])
    def test_when_exif_gives_an_unknown_number_then_it_is_left_out(
        self, write_exif, result_of, ratio
    ):
        unknown = IFDRational(*ratio)
        camera = {0x829A: unknown, 0x829D: unknown, 0x920A: unknown}

        found = result_of(read_plate(write_exif({}, camera)))

        assert found.keys().isdisjoint({"ExposureTime", "FNumber", "Exif:FocalLength"})

    def test_when_exif_gives_known_numbers_then_they_are_kept(
        self, write_exif, result_of
    ):
        camera = {0x829A: IFDRational(1, 60), 0x829D: IFDRational(28, 10)}

        found = result_of(read_plate(write_exif({}, camera)))

        assert found["ExposureTime"] == pytest.approx(1 / 60)
        assert found["FNumber"] == pytest.approx(2.8)

    @pytest.mark.parametrize(
        ("ratio", "aspect"),
        [((0, 1), 1.0), ((0, 0), 1.0), ((1, 0), 1.0), ((2, 1), 2.0)],
    )
    def test_when_a_dpx_has_an_aspect_then_only_a_true_one_is_kept(
        self, tmp_path, write_samples, result_of, ratio, aspect
    ):
        samples = np.full((8, 8, 3), 0.5, np.float32)
        path = write_samples(
            tmp_path / "a.dpx", samples, "uint16", oiio__BitsPerSample=10
        )
        raw = bytearray(path.read_bytes())
        order = ">" if raw[:4] == b"SDPX" else "<"
        raw[1628:1636] = struct.pack(f"{order}II", *ratio)
        path.write_bytes(raw)

        assert result_of(read_plate(path))["PixelAspectRatio"] == aspect

    @pytest.mark.parametrize("aspect", [0.0, -1.0, math.nan, math.inf, 1e9])
    def test_when_an_aspect_cannot_be_true_then_it_is_unknown(self, aspect):
        spec = oiio.ImageSpec(2, 2, 3, "uint8")
        spec.attribute("PixelAspectRatio", aspect)

        assert take_metadata(spec) == {}

    @pytest.mark.parametrize("rate", [(0, 0), (24, 0), (0, 1), (-24, 1)])
    def test_when_a_frame_rate_cannot_be_true_then_it_is_unknown(self, rate):
        spec = oiio.ImageSpec(2, 2, 3, "half")
        spec.attribute("FramesPerSecond", oiio.TypeRational, rate)

        assert take_metadata(spec) == {}

    @pytest.mark.parametrize("word", [0xFFFFFFFF, 0x24000000, 0x0000000A])
    def test_when_a_time_code_is_no_time_then_it_is_unknown(self, word):
        spec = oiio.ImageSpec(2, 2, 3, "half")
        spec.attribute("smpte:TimeCode", oiio.TypeTimeCode, (word, 0))

        assert take_metadata(spec) == {}

    def test_when_a_time_code_is_the_last_of_the_day_then_it_is_kept(self):
        spec = oiio.ImageSpec(2, 2, 3, "half")
        spec.attribute("smpte:TimeCode", oiio.TypeTimeCode, (0x23595924, 0))

        assert take_metadata(spec) == {"smpte:TimeCode": "23595924 00000000"}
