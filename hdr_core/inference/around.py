"""Networks see a panorama without a border.

The first column of a panorama continues its last; beyond a pole comes the first row
again, half a turn away. Tiles see so by ``tiling.look_around``; stage 3, which sees
the whole plate at once, by hooks that give each of its layers the samples beyond.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hdr_core.inference.tiling import Tile, look_around
from hdr_core.stages.blocks import Binomial
from hdr_core.stages.context import Context
from hdr_core.stages.hallucinate import Region

# Samples around a pixel that its spline reads, and one for rounding.
SPLINE_REACH = 4


def context_size(area_px: int, stride: int) -> tuple[int, int]:
    """Return rows and columns to which a panorama is reduced for stage 3.

    Twice as many columns as rows, and both a multiple of what the network pools at
    its coarsest, twice for the columns: then no border is padded, and half a turn of
    the plate is half a turn of every layer. Rather more rows than fewer: on 20 val
    panoramas 128 gave 28.1 dB, 96 gave 27.0, and 111 with borders 27.6.
    """
    rows = stride * max(1, math.ceil(math.sqrt(area_px / 2) / stride))
    return rows, 2 * rows


@contextmanager
def seen_around(network: nn.Module) -> Iterator[None]:
    """Let the layers of ``network`` see a panorama around its border.

    Convolutions, means and up steps (nn.Upsample) get as many samples from beyond the
    border as they reach, and lose them again.
    """
    hooks = []
    for layer in network.modules():
        reach = _reach(layer)
        if reach:
            widen, crop = _around(reach, 2 if isinstance(layer, nn.Upsample) else 1)
            hooks.append(layer.register_forward_pre_hook(widen))
            hooks.append(layer.register_forward_hook(crop))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _reach(layer: nn.Module) -> int:
    if isinstance(layer, (nn.Upsample, Binomial)):
        return 1
    if isinstance(layer, nn.Conv2d):
        return int(layer.kernel_size[0] // 2)
    return 0


def _around(reach: int, scale: int) -> tuple[Any, Any]:
    """Return the hooks before and after a layer that reaches so far."""

    def widen(_: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
        return pad_around(inputs[0], reach, reach)

    def crop(_: nn.Module, __: tuple[Tensor, ...], result: Tensor) -> Tensor:
        edge = reach * scale
        return result[..., edge:-edge, edge:-edge]

    return widen, crop


def pad_around(maps: Tensor, rows: int, columns: int) -> Tensor:
    """Return maps (B, C, H, W), W even, with what lies beyond each border."""
    height, width = maps.shape[-2:]
    row = torch.arange(-rows, height + rows) % (2 * height)
    is_across = row >= height
    row = torch.where(is_across, 2 * height - 1 - row, row)
    turned = torch.where(is_across, width // 2, 0)[:, None]
    column = (torch.arange(-columns, width + columns) + turned) % width
    return maps[..., row[:, None], column]


def smooth_poles(maps: Tensor) -> Tensor:
    """Return maps (B, C, H, W) as smooth along each row as at the equator.

    A row near a pole is short: its samples lie 1 / sin of the polar angle too close,
    and what differs between them would meet in a point.
    """
    height, width = maps.shape[-2:]
    polar = (torch.arange(height, dtype=torch.float64) + 0.5) * (math.pi / height)
    spans = 1.0 / torch.sin(polar)
    # A Gaussian of a box's variance: positive, so that no light rings.
    variance = ((spans**2 - 1.0) / 12).clamp(min=1e-9)[:, None]
    apart = torch.arange(width, dtype=torch.float64)
    apart = torch.minimum(apart, width - apart)
    kernels = torch.exp(-0.5 * apart**2 / variance)
    response = torch.fft.rfft(kernels / kernels.sum(dim=1, keepdim=True))
    spectrum = torch.fft.rfft(maps.cpu().double()) * response
    smooth: Tensor = torch.fft.irfft(spectrum, n=width)
    return smooth.to(maps)


def near(context: Context, tile: Tile, size: tuple[int, int]) -> tuple[Context, Region]:
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
    return Context(*(_cut(maps, *parts) for maps in context)), region


def _samples(pixels: slice, n_samples: int, n_pixels: int) -> slice:
    """Return samples around ``pixels``, cut where a sample and a pixel begin."""
    step = n_samples // math.gcd(n_samples, n_pixels)
    first = math.floor(pixels.start * n_samples / n_pixels) - SPLINE_REACH
    last = math.ceil(pixels.stop * n_samples / n_pixels) + SPLINE_REACH
    return slice(first // step * step, -(-last // step) * step)


def _cut(maps: Tensor, rows: slice, columns: slice) -> Tensor:
    image = maps[0].permute(1, 2, 0).cpu().numpy()
    cut = np.ascontiguousarray(look_around(image, rows, columns).transpose(2, 0, 1))
    return torch.from_numpy(cut)[None].to(maps)
