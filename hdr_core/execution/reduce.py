"""Plates made small, by means or by samples, and sums over windows.

``shrink`` works strip by strip, for plates larger than memory: the same means as
torch's adaptive pooling of the whole plate. A strip holds the rows under one row of the
result, and no more of a plate is in memory.
"""

import math
from collections.abc import Callable
from itertools import chain

import torch
from torch import Tensor
from torch.nn import functional

Size = tuple[int, int]


def size_for_area(size: Size, area_px: int | None) -> Size:
    """Return the size to which a plate is reduced, never enlarged, for an area.

    Args:
        size: Rows and columns of the plate.
        area_px: Area of the result, about; None: all of the plate.
    """
    height, width = size
    if area_px is None or height * width <= area_px:
        return size
    factor = math.sqrt(area_px / (height * width))
    return max(1, round(height * factor)), max(1, round(width * factor))


def sample_places(size: Size, small: Size) -> tuple[Tensor, Tensor]:
    """Return the rows (h, 1) and columns (w,) of ``small`` even samples of a plate."""
    rows, columns = (
        torch.arange(n) * side // n for side, n in zip(size, small, strict=True)
    )
    return rows[:, None], columns


def reduce_to_area(planes: Tensor, area_px: int | None) -> Tensor:
    """Return a plate (B, C, H, W) averaged down to an area; a smaller one stays."""
    size = planes.shape[-2], planes.shape[-1]
    small = size_for_area(size, area_px)
    if small == size:
        return planes
    return functional.interpolate(planes, small, mode="area")


def sample_to_area(planes: Tensor, area_px: int | None) -> Tensor:
    """Return a plate's samples, fewer for an area: none is a mean of several."""
    size = planes.shape[-2], planes.shape[-1]
    small = size_for_area(size, area_px)
    if small == size:
        return planes
    rows, columns = sample_places(size, small)
    return planes[..., rows, columns]


def sum_windows(values: Tensor, reach: int) -> Tensor:
    """Return the sum of each value and its neighbours.

    Columns, then rows: on a CPU a fifth of the time of ``avg_pool2d``, of booleans as
    uint8 a twentieth.

    Args:
        values: (..., H, W), of a type that holds the sums.
        reach: Neighbours on either side in a row and a column.

    Returns:
        (..., H - 2 reach, W - 2 reach).
    """
    for dim in (-1, -2):
        length = values.shape[dim] - 2 * reach
        total = values.narrow(dim, 0, length).clone()
        for first in range(1, 2 * reach + 1):
            total += values.narrow(dim, first, length)
        values = total
    return values


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
