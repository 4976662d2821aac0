"""Predict from a panorama in overlapping views, as a camera would photograph it.

    c(d) = sum_v w_v(d) c_v(d) / sum_v w_v(d)

d    direction
c_v  gain maps that stage 3 predicts from view v
w_v  weight; cos^2 across and up a view, so 0 at its border; 100 cos^4 for views that
     are aimed at lights

An equirectangular picture differs from what a camera shows: a sun high in the sky is
stretched along its row, and the whole horizon shares the samples of one plate. In
views the network receives what it learnt from, at twice the resolution.

The views stand at sixths of a turn: level, up and down. So half a turn of the panorama
changes none of them, and no border, seam or pole is left. Up to eight more views are
aimed, each at the middle of one of the largest clipped regions. Stage 3 predicts a sun
best in the middle of a view. Views with the sun at their border would reduce its light
in the mean, so aimed views have a larger weight. Decision: docs/decisions/014.
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
from hdr_core.panorama.light_map import LightMap
from hdr_core.panorama.sources import connected
from hdr_core.stages.hallucinate.gain_network import GainMaps, PredictMaps

# Horizontal field of view, in radians.
FOV = math.radians(100)
# Columns over rows of a view.
ASPECT = 1.5
# Each sample of the result is the mean of this number squared, so that a sun keeps its
# light.
SUPERSAMPLING = 2
# Largest number of regions that views are aimed at; smallest region, in steradian.
MOST_AIMED = 8
LEAST_AIMED_SR = 1e-4
# Sizes with a smaller relative difference count as equal.
EQUAL = 1e-6
# Weight of an aimed view in its middle; other views have 1.
AIMED_WEIGHT = 100.0


class View(NamedTuple):
    """Direction of the middle of a view, as in panorama/geometry.py.

    Attributes:
        yaw: Turn around the vertical axis, in radians.
        pitch: Angle above the horizon, in radians.
    """

    yaw: float
    pitch: float


VIEWS = tuple(
    View(math.radians(turn), math.radians(pitch))
    for pitch, first in ((0, 0), (55, 30), (-55, 30))
    for turn in range(first, 360, 60)
)


def view_size(area_px: int) -> tuple[int, int]:
    """Return rows and columns of a view with at most ``area_px`` pixels."""
    rows = max(2, int(math.sqrt(area_px / ASPECT)))
    return rows, max(2, int(rows * ASPECT))


def sphere_rows(rows: int, area_px: int) -> int:
    """Return the number of rows of the reduced panorama that views are cropped from.

    Args:
        rows: Rows of the panorama.
        area_px: Largest area of a view, in pixels.
    """
    return min(rows, 4 * view_size(area_px)[0])


def predict_sphere(predict: PredictMaps, panorama: Tensor, *, area_px: int) -> GainMaps:
    """Return the gain maps that stage 3 predicts from a panorama.

    Args:
        predict: Predicts from the means of one view, (1, C, h, w).
        panorama: Means of the panorama, (C, H, 2H), in the order of ``stack_plate``.
        area_px: Largest area of a view, in pixels.

    Returns:
        Maps over the sphere, (1, C, h, 2h), as smooth along each row as at the equator.
    """
    rows, columns = view_size(area_px)
    map_rows = max(2, rows * 3 // 2)
    directions = sphere_directions(map_rows * SUPERSAMPLING).to(panorama)
    aimed = aimed_views(panorama[-1])
    views = (*VIEWS, *aimed)

    def predict_view(view: View) -> Tensor:
        yaw, pitch = view
        crop = perspective_view(
            panorama, yaw=yaw, pitch=pitch, fov=FOV, height=rows, width=columns
        )
        return torch.cat(predict(crop[None]), dim=1)

    each = each_on_one_thread(
        [partial(predict_view, view) for view in views], panorama.device
    )
    total, weights = panorama.new_zeros(()), panorama.new_zeros(())
    for view, c_v in zip(views, each, strict=True):
        place, w_v = place_in_view(directions, view, aspect=columns / rows)
        if view in aimed:
            w_v = AIMED_WEIGHT * w_v.square()
        total = total + w_v * functional.grid_sample(
            c_v, place[None], padding_mode="border", align_corners=False
        )
        weights = weights + w_v
    maps = functional.avg_pool2d(total / weights, SUPERSAMPLING)
    with one_thread():
        return GainMaps.split(smooth_poles(maps))


def aimed_views(clipped: Tensor) -> tuple[View, ...]:
    """Return views of the largest clipped regions of a panorama, largest first.

    Args:
        clipped: How clipped each pixel is, in [0, 1], (H, 2H).

    Returns:
        At most ``MOST_AIMED`` views.
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
    # Regions as large as the first one left out are left out too. Otherwise the choice
    # between them would depend on where the panorama's border is.
    left_out = size_sr[largest[MOST_AIMED : MOST_AIMED + 1]]
    least = max([LEAST_AIMED_SR, *left_out]) * (1.0 + EQUAL)
    return tuple(
        View(math.atan2(y, x), math.atan2(z, math.hypot(x, y)))
        for x, y, z in np.stack(middles, axis=1)[largest[size_sr[largest] > least]]
    )


def place_in_view(
    directions: Tensor, view: View, *, aspect: float
) -> tuple[Tensor, Tensor]:
    """Return where directions lie in a view, and the weight of the view there.

    Args:
        directions: Unit vectors, (3, h, w).
        view: Direction of the view.
        aspect: Columns over rows of the view.

    Returns:
        Place (h, w, 2) in the coordinates of ``grid_sample``, -1 to 1 across and down;
        and weight (h, w), which is 0 at the border of the view and beyond.
    """
    place, is_ahead = project_to_view(
        directions, yaw=view.yaw, pitch=view.pitch, fov=FOV, aspect=aspect
    )
    inside = place.clamp(-1.0, 1.0)
    weight = torch.cos(0.5 * math.pi * inside).square().prod(dim=-1)
    return place, weight * is_ahead


def smooth_poles(maps: Tensor) -> Tensor:
    """Return maps (B, C, H, W) as smooth along each row as at the equator.

    A row near a pole is short. Its samples lie too close, by 1 / sin of the polar
    angle. Without this blur, different values would meet in a point at the pole.
    """
    height, width = maps.shape[-2:]
    spans = 1.0 / torch.sin(row_angles(height))
    # A Gaussian with the variance of a box. It is positive, so light has no ringing.
    variance = ((spans**2 - 1.0) / 12).clamp(min=1e-9)[:, None]
    apart = torch.arange(width, dtype=torch.float64)
    apart = torch.minimum(apart, width - apart)
    kernels = torch.exp(-0.5 * apart**2 / variance)
    blur = make_row_blur(kernels / kernels.sum(dim=1, keepdim=True))
    return blur(maps.cpu().double()).to(maps)


def make_row_blur(kernels: Tensor) -> Callable[[Tensor], Tensor]:
    """Return a blur that convolves each row of wrapping maps with its own kernel.

    Args:
        kernels: Kernel of each row, (h, w); its first value is that of the sample
            itself.

    Returns:
        A function of maps (..., h, w), in the precision of ``kernels``.
    """
    response = torch.fft.rfft(kernels)

    def convolve(maps: Tensor) -> Tensor:
        convolved: Tensor = torch.fft.irfft(
            torch.fft.rfft(maps) * response, n=kernels.shape[-1]
        )
        return convolved

    return convolve
