"""Crop the gain maps of a panorama around a tile, across its borders.

The first column of a panorama continues its last column. Beyond a pole, the rows
continue half a turn away.
"""

import math

import numpy as np
import torch
from torch import Tensor

from hdr_core.execution.tiles import Tile, crop_around
from hdr_core.stages.hallucinate.gain_network import GainMaps
from hdr_core.stages.hallucinate.light import Region

# Samples that the spline of a pixel reads on each side, and one more for rounding.
SPLINE_REACH = 4


def crop_maps(
    maps: GainMaps, tile: Tile, size: tuple[int, int]
) -> tuple[GainMaps, Region]:
    """Return the gain maps of a panorama around a tile.

    Args:
        maps: Gain maps of the whole panorama, (1, C, h, w).
        tile: Tile of the panorama; its outer pixels may lie beyond the border.
        size: Rows and columns of the panorama in pixels.

    Returns:
        The cropped maps, and the place of the tile's outer pixels in them.
    """
    low = maps.stops.shape[-2:]
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
    return GainMaps(*(_crop(plane, *parts) for plane in maps)), region


def _samples(pixels: slice, n_samples: int, n_pixels: int) -> slice:
    """Return the samples around ``pixels``, from where a sample and a pixel begin."""
    step = n_samples // math.gcd(n_samples, n_pixels)
    first = math.floor(pixels.start * n_samples / n_pixels) - SPLINE_REACH
    last = math.ceil(pixels.stop * n_samples / n_pixels) + SPLINE_REACH
    return slice(first // step * step, -(-last // step) * step)


def _crop(plane: Tensor, rows: slice, columns: slice) -> Tensor:
    """Return samples of one map (1, C, h, w); rows and columns may lie beyond it."""
    image = plane[0].permute(1, 2, 0).cpu().numpy()
    crop = np.ascontiguousarray(crop_around(image, rows, columns).transpose(2, 0, 1))
    return torch.from_numpy(crop)[None].to(plane)
