"""Which statement of a file on its colors counts: a test for each row of the table.

The table is "What a file says of its colors" in docs/files.md.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image

from hdr_core.headers.icc import read_profile
from hdr_core.io.read import read_plate
from hdr_core.plate import COLOR_SOURCE, CURVE, NOTES, PRIMARIES, TAG
from hdr_core.primaries import D65
from hdr_core.primaries import PRIMARIES as KNOWN
from tests.core.io.profiles import icc

SRGB, P3, ADOBE = "srgb_rec709_scene", "srgb_p3d65_scene", "g22_adobergb_scene"
CASES = Path(__file__).parent / "cases"


def chrm(primaries):
    """Return the chunk cHRM: the white comes first."""
    numbers = [round(number * 100000) for number in (*primaries[6:], *primaries[:6])]
    return b"cHRM", struct.pack(">8I", *numbers)


def gama(exponent):
    return b"gAMA", struct.pack(">I", round(exponent * 100000))


def cicp(primaries, transfer, is_full=1):
    return b"cICP", bytes([primaries, transfer, 0, is_full])


def iccp(profile):
    return b"iCCP", b"p\0\0" + zlib.compress(profile)


IS_SRGB = (b"sRGB", b"\0")


class TestPng:
    @pytest.mark.parametrize(
        ("chunks", "tag", "source"),
        [
            ([cicp(1, 13), iccp(icc("x", KNOWN["p3d65"])), IS_SRGB], SRGB, "cICP"),
            ([cicp(12, 13), IS_SRGB], P3, "cICP"),
            ([cicp(2, 2), chrm(KNOWN["adobergb"])], ADOBE, "cHRM"),
            ([iccp(icc("x", KNOWN["p3d65"]))], P3, "ICC profile 'x'"),
            (
                [
                    iccp(icc("x", KNOWN["adobergb"])),
                    gama(1 / 2.2),
                    chrm(KNOWN["p3d65"]),
                ],
                ADOBE,
                "ICC profile 'x'",
            ),
            ([IS_SRGB, gama(1.0), chrm(KNOWN["p3d65"])], SRGB, "sRGB chunk"),
            ([gama(1 / 2.2), chrm(KNOWN["adobergb"])], ADOBE, "cHRM"),
            ([chrm(KNOWN["rec709"]), gama(1 / 2.2)], "g22_rec709_scene", "tag or"),
            ([], SRGB, "tag or format"),
        ],
        ids=[
            "cICP over iCCP and sRGB",
            "cICP over sRGB",
            "cICP of nothing",
            "iCCP",
            "iCCP over gAMA and cHRM",
            "sRGB over gAMA and cHRM",
            "gAMA and cHRM",
            "gAMA",
            "nothing",
        ],
    )
    def test_when_chunks_differ_then_the_first_of_the_standard_counts(
        self, a_png, chunks, tag, source
    ):
        metadata = read_plate(a_png(*chunks)).metadata

        assert metadata[TAG] == tag
        assert PRIMARIES not in metadata
        assert metadata[COLOR_SOURCE].startswith(source)

    @pytest.mark.parametrize(
        ("chunks", "name"),
        [
            ([cicp(9, 14)], "rec2020"),
            ([cicp(6, 6)], "rec601-525"),
            ([chrm(KNOWN["rec2020"])], "rec2020"),
        ],
    )
    def test_when_no_tag_names_the_primaries_then_they_are_numbers(
        self, a_png, chunks, name
    ):
        metadata = read_plate(a_png(*chunks)).metadata

        found = [float(number) for number in metadata[PRIMARIES].split()]
        assert found == pytest.approx(KNOWN[name], abs=1e-5)
        assert TAG not in metadata

    @pytest.mark.parametrize(
        ("chunks", "words"),
        [
            ([cicp(9, 16)], "PQ by cICP"),
            ([cicp(9, 18)], "HLG by cICP"),
            (
                [iccp(icc("PQ", KNOWN["rec2020"], cicp=(9, 16, 0, 1)))],
                "PQ by ICC profile",
            ),
        ],
    )
    def test_when_a_curve_is_no_camera_s_then_only_force_reads_it(
        self, a_png, assert_refused, chunks, words
    ):
        path = a_png(*chunks)

        assert_refused(path, "already HDR", words, "--force", "--linearize")
        assert f"forced: {words}" in read_plate(path, force=True).metadata[NOTES]

    @pytest.mark.parametrize(
        ("chunks", "source"),
        [
            ([cicp(1, 8)], "cICP"),
            ([gama(1.0)], "gAMA"),
            ([gama(1.0), chrm(KNOWN["adobergb"])], "cHRM"),
            ([iccp(icc("flat", KNOWN["rec709"], gamma=1.0))], "ICC profile 'flat'"),
        ],
    )
    def test_when_a_curve_is_a_straight_line_then_the_codes_are_light(
        self, a_png, chunks, source
    ):
        metadata = read_plate(a_png(*chunks)).metadata

        assert metadata[CURVE] == "linear"
        assert metadata[COLOR_SOURCE] == source

    def test_when_cicp_says_limited_range_then_it_is_expanded(self, a_png):
        path = a_png(cicp(1, 1, is_full=0))
        codes = np.array([[[16, 125, 235], [0, 17, 255]]], np.uint8)
        whole = path.read_bytes()
        Image.fromarray(codes).save(path)
        plain = path.read_bytes()
        path.write_bytes(plain[:33] + whole[33:49] + plain[33:])

        plate = read_plate(path)

        right = [[[0, 109 / 219, 1], [0, 1 / 219, 1]]]
        assert plate.pixels == pytest.approx(np.array(right), abs=1e-6)
        assert "expanded to full range" in plate.metadata[NOTES]


class TestProfile:
    @pytest.mark.parametrize("name", KNOWN)
    def test_when_a_profile_has_a_matrix_then_the_matrix_counts_and_not_its_name(
        self, tmp_path, name
    ):
        profile = icc("sRGB IEC61966-2.1", KNOWN[name])
        Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg", icc_profile=profile)

        metadata = read_plate(tmp_path / "a.jpg").metadata

        tags = {"rec709": SRGB, "p3d65": P3, "adobergb": ADOBE}
        assert metadata.get(TAG) == tags.get(name)
        if name not in tags:
            found = [float(number) for number in metadata[PRIMARIES].split()]
            assert found[6:] == pytest.approx(D65)

    @pytest.mark.parametrize("table", [[], [256], list(range(0, 65536, 257))])
    def test_when_a_curve_is_a_straight_line_then_the_profile_is_linear(self, table):
        assert read_profile(icc("x", KNOWN["rec709"], table=table)).is_linear

    def test_when_a_profile_is_damaged_then_it_says_nothing(self):
        whole = icc("x", KNOWN["p3d65"])

        for size in range(0, len(whole), 7):
            found = read_profile(whole[:size])
            assert found.primaries is None or len(found.primaries) == 8


class TestExif:
    @pytest.mark.parametrize(
        ("space", "index", "tag"),
        [
            (65535, "R03", ADOBE),
            (65535, "R98", SRGB),
            (65535, None, SRGB),
            (2, None, ADOBE),
            (1, "R98", SRGB),
        ],
    )
    def test_when_exif_says_r03_then_the_plate_is_adobe_rgb(
        self, tmp_path, space, index, tag
    ):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0xA001] = space
        if index:
            exif.get_ifd(0x8769)[0xA005] = {1: index}
        Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)

        assert read_plate(tmp_path / "a.jpg").metadata[TAG] == tag

    def test_when_a_profile_stands_beside_r03_then_the_profile_counts(self, tmp_path):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0xA001] = 65535
        exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
        profile = icc("x", KNOWN["p3d65"])
        Image.new("RGB", (8, 8)).save(
            tmp_path / "a.jpg", exif=exif, icc_profile=profile
        )

        assert read_plate(tmp_path / "a.jpg").metadata[TAG] == P3


class TestOtherFormats:
    def test_when_an_exr_has_chromaticities_then_they_are_its_primaries(self, tmp_path):
        path = write_exr(tmp_path / "a.exr", KNOWN["ap1"])

        metadata = read_plate(path).metadata

        found = [float(number) for number in metadata[PRIMARIES].split()]
        assert found == pytest.approx(KNOWN["ap1"], abs=1e-5)
        assert metadata[COLOR_SOURCE] == "chromaticities"

    @pytest.mark.parametrize("bad", [(0.0,) * 8, (0.3, 0.3) * 4])
    def test_when_chromaticities_are_no_primaries_then_they_are_not_used(
        self, tmp_path, bad
    ):
        assert PRIMARIES not in read_plate(write_exr(tmp_path / "a.exr", bad)).metadata

    @pytest.mark.parametrize(
        ("writer", "curve"), [("Lavc61.3.100", None), ("Grader 2.1", "linear")]
    )
    def test_when_a_dpx_says_linear_then_it_is_followed_unless_ffmpeg_says_so(
        self, tmp_path, write_samples, writer, curve
    ):
        samples = np.full((4, 4, 3), 0.5, np.float32)
        path = write_samples(tmp_path / "a.dpx", samples, "uint16", Software=writer)
        raw = bytearray(path.read_bytes())
        raw[801] = 2  # Transfer: linear.
        path.write_bytes(raw)

        metadata = read_plate(path).metadata

        assert metadata.get(CURVE) == curve
        assert ("dpx says linear" in metadata[NOTES]) == (curve is None)

    def test_when_a_tga_says_gamma_1_then_its_codes_are_light(
        self, tmp_path, write_samples
    ):
        path = write_samples(
            tmp_path / "a.tga",
            np.full((4, 4, 3), 99, np.uint8),
            "uint8",
            oiio__ColorSpace="lin_rec709_scene",
        )

        assert read_plate(path).metadata[CURVE] == "linear"

    def test_when_a_jpeg_xl_is_hlg_then_it_is_refused(self, assert_refused):
        assert_refused(CASES / "hlg.jxl", "already HDR", "HLG by cICP")

    def test_when_a_jpeg_xl_is_linear_then_its_codes_are_light(self):
        assert read_plate(CASES / "lin.jxl").metadata[CURVE] == "linear"


def write_exr(path, chromaticities):
    """Write a grey EXR with the attribute ``chromaticities``."""
    spec = oiio.ImageSpec(4, 4, 3, "half")
    spec.attribute(
        "chromaticities", oiio.TypeDesc("float[8]"), tuple(map(float, chromaticities))
    )
    target = oiio.ImageOutput.create(str(path))
    assert target.open(str(path), spec)
    assert target.write_image(np.full((4, 4, 3), 0.5, np.float32))
    assert target.close()
    return path
