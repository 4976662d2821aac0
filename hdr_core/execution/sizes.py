"""The sizes to which plates are reduced, and the samples of a plate; without torch."""

import math

import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int]


def size_within(size: Size, area_px: int | None) -> Size:
    """Return the size to which a plate is reduced; it is never enlarged.

    Args:
        size: Rows and columns of the plate.
        area_px: Approximate area of the result; None means the size of the plate.
    """
    height, width = size
    if area_px is None or height * width <= area_px:
        return size
    factor = math.sqrt(area_px / (height * width))
    return max(1, round(height * factor)), max(1, round(width * factor))


def sample_index(
    size: Size, small: Size
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows (h, 1) and columns (w,) of ``small`` evenly spaced samples."""
    rows, columns = (
        np.arange(n, dtype=np.int64) * side // n
        for side, n in zip(size, small, strict=True)
    )
    return rows[:, None], columns
