"""Check that a dome and its lights give the irradiance of the panorama."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr_core.panorama.angles import (
    azimuth_angle,
    pixel_directions,
    polar_angle,
    polar_edges,
    row_solid_angles,
    unit_vector,
)
from hdr_core.plate import Pixels
from hdr_core.rig.lights import RigLight

Array = NDArray[np.float64]

N_DIRECTIONS = 64
# Columns of the map from which irradiance is summed: 0.35 degree each.
MAP_WIDTH = 1024
# Samples along each axis of a pixel whose light was taken.
_SAMPLES = 3


@dataclass(frozen=True)
class RigCheck:
    """How far the irradiance of dome and lights is from that of the panorama.

    Attributes:
        n_directions: Number of surfaces that were compared.
        worst: Largest relative difference of a channel.
        mean: Mean relative difference of all channels.
        worst_color: Largest relative difference of a ratio of two channels.
    """

    n_directions: int
    worst: float
    mean: float
    worst_color: float


def check_rig(
    panorama: Pixels,
    dome: Pixels,
    lights: tuple[RigLight, ...],
    *,
    n_directions: int = N_DIRECTIONS,
) -> RigCheck:
    """Compare the irradiance of dome and lights with that of the panorama.

    Args:
        panorama: (H, W, 3).
        dome: (H, W, 3).
        lights: Lights that were taken from the panorama.
        n_directions: Number of surfaces, evenly spread.
    """
    normals = even_directions(n_directions)
    after = irradiance(dome, normals)
    before = after + _irradiance_of_taken(panorama, dome, normals)
    for light in lights:
        after = after + light.irradiance_on(normals)
    # A channel without light, as in a red room, has no relative difference.
    floor = 1e-6 * max(float(before.max()), 1e-300)
    ratio = np.maximum(after, floor) / np.maximum(before, floor)
    colors = ratio / np.roll(ratio, 1, axis=1)
    return RigCheck(
        n_directions,
        worst=float(np.abs(ratio - 1.0).max()),
        mean=float(np.abs(ratio - 1.0).mean()),
        worst_color=float(np.abs(colors - 1.0).max()),
    )


def _irradiance_of_taken(panorama: Pixels, dome: Pixels, normals: Array) -> Array:
    """Return the irradiance of what the dome lacks, (n, 3).

    A pixel may hold a whole sun, so its area counts: each has several samples.
    """
    height, width = dome.shape[:2]
    rows, columns = np.nonzero((panorama != dome).any(axis=2))
    areas = row_solid_angles(polar_edges(height), width)[rows, None]
    taken = panorama[rows, columns].astype(float) - dome[rows, columns]
    taken *= areas / _SAMPLES**2
    total = np.zeros((len(normals), 3))
    offsets = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    for down in offsets:
        for right in offsets:
            toward = directions_at(rows + down, columns + right, height, width)
            for some in np.array_split(np.arange(len(rows)), 1 + len(rows) // 2**17):
                facing = np.maximum(normals @ toward[some].T, 0.0)
                total += facing @ taken[some]
    return total


def even_directions(count: int) -> Array:
    """Return unit vectors that are evenly spread over the sphere, (count, 3).

    They lie on a spiral whose turns have the golden angle (Swinbank and Purser 2006).
    """
    steps = np.arange(count)
    z = 1.0 - (2 * steps + 1) / count
    angle = steps * math.pi * (3.0 - math.sqrt(5.0))
    level = np.sqrt(1.0 - z * z)
    return np.stack([level * np.cos(angle), level * np.sin(angle), z], axis=1)


def irradiance(panorama: Pixels, normals: Array) -> Array:
    """Return the irradiance of a panorama (H, W, 3) on surfaces, (n, 3).

    Args:
        panorama: Light, (H, W, 3).
        normals: Unit vectors, (n, 3).
    """
    light, directions = reduced(panorama)
    total = np.zeros((len(normals), 3))
    for row, toward in zip(light, directions, strict=True):
        total += np.maximum(normals @ toward.T, 0.0) @ row
    return total


def reduced(panorama: Pixels) -> tuple[Array, Array]:
    """Return light times solid angle of cells (h, w, 3), and their directions."""
    height, width = panorama.shape[:2]
    factor = max(1, math.ceil(width / MAP_WIDTH))
    pixel = row_solid_angles(polar_edges(height), width)
    rows = np.arange(0, height, factor)
    columns = np.arange(0, width, factor)
    light = np.empty((len(rows), len(columns), 3))
    for place, top in enumerate(rows):
        band = slice(top, top + factor)
        weighted = np.einsum("hwc,h->wc", panorama[band], pixel[band], dtype=float)
        light[place] = np.add.reduceat(weighted, columns, axis=0)
    if factor == 1:
        return light, pixel_directions(height, width)
    row = np.minimum(rows + factor / 2, height)[:, None]
    column = np.minimum(columns + factor / 2, width)[None]
    return light, directions_at(row, column, height, width)


def directions_at(row: Array, column: Array, height: int, width: int) -> Array:
    """Return the directions of places in a panorama, (..., 3)."""
    polar, azimuth = polar_angle(row, height), azimuth_angle(column, width)
    parts = unit_vector(np.sin(polar), np.cos(polar), np.cos(azimuth), np.sin(azimuth))
    return np.stack(np.broadcast_arrays(*parts), axis=-1)
