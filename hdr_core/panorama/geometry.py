"""Views that a lens shows of a panorama; angles.py has the sphere itself.

Yaw turns a view to the left, pitch turns it up.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.errors import ShapeError
from hdr_core.panorama.angles import unit_vector

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
