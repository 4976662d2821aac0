"""Stage 3 sees a panorama as it sees plates: in views, which overlap.

    c(d) = sum_v w_v(d) c_v(d) / sum_v w_v(d)

d    direction                       w  cos^2 across and up a view: 0 at its border,
c_v  what stage 3 tells of view v       and 100 cos^4 for views aimed at lights

An equirectangular picture shows little as a camera shows it: a sun high in the sky is
stretched along its row, and all of the horizon shares the samples of one plate. In
views the network sees what it learnt, twice as fine: on 20 val panoramas 26.6 dB
instead of 25.7, and an RMS error of clipped light of 0.91 stop instead of 1.08.

The views stand at sixths of a turn, level, up and down. So half a turn of the panorama
changes none of them, and no border, seam or pole is left. Eight more are aimed, each at
the middle of a clipped region, the largest ones: stage 3 tells a sun best when it is in
the middle of a view, and views that have it at their border would thin its light out.
The energy of clipped light on the same panoramas is then off by 1.00 stop in the mean
instead of 1.24.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.execution.device import each_on_one_thread, one_thread
from hdr_core.panorama.geometry import (
    perspective_view,
    project_to_view,
    row_angles,
    sphere_directions,
)
from hdr_core.panorama.sources import LightMap, connected
from hdr_core.stages.hallucinate.gain_network import GainMaps, PredictMaps

FOV = math.radians(100)
ASPECT = 1.5
# Each sample of the result is a mean of so many squared: a sun keeps its light.
SUPERSAMPLING = 2
# Regions that views are aimed at: how many, and how large at least, in steradian.
MOST_AIMED = 8
LEAST_AIMED_SR = 1e-4
# Sizes that differ by less, relatively, are the same.
EQUAL = 1e-6
# An aimed view has so much more to say in its middle.
AIMED_SAY = 100.0


class View(NamedTuple):
    """Where a view looks, radians; see ``camera.view``."""

    yaw: float
    pitch: float


VIEWS = tuple(
    View(math.radians(turn), math.radians(pitch))
    for pitch, first in ((0, 0), (55, 30), (-55, 30))
    for turn in range(first, 360, 60)
)


def view_size(area_px: int) -> tuple[int, int]:
    """Return rows and columns of a view of at most an area."""
    rows = max(2, int(math.sqrt(area_px / ASPECT)))
    return rows, max(2, int(rows * ASPECT))


def sphere_rows(rows: int, area_px: int) -> int:
    """Return to how many rows a panorama of ``rows`` is reduced before it is seen."""
    return min(rows, 4 * view_size(area_px)[0])


def predict_sphere(look: PredictMaps, panorama: Tensor, *, area_px: int) -> GainMaps:
    """Return what stage 3 learns from a panorama.

    Args:
        look: What it learns from a view (1, C, h, w).
        panorama: (C, H, 2H), as the views are cut from: ``stack_plate``.
        area_px: Area of a view, at most.

    Returns:
        Maps over the sphere, (1, C, h, 2h), as smooth along each row as at the equator.
    """
    rows, columns = view_size(area_px)
    aspect = columns / rows
    map_rows = max(2, rows * 3 // 2)
    directions = sphere_directions(map_rows * SUPERSAMPLING).to(panorama)
    total, weights = panorama.new_zeros(()), panorama.new_zeros(())
    aimed = aimed_views(panorama[-1])
    views = (*VIEWS, *aimed)

    def look_along(view: View) -> Tensor:
        seen = perspective_view(
            panorama,
            yaw=view.yaw,
            pitch=view.pitch,
            fov=FOV,
            height=rows,
            width=columns,
        )
        return torch.cat(look(seen[None]), dim=1)

    each = each_on_one_thread(
        [partial(look_along, view) for view in views], panorama.device
    )
    for view, told in zip(views, each, strict=True):
        place, weight = place_in_view(directions, view, aspect=aspect)
        if view in aimed:
            weight = AIMED_SAY * weight.square()
        there = functional.grid_sample(
            told, place[None], padding_mode="border", align_corners=False
        )
        total = total + weight * there
        weights = weights + weight
    maps = functional.avg_pool2d(total / weights, SUPERSAMPLING)
    with one_thread():
        return GainMaps.split(smooth_poles(maps))


def aimed_views(clipped: Tensor) -> tuple[View, ...]:
    """Return views of the largest clipped regions of a panorama.

    Args:
        clipped: How clipped each pixel is, in [0, 1], (H, 2H).
    """
    regions = connected((clipped > 0.5).cpu().numpy())
    height, width = regions.shape
    sphere = LightMap.empty(height, width, width)
    pixel_sr = np.broadcast_to(sphere.solid_angle, regions.shape)
    size_sr = np.bincount(regions.ravel(), pixel_sr.ravel())[1:]
    middles = [
        np.bincount(regions.ravel(), (pixel_sr * axis).ravel())[1:]
        for axis in np.moveaxis(sphere.directions(), 2, 0)
    ]
    largest = np.argsort(-size_sr)
    # Of regions as large as the first left out none is taken: which of them came first
    # would depend on where the panorama's border is.
    left_out = size_sr[largest[MOST_AIMED : MOST_AIMED + 1]]
    least = max([LEAST_AIMED_SR, *left_out]) * (1.0 + EQUAL)
    return tuple(
        View(math.atan2(y, x), math.atan2(z, math.hypot(x, y)))
        for x, y, z in np.stack(middles, axis=1)[largest[size_sr[largest] > least]]
    )


def place_in_view(
    directions: Tensor, view: View, *, aspect: float
) -> tuple[Tensor, Tensor]:
    """Return where directions (3, h, w) lie in a view, and its say.

    Returns:
        Place (h, w, 2) as ``grid_sample`` has it, -1 to 1 across and down; weight
        (h, w), 0 at the border of the view and beyond.
    """
    place, is_ahead = project_to_view(
        directions, yaw=view.yaw, pitch=view.pitch, fov=FOV, aspect=aspect
    )
    inside = place.clamp(-1.0, 1.0)
    weight = torch.cos(0.5 * math.pi * inside).square().prod(dim=-1)
    return place, weight * is_ahead


def smooth_poles(maps: Tensor) -> Tensor:
    """Return maps (B, C, H, W) as smooth along each row as at the equator.

    A row near a pole is short: its samples lie 1 / sin of the polar angle too close,
    and what differs between them would meet in a point.
    """
    height, width = maps.shape[-2:]
    spans = 1.0 / torch.sin(row_angles(height))
    # A Gaussian of a box's variance: positive, so that no light rings.
    variance = ((spans**2 - 1.0) / 12).clamp(min=1e-9)[:, None]
    apart = torch.arange(width, dtype=torch.float64)
    apart = torch.minimum(apart, width - apart)
    kernels = torch.exp(-0.5 * apart**2 / variance)
    blur = around_rows(kernels / kernels.sum(dim=1, keepdim=True))
    return blur(maps.cpu().double()).to(maps)


def around_rows(kernels: Tensor) -> Callable[[Tensor], Tensor]:
    """Return what convolves each row of maps (..., h, w), which wrap, with its kernel.

    Args:
        kernels: Of each row, from the sample itself on, (h, w).
    """
    response = torch.fft.rfft(kernels)

    def convolve(maps: Tensor) -> Tensor:
        convolved: Tensor = torch.fft.irfft(
            torch.fft.rfft(maps) * response, n=kernels.shape[-1]
        )
        return convolved

    return convolve
