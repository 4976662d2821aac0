"""How straight the edges of a plate are in the light of each hypothesis.

Where an edge crosses a pixel, light is added: the light of the pixel m lies between
those of its neighbors a and b. So for the right hypothesis

    e = m - encode((1 - t) decode(a) + t decode(b))

is only rounding, and noise. The score of a hypothesis is

    max over s, o of mean log( (1 - o) N(e; s^2 v) + o U )

t        place of m between a and b, in [0, 1], by least squares
N        normal density of variance s^2 v    v  squared error of a, m and b together, as
         a multiple of that of m alone
U        constant density of an outlier, such as a corner
s, o     error in codes and share of outliers; the best of a few

Source: Lin, Gu, Yamazaki & Shum 2004, "Radiometric calibration from a single image".
Differs: stages/linearize/likelihood.py learns s and o of each edge for curves of
cameras. Here hypotheses need not be a curve a channel, and pictures that were computed
have no noise to learn.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import curve_grid
from hdr_core.camera.responses import SAMPLES
from hdr_core.recognize.hypotheses import Hypothesis, all_hypotheses
from hdr_core.recognize.recognizer import Recognizer, Values

Array = NDArray[np.float64]
CODE = 1 / 255
# Samples of a patch, and those of them that are the sides of an edge and its middle.
N_PLACES = 7
FIRST, MIDDLE, LAST = 1, 2, 3
MOST_EDGES = 800
# Fewer edges say nothing.
LEAST_EDGES = 20
ERRORS = np.array([0.3, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3, 5.0]) / 255
OUTLIERS = np.array([0.05, 0.2, 0.5])


class EdgeScores(NamedTuple):
    """What the edges of a plate say.

    Attributes:
        scores: Score of each hypothesis, (n,); 0 for all if there are too few edges.
        errors: s of each hypothesis, in codes, (n,).
        n_edges: Number of edges.
        plate: Features of the plate's processing (``Edges.plate``) without the scale.
    """

    scores: Array
    errors: Array
    n_edges: int
    plate: Array


def score_edges(tiles: Values, networks: Recognizer) -> EdgeScores:
    """Return the scores of all hypotheses for tiles of a plate.

    Args:
        tiles: Encoded pixels as they are, (T, 3, h, w), in [0, 1].
        networks: Finds the edges.
    """
    hypotheses = all_hypotheses()
    most = -(-MOST_EDGES // len(tiles))
    found = [networks.find_edges(tile, most=most) for tile in tiles]
    patches = np.concatenate([one.patches for one in found], axis=2)
    colors = patches.astype(np.float64).transpose(0, 2, 1)
    a, m, b = (np.ascontiguousarray(colors[place]) for place in (FIRST, MIDDLE, LAST))
    plate = np.stack([one.plate for one in found]).mean(axis=0)
    n, plate = len(hypotheses), plate.astype(np.float64)
    if len(a) < LEAST_EDGES:
        return EdgeScores(np.zeros(n), np.full(n, 255 * ERRORS[-1]), len(a), plate)
    each = [_score(hypothesis, a, m, b) for hypothesis in hypotheses]
    scores, errors = np.array(each).T
    return EdgeScores(scores, errors * 255, len(a), plate)


def choosing_curves() -> Array:
    """Return the curves among the hypotheses, (n, N), by which edges are chosen.

    They are relative to light near the clip, so that all have one scale.
    """
    curves = np.stack([one.greys for one in all_hypotheses() if one.is_curve])
    return np.minimum(curves / curves[:, [round(0.9 * SAMPLES)]], 2.0)


def _score(hypothesis: Hypothesis, a: Array, m: Array, b: Array) -> tuple[float, float]:
    """Return the score of a hypothesis, and its s."""
    x = curve_grid(SAMPLES)
    light = [hypothesis.decode(color) for color in (a, m, b)]
    slopes = [np.interp(color, x, hypothesis.slope) for color in (a, m, b)]
    line = (light[2] - light[0]) / slopes[1]
    way = (light[1] - light[0]) / slopes[1]
    t = (way * line).sum(axis=1) / ((line * line).sum(axis=1) + 1e-12)
    t = np.clip(t, 0.0, 1.0)[:, None]
    e = m - hypothesis.encode(light[0] + t * (light[2] - light[0]))
    v = 1.0 + ((1.0 - t) * slopes[0] / slopes[1]) ** 2
    v = v + (t * slopes[2] / slopes[1]) ** 2
    squares, log_v = (e * e / v).sum(axis=1), np.log(v).sum(axis=1)
    size = np.maximum(np.abs(b - a).max(axis=1), CODE)
    outlier = 1.5 * np.log(2.0 * np.pi) - 3.0 * np.log(size / 2.0)
    best = (-np.inf, ERRORS[-1])
    for s in ERRORS:
        normal = -3.0 * np.log(s) - 0.5 * log_v - 0.5 * squares / s**2
        for o in OUTLIERS:
            each = np.logaddexp(np.log1p(-o) + normal, np.log(o) + outlier)
            best = max(best, (float(each.mean()), float(s)))
    return best
