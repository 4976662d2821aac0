"""Fill the places of lamps with what surrounds them.

    F(p) = sum_b w_b P(b) / sum_b w_b  +  g l (1 - exp(-t / l))   w_b = a_b / |p - b|^2

p    direction of a pixel of a hole        b    directions of the pixels around the hole
P    light of those pixels                 a_b  their solid angle
t    distance of p from the border         g    rise of the light toward the hole
l    half of the largest t

For a round hole the quotient is the Poisson kernel: it is harmonic, so it continues the
light of the border without a step and has no peak inside. |p - b| is the chord, for
which this also holds on the sphere. The last term continues the glow around a lamp, so
that the border of the hole is no visible edge. g is the mean around the hole; it is not
negative, and the term adds half of the border's light at most.

A hole may lie on the seam or on a pole.
"""

import numpy as np
from numpy.typing import NDArray

from hdr_core.panorama.angles import pixel_directions, polar_edges, row_solid_angles
from hdr_core.panorama.sources import connected
from hdr_core.plate import Pixels

Mask = NDArray[np.bool_]

# Values held at a time: 64 MB.
_AT_ONCE = 2**23
# Pixels from the border over which the rise of the glow is measured.
_RINGS = 3
# The most pixels of a border. Of more, evenly spaced ones are used.
_MOST_BORDER = 4096


def fill_holes(light: Pixels, holes: Mask) -> Pixels:
    """Return the light in ``holes`` as their surroundings continue it.

    Args:
        light: Panorama, (H, W, 3).
        holes: Pixels to fill, (H, W).

    Returns:
        Light of the pixels in ``holes``, (n, 3), in the order of ``light[holes]``. It
        is 0 if the holes cover the sphere.
    """
    height, width = holes.shape
    areas = row_solid_angles(polar_edges(height), width)
    directions = pixel_directions(height, width)
    filled = np.zeros((height, width, 3), np.float32)
    regions = connected(holes)
    for region in range(1, int(regions.max()) + 1):
        hole = regions == region
        rows, columns = np.nonzero(border_of(hole) & ~holes)
        if len(rows) == 0:
            continue
        some = slice(None, None, -(-len(rows) // _MOST_BORDER))
        rows, columns = rows[some], columns[some]
        smooth, apart = _continue(
            directions[hole],
            directions[rows, columns],
            light[rows, columns],
            areas[rows],
        )
        reach = max(float(apart.max()) / 2, 1e-9)
        rise = _rise(light, hole, holes) * height / np.pi
        glow = np.minimum(rise * reach, light[rows, columns].mean(axis=0).clip(0.0) / 2)
        filled[hole] = smooth + glow * (1.0 - np.exp(-apart / reach))[:, None]
    return filled[holes]


def _rise(light: Pixels, hole: Mask, holes: Mask) -> NDArray[np.float64]:
    """Return the rise of light toward a hole for each pixel of way, (3,), from 0 on."""
    rings, grown = [], hole
    for _ in range(_RINGS + 1):
        ring = border_of(grown)
        rings.append(light[ring & ~holes])
        grown = grown | ring
    if not len(rings[-1]):
        return np.zeros(3)
    change = rings[0].mean(axis=0, dtype=float) - rings[-1].mean(axis=0, dtype=float)
    return np.asarray(np.maximum(change / _RINGS, 0.0))


def border_of(mask: Mask) -> Mask:
    """Return the pixels beside a mask, (H, W); columns wrap, and so do the poles."""
    wide = mask.copy()
    for turn in (-1, 1):
        wide |= np.roll(mask, turn, axis=1)
    grown = wide.copy()
    grown[1:] |= wide[:-1]
    grown[:-1] |= wide[1:]
    for pole in (0, -1):
        # Beyond a pole the sphere goes on half a turn away.
        grown[pole] |= np.roll(wide[pole], mask.shape[1] // 2)
    return np.asarray(grown & ~mask)


def _continue(
    inside: NDArray[np.float64],
    border: NDArray[np.float64],
    light: Pixels,
    areas: NDArray[np.float64],
) -> tuple[Pixels, NDArray[np.float64]]:
    """Return the quotient at the directions ``inside``, (n, 3), and t, (n,)."""
    weighted = np.column_stack([light * areas[:, None], areas])
    result = np.empty((len(inside), 3), np.float32)
    apart = np.empty(len(inside))
    n_at_once = max(1, _AT_ONCE // len(border))
    for first in range(0, len(inside), n_at_once):
        some = slice(first, first + n_at_once)
        squared = np.maximum(2.0 - 2.0 * (inside[some] @ border.T), 1e-12)
        sums = (1.0 / squared) @ weighted
        result[some] = sums[:, :3] / sums[:, 3:]
        apart[some] = np.sqrt(squared.min(axis=1))
    return result, apart
