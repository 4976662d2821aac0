"""Where a gain map ends, so that light may be missing still."""

import numpy as np

from hdr_core.known_light import GainMap
from tests.core.gain_map.conftest import formula


class TestSaturation:
    def test_when_the_map_is_full_over_an_area_then_only_that_counts(self):
        codes = np.zeros((8, 8, 1), np.uint8)
        codes[1:4, 1:5] = 255
        codes[6, 6] = 255

        found = GainMap(codes, formula(), "").saturation()

        assert (found[2, 2:4] == 0.25).all()
        assert found.sum() == 0.5

    def test_when_the_area_is_large_then_it_begins_softly(self):
        codes = np.zeros((20, 20, 1), np.uint8)
        codes[:, 5:] = 255

        found = GainMap(codes, formula(), "").saturation()

        np.testing.assert_array_equal(found[10, 4:10], [0, 0, 0.25, 0.5, 0.75, 1])

    def test_when_one_gain_is_for_all_then_nothing_is_saturated(self):
        codes = np.full((8, 8, 1), 255, np.uint8)

        assert not GainMap(codes, formula(), "").saturation().any()
