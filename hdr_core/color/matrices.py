"""Matrices on pixels, for rows: ``pixels @ matrix``."""

import numpy as np
from numpy.typing import NDArray

from hdr_core.plate import Pixels

Matrix = NDArray[np.float64]


def apply_matrix(pixels: Pixels, matrix: NDArray[np.float64]) -> Pixels:
    """Return ``pixels @ matrix``, (..., 3).

    Sums are computed in float64 and rounded once, so that every tile gives the same
    digits.
    """
    red, green, blue = (
        pixels[..., place].astype(np.float64)[..., None] for place in range(3)
    )
    light = red * matrix[0] + green * matrix[1] + blue * matrix[2]
    return np.asarray(light, dtype=np.float32)


def inverse(matrix: Matrix) -> Matrix:
    """Return the inverse of ``matrix``."""
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
