"""Primaries by their chromaticities, and the color space that a plate is taken in."""

import numpy as np
import pytest

from hdr_core.color.encoding import matrix_of, to_network
from hdr_core.color.ocio import CONFIG, open_config
from hdr_core.color.spaces import choose_colors
from hdr_core.options import Options
from hdr_core.plate import COLOR_SOURCE, PRIMARIES, TAG, Plate
from hdr_core.primaries import PRIMARIES as KNOWN
from hdr_core.primaries import are_primaries, find_name, to_rec709


def plate_with(**metadata):
    return Plate(np.zeros((2, 2, 3), np.float32), "encoded", metadata=metadata)


class TestPrimaries:
    @pytest.mark.parametrize("name", ["p3d65", "adobergb", "rec2020", "ap1", "ap0"])
    def test_when_opencolorio_knows_primaries_then_the_matrices_are_equal(self, name):
        conversion = to_network(open_config(CONFIG), f"lin_{name}_scene")

        assert to_rec709(KNOWN[name]) == pytest.approx(matrix_of(conversion), abs=1e-6)

    @pytest.mark.parametrize("name", KNOWN)
    def test_when_primaries_are_known_then_white_stays_white(self, name):
        white = np.ones(3) @ to_rec709(KNOWN[name])

        assert white == pytest.approx([1.0, 1.0, 1.0], abs=1e-12)
        assert find_name(KNOWN[name]) == name

    @pytest.mark.parametrize(
        "numbers",
        [
            (0.0,) * 8,
            (np.nan,) * 8,
            (0.3, 0.3) * 4,
            (*KNOWN["rec709"][:6], 0.3127, 0.0),
            (*KNOWN["rec709"][:6], 0.9, 0.05),
            KNOWN["rec709"][:6],
        ],
        ids=["zero", "nan", "one point", "no white", "white outside", "too few"],
    )
    def test_when_numbers_are_no_primaries_then_they_are_refused(self, numbers):
        assert not are_primaries(numbers)


class TestPlateSpace:
    @pytest.mark.parametrize("name", ["rec2020", "ap1", "prophoto", "rec601-525"])
    def test_when_a_file_names_chromaticities_then_they_are_the_camera_s(self, name):
        text = " ".join(map(str, KNOWN[name]))

        colors = choose_colors(
            plate_with(**{PRIMARIES: text, COLOR_SOURCE: "cHRM"}), Options()
        )

        assert colors.camera_to_network == pytest.approx(to_rec709(KNOWN[name]))
        assert colors.encoding is None
        assert "by cHRM" in colors.note

    @pytest.mark.parametrize(
        ("tag", "name"),
        [("g24_rec2020_display", "rec2020"), ("srgb_prophoto_scene", "prophoto")],
    )
    def test_when_the_config_lacks_a_tag_then_its_name_gives_the_primaries(
        self, tag, name
    ):
        colors = choose_colors(plate_with(**{TAG: tag}), Options())

        assert colors.camera_to_network == pytest.approx(to_rec709(KNOWN[name]))

    def test_when_nothing_is_named_then_rec709_is_assumed(self):
        colors = choose_colors(plate_with(), Options())

        assert colors.camera_to_network is None
        assert "Rec.709 primaries assumed" in colors.note
