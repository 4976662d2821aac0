"""Views cut from an equirectangular panorama, as a camera with a lens would see it.

Direction: +x ahead at the middle column, +y left, +z up; yaw turns left, pitch up.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.errors import ShapeError

# Each axis of a view is sampled at least so many times finer and averaged, so that a
# lamp of one pixel keeps its light wherever it falls. Not near the poles: columns
# crowd there, and only larger lamps are sure to be met.
SUPERSAMPLING = 2
# Side of the squares whose light is compared, in pixels of the panorama.
LIGHT_PX = 8
# How photographers hold a camera: mean and deviation of the pitch, radians, and its
# ends. More sky than floor.
PITCH = (0.1, 0.45)
LOWEST_PITCH, HIGHEST_PITCH = -1.2, 1.4


def brightest_direction(panorama: Tensor) -> tuple[float, float]:
    """Return yaw and pitch, radians, of the brightest part of (3, H, 2H)."""
    light = functional.avg_pool2d(panorama.sum(dim=0, keepdim=True), LIGHT_PX)[0]
    rows, columns = light.shape
    row, column = divmod(int(light.argmax()), columns)
    yaw = math.pi * (1 - 2 * (column + 0.5) / columns)
    return yaw, math.pi * (0.5 - (row + 0.5) / rows)


def max_view_width(panorama_width: int, fov: float) -> int:
    """Return the widest view whose middle is not sampled finer than the panorama.

    Args:
        panorama_width: Columns over 360 degrees.
        fov: Horizontal angle of view, radians.
    """
    return int(2 * math.tan(fov / 2) * panorama_width / (2 * math.pi))


def perspective_view(
    panorama: Tensor,
    *,
    yaw: float,
    pitch: float,
    fov: float,
    height: int,
    width: int,
) -> Tensor:
    """Return the view of a pinhole camera.

    Args:
        panorama: (C, H, 2H) equirectangular, left edge at yaw +180 degrees.
        yaw: Turn to the left, radians.
        pitch: Turn up, radians.
        fov: Horizontal angle of view, radians, below pi.
        height: Rows of the view.
        width: Columns of the view.

    Returns:
        (C, height, width), averaged over each pixel.

    Raises:
        ShapeError: ``panorama`` is not (C, H, W).
    """
    if panorama.ndim != 3:
        raise ShapeError(f"panorama: needs (C, H, W), found {tuple(panorama.shape)}.")
    rows, columns = panorama.shape[1:]
    # A coarse view of a fine panorama would step over pixels.
    finer = max(SUPERSAMPLING, math.ceil(max_view_width(columns, fov) / width))
    longitude, latitude = _directions(yaw, pitch, fov, height * finer, width * finer)
    wrapped = functional.pad(panorama[None], (1, 1, 0, 0), mode="circular")
    # Pixel centres: column c of the panorama is at longitude pi - 2 pi (c + 1/2) / W.
    x = (0.5 - longitude / (2 * math.pi)) * columns + 1
    y = (0.5 - latitude / math.pi) * rows
    grid = torch.stack([2 * x / (columns + 2) - 1, 2 * y / rows - 1], dim=-1)[None]
    grid = grid.to(panorama)
    fine = functional.grid_sample(
        wrapped, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    return functional.avg_pool2d(fine, finer)[0]


def _directions(
    yaw: float, pitch: float, fov: float, height: int, width: int
) -> tuple[Tensor, Tensor]:
    """Return longitude and latitude of each pixel, radians."""
    focal = width / 2 / math.tan(fov / 2)
    left = (width / 2 - 0.5 - torch.arange(width)) / focal
    up = ((height / 2 - 0.5 - torch.arange(height)) / focal)[:, None]
    ahead = math.cos(pitch) - up * math.sin(pitch)
    z = math.sin(pitch) + up * math.cos(pitch)
    ahead, left = ahead.expand(height, width), left.expand(height, width)
    longitude = torch.atan2(left, ahead) + yaw
    longitude = torch.remainder(longitude + math.pi, 2 * math.pi) - math.pi
    latitude = torch.atan2(z.expand_as(left), torch.hypot(ahead, left))
    return longitude, latitude
