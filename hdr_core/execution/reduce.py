"""Reduce plates, by means or by samples, and sum over windows.

``shrink`` works strip by strip, for plates larger than memory. Its means are those of
torch's adaptive pooling of the whole plate. A strip holds the rows of one row of the
result; no more of the plate is in memory.
"""

import math
from collections.abc import Callable
from itertools import chain

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.execution.sizes import Size, size_within


def size_for_area(size: Size, area_px: int | None) -> Size:
    """Return the size to which a plate is reduced; it is never enlarged.

    Args:
        size: Rows and columns of the plate.
        area_px: Approximate area of the result; None means the size of the plate.
    """
    if area_px is not None and isinstance(size[0], torch.SymInt):
        return _symbolic_size(size, area_px)
    return size_within(size, area_px)


def _symbolic_size(size: Size, area_px: int) -> Size:
    """Return ``size_for_area`` of a captured plate: one formula for all sizes."""
    height, width = size
    share = torch.sym_sqrt(area_px / (height * width))
    factor = torch.sym_min(1.0, share)  # type: ignore[no-untyped-call]
    return round(height * factor), round(width * factor)


def sample_places(size: Size, small: Size) -> tuple[Tensor, Tensor]:
    """Return rows (h, 1) and columns (w,) of ``small`` evenly spaced samples."""
    rows, columns = (
        torch.arange(n) * side // n for side, n in zip(size, small, strict=True)
    )
    return rows[:, None], columns


def reduce_to_area(planes: Tensor, area_px: int | None) -> Tensor:
    """Return a plate (B, C, H, W) averaged down to an area; smaller plates stay."""
    size = planes.shape[-2], planes.shape[-1]
    small = size_for_area(size, area_px)
    return means_over(planes, small)


def means_over(planes: Tensor, small: Size) -> Tensor:
    """Return the means of planes (B, C, H, W) over equal areas, (B, C, h, w)."""
    size = planes.shape[-2], planes.shape[-1]
    if isinstance(size[0], torch.SymInt):
        # Not every runtime of captured graphs has pooling to a size that is not fixed.
        rows, columns = (pool_weights(*pair) for pair in zip(size, small, strict=True))
        return rows.to(planes) @ (planes @ columns.to(planes).T)
    if small == size:
        return planes
    return functional.interpolate(planes, small, mode="area")


def pool_weights(n_samples: int, n_cells: int) -> Tensor:
    """Return the share of each sample in each cell of torch's adaptive pooling.

    Returns:
        (n_cells, n_samples), rows sum to 1. Cells are whole samples and may overlap.
    """
    cell = torch.arange(n_cells)[:, None]
    first = cell * n_samples // n_cells
    last = ((cell + 1) * n_samples + n_cells - 1) // n_cells
    sample = torch.arange(n_samples)
    is_within = (sample >= first) & (sample < last)
    return is_within.double() / (last - first)


def sample_to_area(planes: Tensor, area_px: int | None) -> Tensor:
    """Return samples of a plate (B, C, H, W), about as many as an area has pixels.

    Each is a pixel of the plate, not a mean.
    """
    size = planes.shape[-2], planes.shape[-1]
    small = size_for_area(size, area_px)
    if small == size:
        return planes
    rows, columns = sample_places(size, small)
    return planes[..., rows, columns]


def sample_distance(planes: Tensor, samples: Tensor) -> float | Tensor:
    """Return the distance between two samples of ``sample_to_area``, in pixels.

    Args:
        planes: The whole plate, (B, C, H, W).
        samples: Its samples, (B, C, h, w).

    Returns:
        A number; a float64 tensor, (), while a graph is captured.
    """
    n_pixels = planes.shape[-2] * planes.shape[-1]
    ratio = n_pixels / (samples.shape[-2] * samples.shape[-1])
    if isinstance(ratio, torch.SymFloat):
        return torch.scalar_tensor(ratio, dtype=torch.float64).sqrt()
    return math.sqrt(ratio)


def sum_windows(values: Tensor, reach: int) -> Tensor:
    """Return the sum of each value and its neighbors in a square window.

    It sums columns, then rows, which is faster than ``avg_pool2d`` on a CPU.

    Args:
        values: (..., H, W), in a number type that can hold the sums.
        reach: Neighbors on each side.

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
        read: Returns some rows of the plate, (1, C, n, W).
        size: Rows and columns of the plate.
        small: Rows and columns of the result.

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
    # One array for all means. Small arrays between the large strips would fragment the
    # heap, which then never shrinks.
    result = first.new_empty((*first.shape[:2], *small))
    for row, mean in enumerate(chain((first,), means)):
        result[:, :, row] = mean[:, :, 0]
    return result


def area_weights(n_samples: int, n_cells: int) -> Tensor:
    """Return the share of each sample in each of some equal cells.

    Returns:
        (n_cells, n_samples), rows sum to 1.
    """
    edges = torch.arange(n_cells + 1, dtype=torch.float64) * (n_samples / n_cells)
    sample = torch.arange(n_samples, dtype=torch.float64)
    first, last = edges[:-1, None], edges[1:, None]
    shared = torch.minimum(last, sample + 1) - torch.maximum(first, sample)
    return (shared.clamp(min=0.0) * (n_cells / n_samples)).float()


def panorama_for_area(size: Size, area_px: int | None) -> Size:
    """Return ``size_for_area`` of a panorama.

    The columns are a multiple of 4, so that a quarter turn is a whole number of them.
    """
    height, width = size
    if area_px is None or height * width <= area_px:
        return size
    columns = max(4, int(math.sqrt(2 * area_px)) // 4 * 4)
    return max(1, columns // 2), columns
