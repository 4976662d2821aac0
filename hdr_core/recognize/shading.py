"""How well each hypothesis keeps the color of a surface in light and shade.

A surface has one color. Where its light changes, red, green and blue change by the same
factor. So for the right hypothesis, logs of light of two places on a surface differ by
a grey vector. The score of a hypothesis is a mean over pairs of neighboring blocks:

    -w r        r = d^2 / (d^2 + s^2)

d  length of the difference of the logs without its grey part, over its grey part
w  how much the hypotheses differ in r
s  usual error of d

Blocks of 4 x 4 pixels are used, because their means survive JPEG. Pairs on different
surfaces have a large d and r = 1 for every hypothesis, so w is 0.

Source: the same idea for whole pictures, Finlayson, Drew & Lu 2004, "Intrinsic images
by entropy minimization".
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BLOCK_PX = 4
# Largest difference of codes within a block.
MOST_RANGE = 32 / 255
# Codes of a mean that are neither black nor clipped.
DARKEST, BRIGHTEST = 6 / 255, 250 / 255
MOST_BLOCKS = 3000
# Steps between the two blocks of a pair.
STEPS = (1, 3)
# Least and largest change of the light of a pair, in natural logs of the codes.
CHANGE = (0.04, 0.7)
LEAST_LIGHT = 1e-4
USUAL_ERROR = 0.1
# Grey part of a difference that is added, so that no change is no color.
LEAST_CHANGE = 0.02
LEAST_PAIRS = 30
MOST_PAIRS = 1500


def cut_blocks(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the pixels of whole blocks of tiles (T, 3, h, w), (T, 3, h', w', 16)."""
    n, channels, height, width = tiles.shape
    rows, columns = height // BLOCK_PX, width // BLOCK_PX
    whole = tiles[:, :, : rows * BLOCK_PX, : columns * BLOCK_PX]
    parts = whole.reshape(n, channels, rows, BLOCK_PX, columns, BLOCK_PX)
    return parts.swapaxes(3, 4).reshape(n, channels, rows, columns, BLOCK_PX**2)


def flat_blocks(tiles: NDArray[np.float32]) -> tuple[Array, NDArray[np.int64]]:
    """Return the mean codes of flat blocks, and pairs of neighbors among them.

    Args:
        tiles: Encoded pixels, (T, 3, h, w), in [0, 1].

    Returns:
        Colors (n, 3), and indices of pairs (p, 2).
    """
    blocks = cut_blocks(tiles)
    means = blocks.mean(axis=4)
    is_flat = ((blocks.max(axis=4) - blocks.min(axis=4)) < MOST_RANGE).all(axis=1)
    is_flat &= ((means > DARKEST) & (means < BRIGHTEST)).all(axis=1)
    numbers = np.arange(is_flat.size).reshape(is_flat.shape)
    pairs = [
        np.stack([one.ravel(), other.ravel()], axis=1)
        for step in STEPS
        for one, other in (
            (numbers[:, :, :-step], numbers[:, :, step:]),
            (numbers[:, :-step], numbers[:, step:]),
        )
    ]
    joined = np.concatenate(pairs)
    joined = joined[is_flat.ravel()[joined].all(axis=1)]
    colors = means.transpose(0, 2, 3, 1).reshape(-1, 3).astype(np.float64)
    return colors, joined


def choose_pairs(colors: Array, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pairs (p, 2) whose light changes, evenly thinned out."""
    level = np.log(colors.mean(axis=1) + LEAST_LIGHT)
    change = np.abs(level[pairs[:, 0]] - level[pairs[:, 1]])
    chosen = pairs[(change > CHANGE[0]) & (change < CHANGE[1])]
    every = -(-len(chosen) // MOST_PAIRS) if len(chosen) else 1
    return np.asarray(chosen[::every])


def score_shading(lights: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Return the score of each hypothesis, (n,), and its mean r, (n,).

    Args:
        lights: For each hypothesis, light of both blocks of each pair, each (p, 3).
    """
    n = len(lights)
    if not n or len(lights[0][0]) < LEAST_PAIRS:
        return np.zeros(n), np.zeros(n)
    away = np.stack([_away(*light) for light in lights])
    r = away**2 / (away**2 + USUAL_ERROR**2)
    weight = r.std(axis=0)
    scores = -(r * weight).sum(axis=1) / (weight.sum() + 1e-12)
    return scores, r.mean(axis=1)


def _away(one: Array, other: Array) -> Array:
    """Return d of each pair, (p,)."""
    logs = [np.log(np.maximum(light, LEAST_LIGHT)) for light in (one, other)]
    difference = logs[1] - logs[0]
    grey = difference.mean(axis=1, keepdims=True)
    size = np.sqrt(3.0) * np.abs(grey[:, 0]) + LEAST_CHANGE
    return np.asarray(np.linalg.norm(difference - grey, axis=1) / size)
