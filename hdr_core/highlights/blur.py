"""A Gaussian over the samples of a reduced plate, or of a sphere."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from hdr_core.highlights.sphere_views import FOV, around_rows
from hdr_core.panorama.geometry import row_angles

Blur = Callable[[Tensor], Tensor]


def blur_of(
    height: int, width: int, *, reach: float, is_sphere: bool
) -> tuple[Blur, Tensor]:
    """Return a Gaussian that is its own transpose, and the area of each row's samples.

    A row near a pole is short: its samples lie close.

    Args:
        height: Rows of samples.
        width: Columns.
        reach: Standard deviation, as a share of the columns of a plate, or of one of
            the views in which a sphere is seen.
        is_sphere: They are a panorama's, w = 2 h.
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
    # Once before and once after the columns, each with half of the variance.
    around = around_rows(_gaussian(turn, deviation / math.sqrt(2.0) / area))
    return lambda planes: around(down @ around(planes)), area


def _gaussian(apart: Tensor, deviation: Tensor | float) -> Tensor:
    values: Tensor = torch.exp(-0.5 * (apart / deviation) ** 2)
    return values
