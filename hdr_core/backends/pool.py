"""Means over the areas of a plate, strip by strip, as execution/reduce.py has them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hdr_core.execution.sizes import Size

Planes = NDArray[np.float32]


def pool_area(read: Callable[[slice], Planes], size: Size, small: Size) -> Planes:
    """Return the means of a plate over equal areas: those of ``shrink``.

    Args:
        read: Returns some rows of the plate, (C, n, W).
        size: Rows and columns of the plate.
        small: Rows and columns of the result.

    Returns:
        (C, h, w).
    """
    if small == size:
        return np.ascontiguousarray(read(slice(0, size[0])))
    cell = np.arange(small[1])
    first = cell * size[1] // small[1]
    end = -(-(cell + 1) * size[1] // small[1])
    # Sums from each start to each end, and between, which are left out.
    places = np.stack([first, end], axis=1).ravel()
    result: Planes | None = None
    for row in range(small[0]):
        rows = slice(row * size[0] // small[0], -(-(row + 1) * size[0] // small[0]))
        total = read(rows).sum(axis=1, dtype=np.float32)
        # The last cell ends where there is no sample.
        total = np.pad(total, ((0, 0), (0, 1)))
        sums = np.add.reduceat(total, places, axis=1)[:, ::2]
        if result is None:
            result = np.empty((len(sums), *small), np.float32)
        result[:, row] = sums / np.float32(rows.stop - rows.start) / (end - first)
    assert result is not None
    return result
