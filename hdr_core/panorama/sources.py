"""Light sources of a panorama: direction, size, brightness, and which one is the sun.

A source is a connected region that is much brighter than the whole panorama. It ends at
a hundredth of its peak; the glow around that counts as a source of its own. The
direction of a source is the middle of its core, the part above half of its peak.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hdr_core.panorama.interval import EnergyInterval, LightSpan
from hdr_core.panorama.light_map import LightMap, Map

# A source is this many times brighter than the mean luminance, for which the brightest
# share of the sphere is limited to the level of the rest.
SOURCE_LEVEL = 4.0
CAPPED_SHARE = 0.05
# Share of all light. Weaker sources are not listed.
LEAST_SHARE = 0.002
MOST_SOURCES = 32
CORE_LEVEL = 0.5
LAMP_LEVEL = 0.01
# The disc of the sun has 6.8e-5 sr. Blurred or clipped, it is larger in a panorama.
SUN_CORE_SR = 6e-3
SUN_SHARE = 0.1
# The sun is surrounded by bright sky, a lamp by a ceiling.
SKY_RING_DEG = (4.0, 25.0)
SKY_LEVEL = 0.75
SUN_LOWEST = -0.05


@dataclass(frozen=True)
class LightSource:
    """One light source.

    Attributes:
        direction: Unit vector, +x ahead, +y left, +z up.
        azimuth_deg: Angle from ahead to the left, -180 to 180 degrees.
        elevation_deg: Angle above the horizon, in degrees.
        solid_angle_sr: Solid angle of the source, in steradian.
        luminance: Mean luminance of the source.
        irradiance: Luminance times solid angle: on a surface that faces the source.
        share: Share of the light of all directions, in [0, 1].
        ground_share: Share of the light on a horizontal ground, in [0, 1].
        is_sun: Whether the source is taken for the sun; at most one is.
        interval: How far ``irradiance`` is known; None means that nothing says it.
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
    interval: EnergyInterval | None = None


def source_level(light_map: LightMap) -> float:
    """Return the luminance above which a part of a panorama is a source of light."""
    return SOURCE_LEVEL * _usual_level(light_map.luminance, light_map.solid_angle)


def find_sources(
    light_map: LightMap, span: LightSpan | None = None
) -> tuple[LightSource, ...]:
    """Return the light sources of a panorama, the strongest first.

    Args:
        light_map: Luminance of the panorama.
        span: How far the luminance is known; None means that nothing says it.
    """
    luminance = light_map.luminance
    labels = connected(luminance > source_level(light_map))
    if not labels.any():
        return ()
    directions = light_map.directions()
    brightest = int(luminance.argmax())
    sources = [
        replace(
            _describe(part, light_map, directions, can_be_sun=part.ravel()[brightest]),
            interval=None if span is None else span.within(part),
        )
        for part in _parts(labels, light_map)
    ]
    strongest = sorted(sources, key=lambda source: -source.irradiance)
    return tuple(strongest[:MOST_SOURCES])


def _parts(
    labels: NDArray[np.int64], light_map: LightMap
) -> Iterator[NDArray[np.bool_]]:
    """Yield two parts of each region: the lamp around its peak, and its glow."""
    least = LEAST_SHARE * light_map.total()
    light = np.bincount(labels.ravel(), weights=light_map.light.ravel())
    for label in np.flatnonzero(light >= least):
        if label:
            region = labels == label
            lamp = _around_peak(region, light_map.luminance, LAMP_LEVEL)
            for part in (lamp, region & ~lamp):
                if light_map.light[part].sum() >= least:
                    yield part


def connected(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the number of the connected region of each pixel, (h, w).

    The 8 pixels around a pixel are its neighbors; columns wrap around.

    Args:
        mask: Pixels of regions, (h, w).

    Returns:
        From 1 on; 0 outside of the mask.
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
    """Return the mean luminance, with the brightest twentieth of the sphere limited."""
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
    """Return the part around the peak of a region, above ``level`` times the peak."""
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
    is_sunlike = share >= SUN_SHARE and _is_sun(core, middle, light_map, directions)
    return LightSource(
        direction=(x, y, z),
        azimuth_deg=math.degrees(math.atan2(y, x)),
        elevation_deg=math.degrees(math.asin(min(max(z, -1.0), 1.0))),
        solid_angle_sr=solid_angle,
        luminance=light / solid_angle,
        irradiance=light,
        share=share,
        ground_share=float(upward[region].sum()) / ground if ground else 0.0,
        is_sun=can_be_sun and is_sunlike,
    )


def _is_sun(
    core: NDArray[np.bool_], middle: Map, light_map: LightMap, directions: Map
) -> bool:
    """Return whether a core is small, not below the horizon, and in bright sky."""
    cells = np.broadcast_to(light_map.solid_angle, core.shape)
    if middle[2] < SUN_LOWEST or float(cells[core].sum()) > SUN_CORE_SR:
        return False
    apart = np.degrees(np.arccos(np.clip(directions @ middle, -1.0, 1.0)))
    ring = (apart > SKY_RING_DEG[0]) & (apart < SKY_RING_DEG[1])
    luminance = light_map.luminance
    usual = _usual_level(luminance, light_map.solid_angle)
    return bool(np.median(luminance[ring]) >= SKY_LEVEL * usual)
