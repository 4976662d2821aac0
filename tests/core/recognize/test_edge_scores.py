"""Edges are straight in the light of the right hypothesis."""

import numpy as np
import pytest

from hdr_core.color.output_transforms import NAMES, find_output_transform
from hdr_core.recognize.edge_scores import score_edges
from hdr_core.recognize.hypotheses import HYPOTHESES, all_hypotheses
from hdr_core.recognize.torch_recognizer import TorchRecognizer

# Straight edges between colors, mixed in light as a renderer does.
N_EDGES, WIDTH = 60, 9


def an_antialiased_picture(*, seed=0, saturation=0.7):
    """Return light (h, w, 3): rows of two colors with one mixed pixel between them."""
    rng = np.random.default_rng(seed)
    colors = rng.uniform(0.02, 0.8, (N_EDGES, 2, 3))
    grey = colors.mean(axis=2, keepdims=True)
    colors = np.maximum(grey + saturation * (colors - grey), 0.0)
    share = rng.uniform(0.2, 0.8, (N_EDGES, 1, 1))
    one, other = colors[:, :1], colors[:, 1:]
    mixed = share * one + (1.0 - share) * other
    sides = WIDTH // 2
    rows = np.concatenate(
        [one.repeat(sides, axis=1), mixed, other.repeat(sides, axis=1)], axis=1
    )
    return rows.repeat(3, axis=0)


def tiles_of(codes):
    planes = (np.rint(codes * 255) / 255).transpose(2, 0, 1)[None]
    return np.ascontiguousarray(planes, np.float32)


class TestScoreEdges:
    @pytest.mark.parametrize("name", NAMES)
    def test_the_right_transform_is_among_the_best(self, name):
        codes = find_output_transform(name).encode(an_antialiased_picture())
        found = score_edges(tiles_of(codes), TorchRecognizer())

        own = found.scores[HYPOTHESES.index(name)]
        assert found.n_edges > 50
        assert own > found.scores.max() - 0.35
        # Rounding to codes is all of its error.
        assert found.errors[HYPOTHESES.index(name)] <= 0.7

    def test_a_picture_that_was_blurred_as_codes_is_straight_in_codes(self):
        light = an_antialiased_picture()
        codes = find_output_transform("srgb").encode(light)
        middle = WIDTH // 2
        codes[:, middle] = (codes[:, middle - 1] + codes[:, middle + 1]) / 2.0
        found = score_edges(tiles_of(codes), TorchRecognizer())

        assert HYPOTHESES[int(found.scores.argmax())] == "codes"

    def test_a_picture_without_edges_says_nothing(self):
        found = score_edges(np.full((1, 3, 64, 64), 0.5, np.float32), TorchRecognizer())

        assert found.n_edges == 0
        assert (found.scores == 0.0).all()

    def test_each_hypothesis_gives_its_light_back(self):
        codes = np.linspace(0.1, 0.9, 9)[:, None].repeat(3, axis=1)
        for one in all_hypotheses():
            assert one.encode(one.decode(codes)) == pytest.approx(codes, abs=2e-3)
