"""Predict from the whole plate, and from its four corners in more detail.

    c(p) = 1/2 c_0(p) + 1/2 sum_k w_k(p) c_k(p)

c_0  gain maps that stage 3 predicts from the whole plate, at pixel p
c_k  gain maps of corner k, which has two thirds of each side and counts as a plate
     by itself, as with a longer lens
w_k  weight; falls as cos^2 from the middle of the corner to its inner border, and all
     four weights add up to 1

The surroundings show what a lamp is, but only a near crop shows how large it is. So
stage 3 receives the corners at 1.5 times the resolution. The mean of both predictions
has a smaller error than either of them. Decision: docs/decisions/014.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.execution.device import each_on_one_thread, one_thread
from hdr_core.execution.reduce import area_weights, size_for_area
from hdr_core.execution.sizes import Size
from hdr_core.stages.hallucinate.gain_network import GainMaps, PredictMaps

# Share of each side of the plate that a corner has.
SHARE = Fraction(2, 3)


def fine_size(size: Size, area_px: int) -> Size:
    """Return the size to which a plate is reduced before its corners are cropped.

    Args:
        size: Rows and columns of the plate.
        area_px: Largest area that stage 3 receives at once, in pixels.
    """
    return size_for_area(size, fine_area(area_px))


def fine_area(area_px: int) -> int:
    """Return the largest area of a plate before its corners are cropped, in pixels."""
    return round(area_px / SHARE**2)


def predict_with_corners(
    predict: PredictMaps,
    predict_crop: PredictMaps,
    fine: Tensor,
    *,
    area_px: int,
) -> GainMaps:
    """Return the gain maps that stage 3 predicts from a plate and its corners.

    Args:
        predict: Predicts from the means of a whole plate, (1, C, h, w).
        predict_crop: Predicts from the means of a corner, (1, C, h, w).
        fine: Means of the plate, (1, C, h, w), with ``fine_size``.
        area_px: Largest area that stage 3 receives at once, in pixels.

    Returns:
        Maps (1, C, h, w). For a plate of at most ``area_px`` they come from the whole
        plate alone.
    """
    size = fine.shape[-2], fine.shape[-1]
    small = size_for_area(size, area_px)
    if small == size:
        with one_thread():
            return predict(fine)
    rows, columns = (
        area_weights(*pair).to(fine) for pair in zip(size, small, strict=True)
    )
    corners = list(product(_ends(size[0]), _ends(size[1])))
    predictions: list[Callable[[], GainMaps]] = [
        lambda: predict(rows @ fine @ columns.T),
        *(
            partial(predict_crop, fine[..., top, left])
            for (top, _), (left, _) in corners
        ),
    ]
    whole, *each = each_on_one_thread(predictions, fine.device)
    from_whole = functional.interpolate(
        torch.cat(whole, dim=1), size, mode="bilinear", align_corners=False
    )
    from_corners = torch.zeros_like(from_whole)
    for ((top, down), (left, across)), corner in zip(corners, each, strict=True):
        weight = down[:, None] * across
        weighted = torch.cat(corner, dim=1) * weight.to(fine)
        beyond = left.start, size[1] - left.stop, top.start, size[0] - top.stop
        from_corners = from_corners + functional.pad(weighted, beyond)
    return GainMaps.split((from_whole + from_corners) / 2)


def _ends(length: int) -> list[tuple[slice, Tensor]]:
    """Return the samples of both ends of an axis, and the weight of each sample."""
    side = (SHARE.numerator * length + SHARE.denominator - 1) // SHARE.denominator
    within = (torch.arange(side) + 0.5 - (length - side)) / max(2 * side - length, 1)
    falling = torch.cos(0.5 * math.pi * within.clamp(0.0, 1.0)).square()
    return [
        (slice(0, side), falling),
        (slice(length - side, length), falling.flip(0)),
    ]
