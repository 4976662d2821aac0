"""Gaussian blur of the samples of a reduced plate or of a sphere."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from hdr_core.highlights.sphere_views import FOV, make_row_blur
from hdr_core.panorama.geometry import row_angles

Blur = Callable[[Tensor], Tensor]


def make_blur(
    height: int, width: int, *, reach: float, is_sphere: bool
) -> tuple[Blur, Tensor]:
    """Return a symmetric Gaussian blur, and the area of the samples of each row.

    As a matrix, the blur equals its transpose. Rows near a pole of a sphere are short,
    so their samples have a small area.

    Args:
        height: Number of rows.
        width: Number of columns.
        reach: Standard deviation, as a share of the columns of a plate. For a sphere,
            as a share of the columns of one of its views (sphere_views.py).
        is_sphere: Whether the samples are those of a panorama, with w = 2 h.

    Returns:
        A function that blurs float64 planes (..., h, w) without normalization; and
        areas that broadcast to (h, w).
    """
    row, column = (torch.arange(n, dtype=torch.float64) for n in (height, width))
    deviation = reach * width * (FOV / (2 * math.pi) if is_sphere else 1.0)
    down = _gaussian(row[:, None] - row, deviation)
    if not is_sphere:
        across = _gaussian(column[:, None] - column, deviation)
        return lambda planes: down @ planes @ across, torch.ones(
            1, 1, dtype=torch.float64
        )
    area = torch.sin(row_angles(height))[:, None]
    turn = torch.minimum(column, width - column)
    # The rows are blurred before and after the columns, each time with half of the
    # variance. This makes the whole blur symmetric.
    around = make_row_blur(_gaussian(turn, deviation / math.sqrt(2.0) / area))
    return lambda planes: around(down @ around(planes)), area


def _gaussian(apart: Tensor, deviation: Tensor | float) -> Tensor:
    values: Tensor = torch.exp(-0.5 * (apart / deviation) ** 2)
    return values
