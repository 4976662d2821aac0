"""The facts of a plate do not depend on its size, and show what a transform cannot."""

import numpy as np
import pytest

from hdr_core.color.output_transforms import NAMES, find_output_transform
from hdr_core.recognize.facts import _reach_facts, cut_tiles, plate_facts
from hdr_core.recognize.hypotheses import HYPOTHESES, all_hypotheses
from hdr_core.recognize.torch_recognizer import TorchRecognizer

NOT_CURVES = [one.name for one in all_hypotheses()[: len(NAMES)] if not one.is_curve]


def random_colors(height=96, width=128, *, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(0.0, 1.0, (height, width, 3))


def reach_of(codes, name):
    """Return the two facts of ``name``: out of its reach, outside of Rec.709."""
    one = all_hypotheses()[HYPOTHESES.index(name)]
    flat = codes.reshape(-1, 3)
    return np.array(_reach_facts(one, flat, one.decode(flat)))


class TestCutTiles:
    def test_a_small_plate_is_one_tile(self):
        assert cut_tiles(np.zeros((100, 200, 3), np.float32)).shape == (1, 3, 100, 200)

    def test_a_large_plate_is_sixteen_tiles_of_its_own_pixels(self):
        plate = np.arange(1000 * 1500 * 3, dtype=np.float32).reshape(1000, 1500, 3)
        tiles = cut_tiles(plate)

        assert tiles.shape == (16, 3, 128, 128)
        assert tiles[0, :, 0, 0].tolist() == plate[0, 0].tolist()
        assert tiles[-1, :, -1, -1].tolist() == plate[-1, -1].tolist()

    def test_a_long_plate_is_cut_too(self):
        assert cut_tiles(np.zeros((60, 9000, 3), np.float32)).shape == (16, 3, 60, 128)


class TestPlateFacts:
    @pytest.mark.parametrize("name", NOT_CURVES)
    def test_what_a_transform_gives_is_within_its_reach(self, name):
        light = random_colors() ** 2
        codes = np.rint(255 * find_output_transform(name).encode(light)) / 255

        own, other = reach_of(codes, name), reach_of(random_colors(), name)
        assert (own <= other).all()
        assert own.sum() < other.sum()

    def test_facts_are_finite_for_black_white_and_noise(self):
        for codes in (np.zeros((64, 64, 3)), np.ones((64, 64, 3)), random_colors()):
            tiles = cut_tiles(codes.astype(np.float32))
            facts = plate_facts(tiles, TorchRecognizer(), is_lossy=True)

            assert np.isfinite(facts).all()
            assert np.abs(facts).max() < 20
