"""What tiles of a panorama see of stage 3's maps: no border.

The first column of a panorama continues its last; beyond a pole comes the first row
again, half a turn away.
"""

import math

import numpy as np
import torch
from torch import Tensor

from hdr_core.execution.tiles import Tile, crop_around
from hdr_core.stages.hallucinate.gain_network import GainMaps
from hdr_core.stages.hallucinate.light import Region

# Samples around a pixel that its spline reads, and one for rounding.
SPLINE_REACH = 4


def crop_maps(
    context: GainMaps, tile: Tile, size: tuple[int, int]
) -> tuple[GainMaps, Region]:
    """Return the samples of a panorama's context around a tile.

    Args:
        context: What stage 3 saw, maps (1, C, h, w).
        tile: May lie beyond the border.
        size: Rows and columns of the panorama.

    Returns:
        A part of the context, and where the tile's outer pixels lie in it.
    """
    low = context[0].shape[-2:]
    rows, columns = tile.outer
    parts = [
        _samples(pixels, n_samples, n_pixels)
        for pixels, n_samples, n_pixels in zip(tile.outer, low, size, strict=True)
    ]
    outer = [
        (
            part.start * n_pixels // n_samples,
            (part.stop - part.start) * n_pixels // n_samples,
        )
        for part, n_samples, n_pixels in zip(parts, low, size, strict=True)
    ]
    (top, height), (left, width) = outer
    region = Region(rows.start - top, columns.start - left, height, width)
    return GainMaps(*(_cut(maps, *parts) for maps in context)), region


def _samples(pixels: slice, n_samples: int, n_pixels: int) -> slice:
    """Return samples around ``pixels``, cut where a sample and a pixel begin."""
    step = n_samples // math.gcd(n_samples, n_pixels)
    first = math.floor(pixels.start * n_samples / n_pixels) - SPLINE_REACH
    last = math.ceil(pixels.stop * n_samples / n_pixels) + SPLINE_REACH
    return slice(first // step * step, -(-last // step) * step)


def _cut(maps: Tensor, rows: slice, columns: slice) -> Tensor:
    image = maps[0].permute(1, 2, 0).cpu().numpy()
    cut = np.ascontiguousarray(crop_around(image, rows, columns).transpose(2, 0, 1))
    return torch.from_numpy(cut)[None].to(maps)
