"""Whole plates made small, for networks that see all of them: by means or samples.

Strip by strip, for plates larger than memory: inference/shrink.py.
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
