"""A curve by what is known: weighed first, then moved."""

import numpy as np
import pytest

from hdr_core.anchors.move import move
from hdr_core.anchors.statement import join, make_statement
from hdr_core.anchors.weigh import weigh
from tests.core.anchors.conftest import inverse_film

GRID = np.linspace(0, 1, 1024)


def grey(code, light, **settings):
    codes = np.full((1, 3), code)
    return make_statement(codes, np.log2([light]), errors=0.03, **settings)


class TestWeigh:
    def test_when_a_card_is_known_then_the_likeliest_curve_holds_it(
        self, likely_curves
    ):
        best = likely_curves[weigh(grey(0.5, 0.15), likely_curves).argmax()]

        assert np.log2(np.interp(0.5, GRID, best) / 0.15) == pytest.approx(0, abs=0.1)

    def test_when_the_gain_is_free_then_another_exposure_says_the_same(
        self, likely_curves, a_curve
    ):
        codes = np.linspace(0.2, 0.9, 6)[:, None]
        stops = np.log2(np.interp(codes[:, 0], GRID, a_curve))
        one = make_statement(codes, stops, errors=0.03, groups=0)
        brighter = make_statement(codes, stops + 2.5, errors=0.03, groups=0)

        found = [weigh(each, likely_curves) for each in (one, brighter)]

        np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-9)

    def test_when_one_line_is_wrong_then_the_others_still_find_the_curve(
        self, likely_curves
    ):
        true = likely_curves[17]
        codes = np.linspace(0.2, 0.9, 12)[:, None]
        stops = np.log2(np.interp(codes[:, 0], GRID, true))
        stops[5] += 3.0
        lines = make_statement(codes, stops, errors=0.03, groups=0, is_doubtful=True)

        assert weigh(lines, likely_curves).argmax() == 17


class TestMove:
    @pytest.mark.parametrize("light", [0.02, 0.1, 0.21, 0.4, 0.9])
    def test_when_a_card_is_known_then_the_curve_holds_it_and_increases(self, light):
        moved = move(GRID**2.2, grey(0.5, light))

        assert np.interp(0.5, GRID, moved) == pytest.approx(light, rel=0.02)
        assert (moved[0], moved[-1]) == (0.0, 1.0)
        assert (np.diff(moved) > 0.0).all()

    def test_when_two_cards_are_known_then_the_curve_holds_both(self):
        lines = join([grey(0.4, 0.06), grey(0.8, 0.45)])

        moved = move(GRID**2.2, lines)

        np.testing.assert_allclose(
            np.interp([0.4, 0.8], GRID, moved), [0.06, 0.45], rtol=0.02
        )

    def test_when_nothing_is_off_then_nothing_moves(self):
        curve = inverse_film()

        moved = move(curve, grey(0.5, np.interp(0.5, GRID, curve)))

        np.testing.assert_allclose(moved, curve, atol=1e-4)

    def test_when_there_are_likely_curves_then_it_moves_as_they_differ(
        self, likely_curves
    ):
        true = inverse_film(white=8.0, toe=1.15)
        even = np.full(len(likely_curves), 1 / len(likely_curves))
        start = even @ likely_curves
        known = grey(0.5, np.interp(0.5, GRID, true))

        moved = move(start, known, likely_curves, even)

        before, after = (np.sqrt(np.mean((c - true) ** 2)) for c in (start, moved))
        assert after < 0.5 * before
