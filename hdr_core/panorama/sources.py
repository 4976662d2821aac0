"""Sources of light in a panorama: where they are, how large, how bright; and the sun.

A source is a connected region much brighter than the panorama is on the whole, down to
a hundredth of its peak; what glows around it is a source by itself. Its direction is
the middle of its core, where it has half of its peak.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr_core.panorama.geometry import (
    pixel_directions,
    polar_angle,
    polar_edges,
    row_solid_angles,
)

Map = NDArray[np.float64]

# A source is so many times brighter than the mean of the panorama whose brightest
# twentieth is dimmed to the rest.
SOURCE_LEVEL = 4.0
CAPPED_SHARE = 0.05
# Of all light; weaker sources are not listed.
LEAST_SHARE = 0.002
MOST_SOURCES = 32
CORE_LEVEL = 0.5
LAMP_LEVEL = 0.01
# The sun's disc has 6.8e-5 sr; its core in a panorama, blurred or clipped, has more.
SUN_CORE_SR = 6e-3
SUN_SHARE = 0.1
# Around the sun there is bright sky, around a lamp a ceiling.
SKY_RING_DEG = (4.0, 25.0)
SKY_LEVEL = 0.75
SUN_LOWEST = -0.05


@dataclass(frozen=True)
class LightSource:
    """One source.

    Attributes:
        direction: Unit vector, +x ahead, +y left, +z up.
        azimuth_deg: From ahead to the left, -180 to 180.
        elevation_deg: Above the horizon.
        solid_angle_sr: Of all of it.
        luminance: Mean over it.
        irradiance: On a surface that faces it: luminance times solid angle.
        share: Of the panorama's light, summed over all directions.
        ground_share: Of the light on a horizontal ground.
        is_sun: The one source that looks like the sun.
    """

    direction: tuple[float, float, float]
    azimuth_deg: float
    elevation_deg: float
    solid_angle_sr: float
    luminance: float
    irradiance: float
    share: float
    ground_share: float
    is_sun: bool


@dataclass(frozen=True)
class LightMap:
    """Luminance of a panorama, reduced by a whole factor, and exact in sum.

    Attributes:
        light: Luminance times solid angle of each cell, (h, w).
        solid_angle: Of each cell of a row, (h, 1), in steradian.
        factor: Pixels along a cell's side.
    """

    light: Map
    solid_angle: Map
    factor: int
    _pixel_sr: Map

    @classmethod
    def empty(cls, height: int, width: int, most_width: int) -> "LightMap":
        """Return the map of a panorama without light."""
        factor = max(1, math.ceil(width / most_width))
        size = math.ceil(height / factor), math.ceil(width / factor)
        edges = np.minimum(np.arange(size[0] + 1) * factor, height)
        cells = row_solid_angles(polar_angle(edges, height), size[1])
        return cls(
            light=np.zeros(size),
            solid_angle=cells[:, None],
            factor=factor,
            _pixel_sr=row_solid_angles(polar_edges(height), width),
        )

    def add(self, luminance: Map, rows: slice) -> None:
        """Add the ``rows`` of a panorama, (n, W) luminance."""
        weighted = luminance * self._pixel_sr[rows, None]
        starts = np.arange(0, luminance.shape[1], self.factor)
        columns = np.add.reduceat(weighted, starts, axis=1)
        np.add.at(self.light, np.arange(rows.start, rows.stop) // self.factor, columns)

    @property
    def luminance(self) -> Map:
        """Mean luminance of each cell, (h, w)."""
        return self.light / self.solid_angle

    def total(self) -> float:
        """Luminance integrated over the sphere."""
        return float(self.light.sum())

    def directions(self) -> Map:
        """Return the direction of each cell, (h, w, 3), unit vectors."""
        return pixel_directions(*self.light.shape)


def find_sources(light_map: LightMap) -> tuple[LightSource, ...]:
    """Return the sources of a panorama, the strongest first."""
    luminance = light_map.luminance
    level = SOURCE_LEVEL * _usual_level(luminance, light_map.solid_angle)
    labels = connected(luminance > level)
    if not labels.any():
        return ()
    directions = light_map.directions()
    brightest = int(luminance.argmax())
    sources = [
        _describe(part, light_map, directions, can_be_sun=part.ravel()[brightest])
        for part in _parts(labels, light_map)
    ]
    strongest = sorted(sources, key=lambda source: -source.irradiance)
    return tuple(strongest[:MOST_SOURCES])


def _parts(
    labels: NDArray[np.int64], light_map: LightMap
) -> Iterator[NDArray[np.bool_]]:
    """Yield each region in two: what is about its peak, and the glow around that."""
    least = LEAST_SHARE * light_map.total()
    lit = np.bincount(labels.ravel(), weights=light_map.light.ravel())
    for label in np.flatnonzero(lit >= least):
        if label:
            region = labels == label
            lamp = _around_peak(region, light_map.luminance, LAMP_LEVEL)
            for part in (lamp, region & ~lamp):
                if light_map.light[part].sum() >= least:
                    yield part


def connected(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the number of each connected region, 0 outside, (h, w).

    Neighbours are those at the sides and corners; columns wrap.
    """
    index = np.zeros(mask.shape, np.int64)
    index[mask] = np.arange(1, int(mask.sum()) + 1)
    pairs = [(index, np.roll(index, -1, axis=1))]
    below = index[1:]
    pairs += [(index[:-1], np.roll(below, turn, axis=1)) for turn in (-1, 0, 1)]
    one = np.concatenate([a.ravel() for a, _ in pairs])
    other = np.concatenate([b.ravel() for _, b in pairs])
    both = (one > 0) & (other > 0)
    one, other = one[both], other[both]
    parent = np.arange(index.max() + 1)
    while (parent[one] != parent[other]).any():
        least = np.minimum(parent[one], parent[other])
        np.minimum.at(parent, parent[one], least)
        np.minimum.at(parent, parent[other], least)
        while (parent != parent[parent]).any():
            parent = parent[parent]
    return np.unique(parent, return_inverse=True)[1][index]


def _usual_level(luminance: Map, solid_angle: Map) -> float:
    """Return the mean luminance, the brightest twentieth of the sphere dimmed."""
    weights = np.broadcast_to(solid_angle, luminance.shape).ravel()
    values = luminance.ravel()
    order = np.argsort(values)
    covered = np.cumsum(weights[order])
    place = np.searchsorted(covered, (1.0 - CAPPED_SHARE) * covered[-1])
    cap = values[order[min(int(place), len(order) - 1)]]
    return float((np.minimum(values, cap) * weights).sum() / covered[-1])


def _around_peak(
    region: NDArray[np.bool_], luminance: Map, level: float
) -> NDArray[np.bool_]:
    """Return the part of a region about its peak, above ``level`` times that."""
    held = np.where(region, luminance, 0.0)
    labels = connected(held >= level * held.max())
    return np.asarray(labels == labels.ravel()[int(held.argmax())])


def _describe(
    region: NDArray[np.bool_], light_map: LightMap, directions: Map, *, can_be_sun: bool
) -> LightSource:
    core = _around_peak(region, light_map.luminance, CORE_LEVEL)
    middle = (light_map.light[core][:, None] * directions[core]).sum(axis=0)
    middle /= max(float(np.linalg.norm(middle)), 1e-12)
    x, y, z = (float(part) for part in middle)
    light = float(light_map.light[region].sum())
    solid_angle = float(
        np.broadcast_to(light_map.solid_angle, region.shape)[region].sum()
    )
    share = light / light_map.total()
    upward = light_map.light * np.maximum(directions[..., 2], 0.0)
    ground = float(upward.sum())
    looks_so = share >= SUN_SHARE and _is_sun(core, middle, light_map, directions)
    return LightSource(
        direction=(x, y, z),
        azimuth_deg=math.degrees(math.atan2(y, x)),
        elevation_deg=math.degrees(math.asin(min(max(z, -1.0), 1.0))),
        solid_angle_sr=solid_angle,
        luminance=light / solid_angle,
        irradiance=light,
        share=share,
        ground_share=float(upward[region].sum()) / ground if ground else 0.0,
        is_sun=can_be_sun and looks_so,
    )


def _is_sun(
    core: NDArray[np.bool_], middle: Map, light_map: LightMap, directions: Map
) -> bool:
    """Tell whether a core is small, not below the horizon, and in bright sky."""
    cells = np.broadcast_to(light_map.solid_angle, core.shape)
    if middle[2] < SUN_LOWEST or float(cells[core].sum()) > SUN_CORE_SR:
        return False
    apart = np.degrees(np.arccos(np.clip(directions @ middle, -1.0, 1.0)))
    ring = (apart > SKY_RING_DEG[0]) & (apart < SKY_RING_DEG[1])
    luminance = light_map.luminance
    usual = _usual_level(luminance, light_map.solid_angle)
    return bool(np.median(luminance[ring]) >= SKY_LEVEL * usual)
