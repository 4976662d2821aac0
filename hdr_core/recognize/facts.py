"""The facts of a plate by which an output transform is recognized.

    edges     scores of all hypotheses, relative to the best (edge_scores.py)
    reach     for each transform that is no curve a channel: share of the pixels that
              it cannot give, and share of those that it gives only for colors outside
              of Rec.709, with negative light; renders seldom have these
    shading   how well each hypothesis keeps the color of surfaces (shading.py)
    codes     histograms of the largest and of the least code of a pixel, and of both
              together: saturated colors at each brightness
    ends      shares of the pixels at code n, just below it, and at 0
    processing  features of JPEG and noise (stages/linearize/edges.py)
    noise     how flat flat places are, at each brightness: renders have no sensor
    lossy     whether a codec may have changed the codes: then edges say less

They are taken from tiles of the plate at its own size: a smaller picture has other
edges.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.plate import Pixels
from hdr_core.recognize.edge_scores import EdgeScores, score_edges
from hdr_core.recognize.hypotheses import HYPOTHESES, Hypothesis, all_hypotheses
from hdr_core.recognize.recognizer import Recognizer, Values
from hdr_core.recognize.shading import (
    choose_pairs,
    cut_blocks,
    flat_blocks,
    score_shading,
)

Array = NDArray[np.float64]
# Tiles along a side, and their size.
TILES, TILE_PX = 4, 128
BINS, JOINT_BINS = 16, 6
# Largest difference of scores that counts.
MOST_BEHIND = 4.0
REACH_SAMPLES = 3000
# Share of the brightest channel below which a negative one is rounding.
NEGATIVE = 0.02
# Codes by which a pixel that a transform gives may be off.
REACH_CODES = 1.5 / 255
LEAST_SHARE = 1e-4
# Mean codes of blocks whose noise is compared.
NOISE_LEVELS = ((4.0, 40.0), (40.0, 110.0), (110.0, 180.0), (180.0, 250.0))


def cut_tiles(pixels: Pixels) -> Values:
    """Return tiles of an encoded plate (H, W, 3), as (T, 3, h, w).

    A plate of 512 x 512 pixels or less is one tile.
    """
    height, width = pixels.shape[:2]
    if height * width <= (TILES * TILE_PX) ** 2:
        return _planes(pixels)[None]
    rows, columns = min(height, TILE_PX), min(width, TILE_PX)
    tops = np.linspace(0, height - rows, TILES).round().astype(int)
    lefts = np.linspace(0, width - columns, TILES).round().astype(int)
    return np.stack(
        [_planes(pixels[y : y + rows, x : x + columns]) for y in tops for x in lefts]
    )


def _planes(pixels: Pixels) -> Values:
    return np.ascontiguousarray(pixels[..., :3].transpose(2, 0, 1), np.float32)


def plate_facts(tiles: Values, networks: Recognizer, *, is_lossy: bool) -> Array:
    """Return the facts of a plate, (n,), about -1 to 2.

    Args:
        tiles: Encoded pixels as ``cut_tiles`` returns them.
        networks: Finds the edges.
        is_lossy: Whether a codec may have changed the codes.
    """
    colors = tiles.transpose(0, 2, 3, 1).reshape(-1, 3).astype(np.float64)
    edges = _edge_facts(score_edges(tiles, networks))
    parts = edges, _block_facts(tiles), _code_facts(colors), noise_facts(tiles)
    return np.concatenate([*parts, [float(is_lossy)]])


def _edge_facts(edges: EdgeScores) -> Array:
    behind = np.minimum(edges.scores.max() - edges.scores, MOST_BEHIND) / MOST_BEHIND
    best = int(edges.scores.argmax())
    names = list(HYPOTHESES)
    straight = edges.scores[best] - edges.scores[names.index("codes")]
    return np.concatenate(
        [
            np.sqrt(behind),
            [
                np.log(edges.errors[best]),
                np.log(edges.errors[names.index("codes")]),
                min(straight, MOST_BEHIND) / 2.0,
                np.log1p(edges.n_edges) / 4.0 - 1.0,
            ],
            edges.plate / 2.0,
        ]
    )


def _block_facts(tiles: Values) -> Array:
    """Return reach and shading, from the means of flat blocks."""
    colors, pairs = flat_blocks(tiles)
    pairs = choose_pairs(colors, pairs)
    both = np.concatenate([colors[pairs[:, 0]], colors[pairs[:, 1]]])
    some = colors[:: max(1, len(colors) // REACH_SAMPLES)]
    reach, lights = [], []
    for one in all_hypotheses():
        light = one.decode(np.concatenate([some, both])).astype(np.float64)
        if not one.is_curve:
            reach += _reach_facts(one, some, light[: len(some)])
        lights.append((light[len(some) : -len(pairs)], light[-len(pairs) :]))
    scores, away = score_shading(lights if len(pairs) else [])
    if not len(scores):
        scores = away = np.zeros(len(lights))
    behind = scores.max() - scores
    count = np.log1p(len(pairs)) / 4.0 - 1.0
    return np.concatenate(
        [reach, np.sqrt(behind), away - away.min(), [away.min(), count]]
    )


def _reach_facts(one: Hypothesis, codes: Array, light: Array) -> list[float]:
    """Return how many codes (n, 3) are out of reach, or outside of Rec.709."""
    off = np.abs(one.encode(light) - codes).max(axis=1)
    negative = light.min(axis=1) < -NEGATIVE * light.max(axis=1)
    # NaN is outside of reach, too.
    return [
        _log_share(1.0 - float(np.mean(off <= REACH_CODES))),
        _log_share(float(np.mean(negative))),
    ]


def _code_facts(colors: Array) -> Array:
    most, least = colors.max(axis=1), colors.min(axis=1)
    n = len(colors)
    ratio = least / np.maximum(most, 1.0 / 255)
    joint, *_ = np.histogram2d(most, ratio, JOINT_BINS, ((0.0, 1.0), (0.0, 1.0)))
    histograms = [
        np.histogram(values, BINS, (0.0, 1.0))[0] / n for values in (most, least)
    ]
    codes = np.rint(255.0 * colors)
    top = codes.max(axis=1)
    ends = [
        (codes == 255).any(axis=1).mean(),
        (codes == 255).all(axis=1).mean(),
        (top == 254).mean(),
        ((top >= 249) & (top <= 253)).mean(),
        (codes == 0).any(axis=1).mean(),
        (codes == 0).all(axis=1).mean(),
        ((codes >= 1) & (codes <= 3)).any(axis=1).mean(),
    ]
    spread = np.percentile(colors, [1, 10, 50, 90, 99, 99.9])
    return np.concatenate(
        [
            np.sqrt(np.concatenate([*histograms, joint.ravel() / n])),
            [_log_share(float(share)) for share in ends],
            (codes == 255).mean(axis=0),
            spread,
            [top.max() / 255.0],
        ]
    )


def noise_facts(tiles: Values) -> Array:
    """Return how flat the flattest blocks of a plate are, (n,).

    Args:
        tiles: Encoded pixels, (T, 3, h, w), in [0, 1].
    """
    codes = np.float32(255.0) * tiles
    blocks = cut_blocks(codes)
    ranges = blocks.max(axis=4) - blocks.min(axis=4)
    spread = ranges.max(axis=1).ravel().astype(np.float64)
    level = blocks.mean(axis=4).mean(axis=1).ravel().astype(np.float64)
    is_open = (level > 4.0) & (level < 250.0)
    found = [_log_share(_mean(spread[is_open] < most)) for most in (0.5, 1.5, 3.5, 7.5)]
    for low, high in NOISE_LEVELS:
        some = spread[is_open & (level >= low) & (level < high)]
        flat = np.percentile(some, [5, 25]) if len(some) > 20 else np.full(2, 8.0)
        found += list(np.log1p(flat) / 2.0)
    pixels = np.rint(codes)
    same = (pixels[..., 1:] == pixels[..., :-1]).all(axis=1)
    ends = (pixels.max(axis=1) > 4.0) & (pixels.min(axis=1) < 250.0)
    found.append(_log_share(_mean(same[ends[..., 1:]])))
    return np.array(found)


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def _log_share(share: float) -> float:
    """Return the log of a share, 0 for none and 1 for all."""
    return float(np.log(share + LEAST_SHARE) / -np.log(LEAST_SHARE) + 1.0)
