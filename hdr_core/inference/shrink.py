"""Whole plates made small, strip by strip, for the networks that see all of them.

Means over areas, the same as torch's adaptive pooling of the whole plate: a strip
holds the rows under one row of the result, and no more of a plate is in memory.
"""

import math
from collections.abc import Callable
from itertools import chain

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.stages.areas import Size


def shrink(read: Callable[[slice], Tensor], size: Size, small: Size) -> Tensor:
    """Return the means of a plate over equal areas.

    Args:
        read: Returns rows of the plate, (1, C, n, W).
        size: Rows and columns of the plate.
        small: Those of the result.

    Returns:
        (1, C, h, w).
    """
    if small == size:
        return read(slice(0, size[0]))
    strips = (
        slice(row * size[0] // small[0], -(-(row + 1) * size[0] // small[0]))
        for row in range(small[0])
    )
    means = (
        functional.adaptive_avg_pool2d(read(rows), (1, small[1])) for rows in strips
    )
    first = next(means)
    # Kept one by one, small results between large strips would hold on to all of the
    # heap: 3 GiB for a panorama of 16384 x 8192.
    result = first.new_empty((*first.shape[:2], *small))
    for row, mean in enumerate(chain((first,), means)):
        result[:, :, row] = mean[:, :, 0]
    return result


def area_weights(n_samples: int, n_cells: int) -> Tensor:
    """Return what each of some equal cells has of samples of equal length.

    Returns:
        (n_cells, n_samples), rows sum to 1.
    """
    edges = torch.arange(n_cells + 1, dtype=torch.float64) * (n_samples / n_cells)
    sample = torch.arange(n_samples, dtype=torch.float64)
    first, last = edges[:-1, None], edges[1:, None]
    shared = torch.minimum(last, sample + 1) - torch.maximum(first, sample)
    return (shared.clamp(min=0.0) * (n_cells / n_samples)).float()


def panorama_for_area(size: Size, area_px: int | None) -> Size:
    """Return ``areas.size_for_area`` of a panorama: a quarter turn is whole columns."""
    height, width = size
    if area_px is None or height * width <= area_px:
        return size
    columns = max(4, int(math.sqrt(2 * area_px)) // 4 * 4)
    return max(1, columns // 2), columns
