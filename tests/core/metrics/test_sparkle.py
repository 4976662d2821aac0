import math

import numpy as np
import pytest

from hdr_core.metrics.sparkle import sparkle, sparkling

EVERYWHERE = np.ones((9, 9), dtype=bool)


def grey():
    return np.full((9, 9, 3), 2.0, dtype=np.float32)


class TestSparkle:
    def test_when_light_is_of_one_color_then_nothing_sparkles(self):
        hdr = grey() * np.float32([4.0, 1.0, 0.25])
        hdr[2:4, 3:6] *= 1_000.0

        assert sparkle(hdr, EVERYWHERE) == 0.0

    def test_when_one_pixel_is_red_by_a_stop_then_it_alone_sparkles(self):
        hdr = grey()
        hdr[4, 4, 0] *= 2.0

        found = sparkling(hdr, EVERYWHERE)

        assert found[4, 4]
        assert sparkle(hdr, EVERYWHERE) == pytest.approx(1 / 81)

    def test_when_it_is_off_by_less_than_half_a_stop_then_it_does_not(self):
        hdr = grey()
        hdr[4, 4, 2] *= 2.0**0.49
        hdr[1, 1, 2] *= 2.0**0.51

        assert sparkling(hdr, EVERYWHERE).sum() == 1
        assert sparkling(hdr, EVERYWHERE)[1, 1]

    def test_when_green_alone_is_off_then_it_sparkles(self):
        hdr = grey()
        hdr[4, 4, 1] *= 0.5

        assert sparkle(hdr, EVERYWHERE) == pytest.approx(1 / 81)

    def test_when_most_of_the_window_has_the_color_then_it_does_not(self):
        hdr = grey()
        # Three columns are red: 15 pixels of 25 around each of theirs, 10 beside them.
        hdr[:, 3:6, 0] *= 4.0

        found = sparkling(hdr, EVERYWHERE)

        assert not found.any()

    def test_when_only_some_pixels_are_asked_then_the_share_is_of_those(self):
        hdr = grey()
        hdr[0, 0, 0] *= 4.0
        hdr[8, 8, 0] *= 4.0
        mask = np.zeros((9, 9), dtype=bool)
        mask[0, :4] = True

        assert sparkle(hdr, mask) == 0.25

    def test_when_a_pixel_is_at_the_corner_then_the_border_is_repeated(self):
        hdr = grey()
        # Its window holds it 9 times of 25, and either of its neighbors 3 times.
        hdr[0, 0, 0] *= 4.0
        alone = sparkling(hdr, EVERYWHERE)[0, 0]
        hdr[0, 1, 0] *= 4.0
        hdr[1, 0, 0] *= 4.0

        assert alone
        assert not sparkling(hdr, EVERYWHERE)[0, 0]

    def test_when_a_channel_is_zero_then_it_counts_as_the_least_light(self):
        hdr = grey()
        hdr[4, 4] = 0.0
        hdr[0, 0, 2] = 0.0

        found = sparkling(hdr, EVERYWHERE)

        # Black is grey; white without blue is yellow.
        assert not found[4, 4]
        assert found[0, 0]

    def test_when_exposure_changes_then_nothing_else_does(self):
        rng = np.random.default_rng(0)
        hdr = rng.uniform(0.5, 2.0, (9, 9, 3)).astype(np.float32)

        share = sparkle(hdr, EVERYWHERE)

        assert 0.1 < share < 0.9
        assert sparkle(hdr * np.float32(8.0), EVERYWHERE) == share

    def test_when_there_are_more_pixels_than_a_batch_then_all_are_counted(self):
        hdr = np.full((300, 300, 3), 2.0, dtype=np.float32)
        hdr[5::10, 5::10, 0] *= 4.0
        mask = np.ones((300, 300), dtype=bool)

        assert sparkle(hdr, mask) == pytest.approx(0.01)

    def test_when_nothing_is_clipped_then_nothing_is_measured(self):
        assert math.isnan(sparkle(grey(), ~EVERYWHERE))
