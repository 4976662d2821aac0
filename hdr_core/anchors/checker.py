"""The ColorChecker Classic: its patches, and where they lie between its corners.

    x = H u        u in the unit square, from the first corner right and down

Grey patches have their nominal densities, so their reflectance is 10^-D. Colors are
linear Rec.709 of the published sRGB values.

Source: McCamy, Marcus & Davidson 1976, "A color-rendition chart"; X-Rite, sRGB values
of the ColorChecker Classic.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from hdr_core.anchors.statement import Values
from hdr_core.camera.responses import inverse_srgb

COLUMNS, ROWS = 6, 4
N_PATCHES = COLUMNS * ROWS
GREYS = slice(18, 24)
"""The grey patches: the last row, from white to black."""
_DENSITIES = (0.05, 0.23, 0.44, 0.70, 1.05, 1.50)
_SRGB = (
    *((115, 82, 68), (194, 150, 130), (98, 122, 157), (87, 108, 67)),
    *((133, 128, 177), (103, 189, 170), (214, 126, 44), (80, 91, 166)),
    *((193, 90, 99), (94, 60, 108), (157, 188, 64), (224, 163, 46)),
    *((56, 61, 150), (70, 148, 73), (175, 54, 60), (231, 199, 31)),
    *((187, 86, 149), (8, 133, 161), (243, 243, 242), (200, 200, 200)),
    *((160, 160, 160), (122, 122, 121), (85, 85, 85), (52, 52, 52)),
)
# Share of a patch's cell that is sampled, around its center, and samples along it.
SAMPLED, N_SAMPLES = 0.36, 9


def reflectances() -> Values:
    """Return the light of the patches under even light, (24, 3), white card = 1."""
    light = inverse_srgb(np.array(_SRGB) / 255.0)
    light[GREYS] = 10.0 ** -np.array(_DENSITIES)[:, None]
    return np.asarray(light)


def orders() -> list[list[int]]:
    """Return the eight ways to name corners around a chart, as places in a list."""
    ways = product(range(4), (1, -1))
    return [[(start + step * k) % 4 for k in range(4)] for start, step in ways]


def homography(corners: Values) -> Values:
    """Return H, (3, 3), from the unit square to four corners (4, 2)."""
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    rows, right = [], []
    for (u, v), (x, y) in zip(square, corners, strict=True):
        rows.append([u, v, 1.0, 0.0, 0.0, 0.0, -u * x, -v * x])
        rows.append([0.0, 0.0, 0.0, u, v, 1.0, -u * y, -v * y])
        right += [x, y]
    solved = np.linalg.solve(np.array(rows), np.array(right))
    return np.append(solved, 1.0).reshape(3, 3)


def places(corners: Values, *, share: float = SAMPLED, n: int = N_SAMPLES) -> Values:
    """Return where the patches are sampled, (24, n * n, 2), as x and y in pixels.

    Args:
        corners: Of the chart, (4, 2): at dark brown, bluish green, black and white.
        share: Share of a patch's cell that is sampled, around its center.
        n: Number of samples along each side.
    """
    within = np.linspace(-0.5, 0.5, n) * share
    u = (np.arange(COLUMNS)[:, None] + 0.5 + within) / COLUMNS
    v = (np.arange(ROWS)[:, None] + 0.5 + within) / ROWS
    grid = np.empty((ROWS, COLUMNS, n, n, 3))
    grid[..., 0] = u[None, :, None, :]
    grid[..., 1] = v[:, None, :, None]
    grid[..., 2] = 1.0
    there = grid.reshape(N_PATCHES, n * n, 3) @ homography(corners).T
    return np.asarray(there[..., :2] / there[..., 2:])


def as_corners(numbers: Sequence[float]) -> Values:
    """Return x0, y0, ..., x3, y3 as corners (4, 2)."""
    return np.array(numbers, np.float64).reshape(4, 2)
