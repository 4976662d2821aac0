"""The sphere of an equirectangular panorama, without torch.

    polar = pi r / H        azimuth = pi - 2 pi c / W
    d = (sin(polar) cos(azimuth), sin(polar) sin(azimuth), cos(polar))

r, c     row and column: 0 at the first edge, k + 1/2 in the middle of pixel k
H, W     size of the panorama
polar    angle from straight up, in radians
azimuth  angle from ahead to the left, in radians: 0 at the middle column
d        direction, a unit vector: +x ahead, +y left, +z up
"""

import math
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Angle = TypeVar("Angle", float, NDArray[Any], "Tensor")
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
