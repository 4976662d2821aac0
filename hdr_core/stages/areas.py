"""Sums over windows; whole plates made small, for networks that see all of them.

By means or samples; strip by strip, for plates larger than memory: inference/shrink.py.
"""

import math

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
