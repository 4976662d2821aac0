"""The sphere of an equirectangular panorama, and the views that a lens shows of it.

    polar = pi r / H        azimuth = pi - 2 pi c / W
    d = (sin(polar) cos(azimuth), sin(polar) sin(azimuth), cos(polar))

r, c     row and column: 0 at the first edge, k + 1/2 in the middle of pixel k
H, W     size of the panorama
polar    angle from straight up, in radians
azimuth  angle from ahead to the left, in radians: 0 at the middle column
d        direction, a unit vector: +x ahead, +y left, +z up

Yaw turns a view to the left, pitch turns it up.
"""

import math
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from hdr_core.errors import ShapeError

# Samples for each pixel of a view, along each axis. Their average keeps the light of a
# lamp of one pixel. Near the poles, columns are too narrow for that.
SUPERSAMPLING = 2
# Side of the squares among which the brightest is found, in pixels of the panorama.
LIGHT_PX = 8
# Pitch of photographers' cameras, in radians: mean and standard deviation, and limits.
# They show more sky than floor.
PITCH = (0.1, 0.45)
LOWEST_PITCH, HIGHEST_PITCH = -1.2, 1.4
# A direction that is less far ahead of a camera is not in its view.
LEAST_AHEAD = 0.05

Angle = TypeVar("Angle", float, NDArray[Any], Tensor)
Row = NDArray[np.float64]


def polar_angle(row: Angle, height: int) -> Angle:
    """Return the angle from straight up, in radians.

    Args:
        row: Place down the panorama, from 0 to ``height``.
        height: Rows of the panorama.
    """
    return row * math.pi / height


def azimuth_angle(column: Angle, width: int) -> Angle:
    """Return the angle from ahead to the left, in radians.

    Args:
        column: Place across the panorama, from 0 to ``width``.
        width: Columns of the panorama.
    """
    return math.pi - column * 2 * math.pi / width


def unit_vector(
    sine: Angle, cosine: Angle, azimuth_cosine: Angle, azimuth_sine: Angle
) -> tuple[Angle, Angle, Angle]:
    """Return x, y and z of a direction.

    Args:
        sine: Of the polar angle.
        cosine: Of the polar angle.
        azimuth_cosine: Of the azimuth.
        azimuth_sine: Of the azimuth.
    """
    return sine * azimuth_cosine, sine * azimuth_sine, cosine


def polar_edges(height: int) -> Row:
    """Return the polar angles of the edges of all rows, (H + 1,), from 0 to pi."""
    return np.linspace(0.0, np.pi, height + 1)


def azimuth_edges(width: int) -> Row:
    """Return the azimuths of the edges of all columns, (W + 1,), from pi to -pi."""
    return np.pi - np.linspace(0.0, 2 * np.pi, width + 1)


def row_solid_angles(edges: Row, width: int) -> Row:
    """Return the solid angle of a pixel of each row, in steradian, (H,).

    Exact: a row between polar angles a and b holds cos a - cos b of each meridian.

    Args:
        edges: Polar angles of the edges of the rows, (H + 1,).
        width: Columns.
    """
    return np.asarray(-np.diff(np.cos(edges)) * 2 * np.pi / width)


def ground_weights(height: int) -> Row:
    """Return the weight of each row in the irradiance of a level ground, (H,).

    Exact: cos(polar) sin(polar) integrated over each row; 0 below the horizon.
    """
    upper = np.minimum(polar_edges(height), np.pi / 2)
    return np.asarray(np.diff(np.sin(upper) ** 2) / 2)


def pixel_directions(height: int, width: int) -> Row:
    """Return the direction of the middle of each pixel, (H, W, 3)."""
    polar = polar_angle(np.arange(height)[:, None] + 0.5, height)
    azimuth = azimuth_angle(np.arange(width)[None] + 0.5, width)
    parts = unit_vector(np.sin(polar), np.cos(polar), np.cos(azimuth), np.sin(azimuth))
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


def row_angles(height: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return the polar angle of the middle of each row, (H,).

    A multiple of the height of a row. ``polar_angle`` rounds differently in the last
    digit, and results depend on it: use one of the two throughout a computation.
    """
    return (torch.arange(height, dtype=dtype) + 0.5) * (math.pi / height)


def sphere_directions(rows: int) -> Tensor:
    """Return the direction of each pixel of a panorama, (3, rows, 2 rows), float32."""
    latitude = math.pi / 2 - row_angles(rows, torch.float32)
    # Columns are as wide as rows are high.
    turn = (torch.arange(2 * rows, dtype=torch.float32) + 0.5) * (math.pi / rows)
    latitude, azimuth = torch.meshgrid(latitude, math.pi - turn, indexing="ij")
    return torch.stack(
        unit_vector(
            torch.cos(latitude), latitude.sin(), torch.cos(azimuth), torch.sin(azimuth)
        )
    )


def brightest_direction(panorama: Tensor) -> tuple[float, float]:
    """Return yaw and pitch, in radians, of the brightest part of (3, H, 2H)."""
    light = functional.avg_pool2d(panorama.sum(dim=0, keepdim=True), LIGHT_PX)[0]
    rows, columns = light.shape
    row, column = divmod(int(light.argmax()), columns)
    yaw = math.pi * (1 - 2 * (column + 0.5) / columns)
    return yaw, math.pi * (0.5 - (row + 0.5) / rows)


def max_view_width(panorama_width: int, fov: float) -> int:
    """Return the width of a view whose middle has the resolution of the panorama.

    Args:
        panorama_width: Columns of the panorama, over 360 degrees.
        fov: Horizontal angle of view, in radians.
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
        yaw: Turn of the camera to the left, in radians.
        pitch: Turn of the camera up, in radians.
        fov: Horizontal angle of view, in radians, below pi.
        height: Rows of the view.
        width: Columns of the view.

    Returns:
        (C, height, width), each pixel the mean over its area.

    Raises:
        ShapeError: ``panorama`` is not (C, H, W).
    """
    if panorama.ndim != 3:
        raise ShapeError(f"panorama: needs (C, H, W), found {tuple(panorama.shape)}.")
    rows, columns = panorama.shape[1:]
    # A coarse view of a fine panorama would skip pixels.
    finer = max(SUPERSAMPLING, math.ceil(max_view_width(columns, fov) / width))
    longitude, latitude = _directions(yaw, pitch, fov, height * finer, width * finer)
    wrapped = functional.pad(panorama[None], (1, 1, 0, 0), mode="circular")
    # The padding shifts columns by 1.
    x = (0.5 - longitude / (2 * math.pi)) * columns + 1
    y = (0.5 - latitude / math.pi) * rows
    grid = torch.stack([2 * x / (columns + 2) - 1, 2 * y / rows - 1], dim=-1)[None]
    grid = grid.to(panorama)
    fine = functional.grid_sample(
        wrapped, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    return functional.avg_pool2d(fine, finer)[0]


def project_to_view(
    directions: Tensor, *, yaw: float, pitch: float, fov: float, aspect: float
) -> tuple[Tensor, Tensor]:
    """Return where directions lie in the view of a pinhole camera.

    Args:
        directions: Unit vectors, (3, H, W).
        yaw: Turn of the camera to the left, in radians.
        pitch: Turn of the camera up, in radians.
        fov: Horizontal angle of view, in radians, below pi.
        aspect: Width of the view over its height.

    Returns:
        Place (H, W, 2), from -1 to 1 across and down as ``grid_sample`` has it; whether
        the direction is ahead of the camera, (H, W). Other places mean nothing.
    """
    x, y, z = directions
    level = x * math.cos(yaw) + y * math.sin(yaw)
    left = y * math.cos(yaw) - x * math.sin(yaw)
    ahead = level * math.cos(pitch) + z * math.sin(pitch)
    up = z * math.cos(pitch) - level * math.sin(pitch)
    reach = ahead.clamp(min=LEAST_AHEAD) * math.tan(fov / 2)
    place = torch.stack([-left / reach, -up / reach * aspect], dim=-1)
    return place, ahead > LEAST_AHEAD


def _directions(
    yaw: float, pitch: float, fov: float, height: int, width: int
) -> tuple[Tensor, Tensor]:
    """Return longitude and latitude of each pixel of a view, in radians."""
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
