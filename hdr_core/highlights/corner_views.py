"""Stage 3 sees a plate whole, and its four corners nearer.

    c(p) = 1/2 c_0(p) + 1/2 sum_k w_k(p) c_k(p)

c_0  what stage 3 tells of the whole plate
c_k  of a corner, two thirds of each side: a plate by itself, as with a longer lens
w_k  falls as cos^2 from the corner's middle to its inner border; all four add up to 1

What a lamp is, its surroundings tell; how large, only a near look does. The corners are
seen half as fine again, and what both looks tell errs less than either. On 60 val views
the error of clipped energy goes from 0.67 to 0.54 stop in the median and from 0.89 to
0.81 in the mean, the RMS error of clipped light from 0.82 to 0.80; PU21-PSNR stays.
"""

import math
from collections.abc import Callable
from functools import partial
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.execution.device import each_on_one_thread, one_thread
from hdr_core.execution.reduce import Size, area_weights, size_for_area
from hdr_core.stages.hallucinate.gain_network import GainMaps, PredictMaps

SHARE = 2 / 3


def fine_size(size: Size, area_px: int) -> Size:
    """Return the size to which a plate is reduced before its corners are cut out."""
    return size_for_area(size, round(area_px / SHARE**2))


def predict_with_corners(
    look: PredictMaps, predict_crop: PredictMaps, fine: Tensor, *, area_px: int
) -> GainMaps:
    """Return what stage 3 learns from a plate and its corners.

    Args:
        look: What it learns from a whole plate (1, C, h, w).
        predict_crop: The same for a corner.
        fine: Means of the plate, (1, C, h, w), of ``fine_size``.
        area_px: Area of a plate that it looks at, at most.

    Returns:
        Maps (1, C, h, w); a plate of no more than ``area_px`` is seen whole only.
    """
    size = fine.shape[-2], fine.shape[-1]
    small = size_for_area(size, area_px)
    if small == size:
        with one_thread():
            return look(fine)
    rows, columns = (
        area_weights(*pair).to(fine) for pair in zip(size, small, strict=True)
    )
    corners = list(product(_ends(size[0]), _ends(size[1])))
    looks: list[Callable[[], GainMaps]] = [
        lambda: look(rows @ fine @ columns.T),
        *(
            partial(predict_crop, fine[..., top, left])
            for (top, _), (left, _) in corners
        ),
    ]
    whole, *nearer = each_on_one_thread(looks, fine.device)
    told = functional.interpolate(
        torch.cat(whole, dim=1), size, mode="bilinear", align_corners=False
    )
    near = torch.zeros_like(told)
    for ((top, down), (left, across)), corner in zip(corners, nearer, strict=True):
        weight = down[:, None] * across
        near[..., top, left] += torch.cat(corner, dim=1) * weight.to(fine)
    return GainMaps.split((told + near) / 2)


def _ends(length: int) -> list[tuple[slice, Tensor]]:
    """Return both ends of an axis, and the weight of each of their samples."""
    side = math.ceil(SHARE * length)
    within = (torch.arange(side) + 0.5 - (length - side)) / max(2 * side - length, 1)
    falling = torch.cos(0.5 * math.pi * within.clamp(0.0, 1.0)).square()
    return [
        (slice(0, side), falling),
        (slice(length - side, length), falling.flip(0)),
    ]
