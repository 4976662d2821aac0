"""A ColorChecker: where its patches lie, and what they say about the curve."""

import sys

import numpy as np
import pytest

from hdr_core.anchors.chart import state_chart
from hdr_core.anchors.checker import GREYS, as_corners, places, reflectances
from hdr_core.anchors.find_chart import find_charts
from hdr_core.anchors.move import move
from hdr_core.anchors.weigh import weigh
from hdr_core.errors import OptionError, PlateError
from tests.core.anchors.conftest import CORNERS, photographed

FLAT = tuple(value for corner in CORNERS for value in corner)


def rms(first, second):
    return np.sqrt(np.mean((first - second) ** 2))


class TestChecker:
    def test_when_a_chart_fills_a_square_then_patches_lie_in_their_cells(self):
        square = as_corners((0, 0, 60, 0, 60, 40, 0, 40))

        found = places(square).mean(axis=1)

        np.testing.assert_allclose(found[0], (5, 5))
        np.testing.assert_allclose(found[5], (55, 5))
        np.testing.assert_allclose(found[18], (5, 35))

    def test_when_light_is_even_then_greys_fall_by_their_densities(self):
        row = reflectances()[GREYS]

        assert row[0] == pytest.approx([10**-0.05] * 3)
        assert (np.diff(row, axis=0) < 0).all()


class TestStateChart:
    def test_when_a_chart_is_known_then_the_curve_is_that_of_the_camera(
        self, a_chart, likely_curves, a_curve
    ):
        known = state_chart([FLAT], a_chart.pixels, 255, likely_curves)

        likelihood = weigh(known, likely_curves)
        weights = np.exp(likelihood - likelihood.max())
        weights /= weights.sum()
        even = likely_curves.mean(axis=0)
        moved = move(weights @ likely_curves, known, likely_curves, weights)
        assert rms(even, a_curve) > 0.012
        assert rms(moved, a_curve) < 0.004

    @pytest.mark.parametrize("start", range(4))
    @pytest.mark.parametrize("step", [1, -1], ids=["clockwise", "the other way"])
    def test_when_corners_are_named_from_another_one_then_it_is_the_same_chart(
        self, a_chart, likely_curves, start, step
    ):
        named = [CORNERS[(start + step * k) % 4] for k in range(4)]
        flat = tuple(value for corner in named for value in corner)

        found = state_chart([flat], a_chart.pixels, 255, likely_curves)

        expected = state_chart([FLAT], a_chart.pixels, 255, likely_curves)
        np.testing.assert_allclose(found.codes, expected.codes, atol=1 / 255)

    def test_when_the_white_patch_clips_then_it_says_nothing(
        self, a_chart, likely_curves
    ):
        pixels = np.where(a_chart.pixels > 0.88, 1.0, a_chart.pixels)

        known = state_chart([FLAT], pixels, 255, likely_curves)

        assert 0 < len(known.stops) < 18
        assert known.stops.max() < np.log2(0.8)

    @pytest.mark.parametrize(
        ("corners", "text"),
        [
            pytest.param((0, 0, 400, 0, 400, 90, 0, 90), "outside", id="outside"),
            pytest.param((9, 9, 40, 9, 40, 20, 9, 20), "too small", id="too small"),
            pytest.param(
                (100, 60, 315, 70, 310, 235, 90, 230), "no ColorChecker", id="no chart"
            ),
        ],
    )
    def test_when_there_is_no_chart_then_it_is_an_error(
        self, a_chart, likely_curves, corners, text
    ):
        with pytest.raises(PlateError, match=text):
            state_chart([corners], a_chart.pixels, 255, likely_curves)

    def test_when_the_chart_is_black_then_it_is_an_error(self, a_chart, likely_curves):
        with pytest.raises(PlateError, match="fewer than three patches"):
            state_chart([FLAT], a_chart.pixels * np.float32(0), 255, likely_curves)


class TestFindCharts:
    def test_when_a_plate_holds_a_chart_then_it_is_found(self, a_chart, likely_curves):
        pytest.importorskip("cv2", reason="the extra chart")

        charts = find_charts(a_chart.pixels)

        known = state_chart(charts, a_chart.pixels, 255, likely_curves)
        expected = state_chart([FLAT], a_chart.pixels, 255, likely_curves)
        np.testing.assert_allclose(known.codes, expected.codes, atol=2 / 255)

    def test_when_there_is_none_then_it_is_an_error(self, a_scene, a_curve):
        pytest.importorskip("cv2", reason="the extra chart")

        with pytest.raises(PlateError, match="no ColorChecker of 24 patches is found"):
            find_charts(photographed(a_scene, a_curve))

    def test_when_opencv_is_not_there_then_the_error_says_how_to_install_it(
        self, a_chart, monkeypatch
    ):
        monkeypatch.setitem(sys.modules, "cv2", None)

        with pytest.raises(OptionError, match=r"hdr-core\[chart\]"):
            find_charts(a_chart.pixels)
