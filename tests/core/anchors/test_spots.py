"""Grey and white: what a pixel says about the curve."""

import numpy as np
import pytest

from hdr_core.anchor_options import Anchors, Spot, parse_chart, parse_spot
from hdr_core.anchors.spots import state_spots
from hdr_core.errors import OptionError, PlateError
from hdr_core.options import Options


class TestParseSpot:
    def test_when_no_value_is_given_then_it_is_the_usual_one(self):
        assert parse_spot("3,4", light=0.18, name="grey") == Spot(3, 4, 0.18)

    def test_when_a_value_is_given_then_it_counts(self):
        assert parse_spot("3,4:0.25", light=0.18, name="grey") == Spot(3, 4, 0.25)

    @pytest.mark.parametrize(
        "text", ["", "3", "3,4,5", "a,b", "3,4:x", "3,-4", "3,4:0", "3,4:1", "3,4:nan"]
    )
    def test_when_the_text_is_wrong_then_one_line_names_the_option(self, text):
        with pytest.raises(OptionError, match=r"^--grey .*\.$"):
            parse_spot(text, light=0.18, name="grey")


class TestAnchors:
    def test_when_corners_cross_then_they_are_refused(self):
        with pytest.raises(OptionError, match="not form a convex shape"):
            Anchors(chart=parse_chart("0,0,10,0,0,10,10,10"))

    def test_when_numbers_are_missing_then_they_are_refused(self):
        with pytest.raises(OptionError, match="found 3 numbers"):
            Anchors(chart=parse_chart("0,0,10"))

    def test_when_the_curve_is_named_too_then_it_is_one_error(self):
        with pytest.raises(OptionError, match="--linearize ACEScct names the curve"):
            Options(linearize="ACEScct", anchors=Anchors(grey=(Spot(1, 1, 0.18),)))


class TestStateSpots:
    def test_when_a_card_is_grey_then_its_code_is_the_middle_of_its_values(
        self, a_plate, a_curve
    ):
        spots = (Spot(14, 14, 0.18),)

        statement, notes = state_spots("grey", spots, a_plate.pixels, 255)

        expected = np.interp(0.18, a_curve, np.linspace(0, 1, 1024))
        assert statement.codes[0] == pytest.approx(expected, abs=1 / 255)
        assert statement.stops == pytest.approx(np.log2(0.18))
        assert notes == ()

    def test_when_a_patch_is_an_edge_then_a_note_says_so(self, a_plate):
        pixels = a_plate.pixels.copy()
        pixels[:, 14:] = 0.9

        _, notes = state_spots("grey", (Spot(14, 14, 0.18),), pixels, 255)

        assert any("not flat" in note for note in notes)

    def test_when_a_patch_has_a_color_then_a_note_says_so(self, a_plate):
        pixels = a_plate.pixels * np.array([1.0, 0.8, 1.0], np.float32)

        _, notes = state_spots("grey", (Spot(14, 14, 0.18),), pixels, 255)

        assert any("not grey" in note for note in notes)

    @pytest.mark.parametrize(
        ("spot", "text"),
        [
            pytest.param(Spot(64, 1, 0.18), "outside of the plate", id="outside"),
            pytest.param(Spot(62, 40, 0.18), "is clipped", id="clipped"),
            pytest.param(Spot(40, 4, 0.18), "is black", id="black"),
        ],
    )
    def test_when_a_spot_says_nothing_then_it_is_an_error(self, a_plate, spot, text):
        pixels = a_plate.pixels.copy()
        pixels[:9, 35:45] = 0.0

        with pytest.raises(PlateError, match=text):
            state_spots("grey", (spot,), pixels, 255)
