"""A surface keeps its color in light and shade, by the right transform only."""

import numpy as np
import pytest

from hdr_core.color.output_transforms import NAMES, find_output_transform
from hdr_core.recognize.hypotheses import HYPOTHESES, all_hypotheses
from hdr_core.recognize.shading import choose_pairs, flat_blocks, score_shading


def shaded_surfaces(*, seed=0):
    """Return light (160, 240, 3): bands of one color each, from shade to light."""
    rng = np.random.default_rng(seed)
    colors = rng.uniform(0.1, 0.9, (10, 1, 3)).repeat(16, axis=0)
    shade = np.geomspace(0.05, 0.9, 240)[None, :, None]
    return colors * shade


def shading_scores(codes):
    planes = (np.rint(codes * 255) / 255).transpose(2, 0, 1)[None]
    colors, pairs = flat_blocks(np.ascontiguousarray(planes, np.float32))
    chosen = choose_pairs(colors, pairs)
    one, other = colors[chosen[:, 0]], colors[chosen[:, 1]]
    return score_shading([(h.decode(one), h.decode(other)) for h in all_hypotheses()])[
        0
    ]


class TestScoreShading:
    # A power is the same factor of the logs: gamma 2.2 and 2.4 cannot be told apart.
    @pytest.mark.parametrize("name", [name for name in NAMES if "gamma" not in name])
    def test_the_right_transform_is_among_the_best(self, name):
        scores = shading_scores(find_output_transform(name).encode(shaded_surfaces()))

        rank = int((scores > scores[HYPOTHESES.index(name)] + 0.02).sum())
        assert rank <= 2

    def test_a_grey_plate_says_nothing(self):
        codes = np.linspace(0.1, 0.9, 240)[None, :, None].repeat(160, 0).repeat(3, 2)
        scores = shading_scores(codes)

        curves = [one.is_curve for one in all_hypotheses()]
        assert np.ptp(scores[curves]) < 0.05
