"""The tags of a TIFF that say its colors (TIFF 6.0, section 20)."""

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

from hdr_core.io.read import read_plate
from hdr_core.plate import COLOR_SOURCE, CURVE, NOTES, PRIMARIES, TAG
from hdr_core.primaries import PRIMARIES as KNOWN
from tests.core.io.profiles import icc

TRANSFER, WHITE, CHROMATICITIES, PROFILE = 301, 318, 319, 34675
RATIONAL, SHORT = 5, 3
STRAIGHT = tuple(range(0, 65536, 257))
BENT = tuple(round(65535 * (code / 255) ** 2.2) for code in range(256))
SOURCE = "TIFF PrimaryChromaticities"


@pytest.fixture
def a_tiff(tmp_path):
    def write(primaries=None, *, curve=None, profile=None, has_white=True):
        tags = ImageFileDirectory_v2()

        def put(tag, kind, values):
            tags[tag], tags.tagtype[tag] = values, kind

        if primaries is not None:
            shares = [IFDRational(round(part * 10**5), 10**5) for part in primaries]
            put(CHROMATICITIES, RATIONAL, tuple(shares[:6]))
            if has_white:
                put(WHITE, RATIONAL, tuple(shares[6:]))
        if curve is not None:
            put(TRANSFER, SHORT, curve)
        path = tmp_path / "a.tif"
        options = {"icc_profile": profile} if profile else {}
        Image.new("RGB", (4, 4), (9, 99, 200)).save(path, tiffinfo=tags, **options)
        return path

    return write


class TestTags:
    @pytest.mark.parametrize("has_white", [True, False])
    def test_when_it_names_adobe_rgb_then_this_is_its_space(self, a_tiff, has_white):
        metadata = read_plate(a_tiff(KNOWN["adobergb"], has_white=has_white)).metadata

        assert metadata[TAG] == "g22_adobergb_scene"
        assert metadata[COLOR_SOURCE] == SOURCE

    def test_when_it_names_other_primaries_then_they_are_numbers(self, a_tiff):
        metadata = read_plate(a_tiff(KNOWN["prophoto"])).metadata

        found = [float(number) for number in metadata[PRIMARIES].split()]
        assert found == pytest.approx(KNOWN["prophoto"], abs=1e-5)

    def test_when_its_curve_is_a_straight_line_then_the_codes_are_light(self, a_tiff):
        metadata = read_plate(a_tiff(curve=STRAIGHT)).metadata

        assert metadata[CURVE] == "linear"
        assert metadata[COLOR_SOURCE] == "TIFF TransferFunction"

    def test_when_its_curve_is_bent_then_it_is_noted(self, a_tiff):
        metadata = read_plate(a_tiff(KNOWN["p3d65"], curve=BENT * 3)).metadata

        assert CURVE not in metadata
        assert "TransferFunction is not followed" in metadata[NOTES]

    def test_when_it_has_a_profile_then_the_profile_counts(self, a_tiff):
        path = a_tiff(KNOWN["adobergb"], profile=icc("x", KNOWN["p3d65"]))

        assert read_plate(path).metadata[TAG] == "srgb_p3d65_scene"

    def test_when_they_are_no_primaries_then_they_are_not_used(self, a_tiff):
        assert PRIMARIES not in read_plate(a_tiff((0.3,) * 8)).metadata
