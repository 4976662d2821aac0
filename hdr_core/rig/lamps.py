"""The regions of a panorama that become lights, one for each lamp.

The light is flooded from its peak down, by one stop at a time. Where the flood meets
an island, a lamp begins. Where two lamps meet, the weaker one is kept if its peak is
``PROMINENCE`` times brighter than the place where they meet; else it joins the stronger
one. The flood ends at the level where sources of light end (``sources.py``), so that a
lamp has its glow.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr_core.panorama.light_map import LightMap, Map
from hdr_core.panorama.sources import connected, source_level

Labels = NDArray[np.int64]

PROMINENCE = 4.0
# Glow farther than this from the middle of a sun stays in the dome, in degrees.
SUN_GLOW_DEG = 10.0
# A region larger than this lights like a sky, not like a lamp, in steradian.
LARGEST_SR = 1.0
_AROUND = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0)]


@dataclass(frozen=True)
class Lamps:
    """The lamps of a panorama.

    Attributes:
        labels: Number of the lamp of each cell, (h, w): 0 for none, and 1 for the
            strongest lamp.
        shares: Share of all light that each lamp has, in [0, 1], the largest first.
        too_large: Solid angles of sources that are larger than ``LARGEST_SR``.
    """

    labels: Labels
    shares: tuple[float, ...]
    too_large: tuple[float, ...] = ()


def find_lamps(light_map: LightMap, *, least_share: float, most: int) -> Lamps:
    """Return the lamps of a panorama.

    Args:
        light_map: Luminance of the panorama.
        least_share: Share of all light, in [0, 1]. A weaker lamp joins a lamp that it
            touches; without one, it is none.
        most: The most lamps.
    """
    level = source_level(light_map)
    labels = _flood(light_map.luminance, level)
    labels = _join_weak(labels, light_map, least_share * light_map.total())
    light = np.bincount(labels.ravel(), weights=light_map.light.ravel())
    area = np.broadcast_to(light_map.solid_angle, labels.shape)
    sizes = np.bincount(labels.ravel(), weights=area.ravel())
    strongest = [int(one) for one in np.argsort(-light) if one and light[one] > 0.0]
    too_large = [one for one in strongest if sizes[one] > LARGEST_SR]
    kept = [one for one in strongest if one not in too_large][:most]
    order = np.zeros(len(light), np.int64)
    order[kept] = np.arange(1, len(kept) + 1)
    shares = light[kept] / max(light_map.total(), 1e-300)
    return Lamps(
        order[labels],
        tuple(float(share) for share in shares),
        tuple(float(sizes[one]) for one in too_large),
    )


def limit_glow(labels: Labels, lamp: int, light_map: LightMap) -> Labels:
    """Return ``labels`` without the part of a lamp that is far from its peak.

    Args:
        labels: Number of the lamp of each cell, (h, w).
        lamp: Number of the lamp, usually a sun.
        light_map: Luminance of the panorama.
    """
    directions = light_map.directions()
    peak = np.where(labels == lamp, light_map.luminance, -np.inf).argmax()
    middle = directions.reshape(-1, 3)[int(peak)]
    is_far = directions @ middle < math.cos(math.radians(SUN_GLOW_DEG))
    return np.where((labels == lamp) & is_far, 0, labels)


def _flood(luminance: Map, least: float) -> Labels:
    """Return the number of the lamp of each cell above ``least``, (h, w)."""
    labels = np.zeros(luminance.shape, np.int64)
    peak = float(luminance.max())
    if peak <= least or least <= 0.0:
        return labels
    births = [math.inf]
    n_levels = math.ceil(math.log2(peak / least))
    for level in [*(peak / 2.0**step for step in range(1, n_levels)), least]:
        islands = connected(luminance > level)
        owners = _owners(islands, labels)
        for island in np.setdiff1d(np.unique(islands), [0, *owners]):
            is_island = islands == island
            labels[is_island] = len(births)
            births.append(float(luminance[is_island].max()))
        _spread(labels, islands)
        for lamps in owners.values():
            strongest = min(lamps, key=lambda lamp: (-births[lamp], lamp))
            weak = [o for o in lamps if births[o] < PROMINENCE * level]
            labels[np.isin(labels, [o for o in weak if o != strongest])] = strongest
    return labels


def _owners(islands: Labels, labels: Labels) -> dict[int, list[int]]:
    """Return the lamps that begin in each island."""
    both = (islands > 0) & (labels > 0)
    pairs = np.unique(np.stack([islands[both], labels[both]], axis=1), axis=0)
    owners: dict[int, list[int]] = {}
    for island, lamp in pairs:
        owners.setdefault(int(island), []).append(int(lamp))
    return owners


def _spread(labels: Labels, islands: Labels) -> None:
    """Spread lamps over their islands, cell by cell; ``labels`` is changed."""
    while True:
        rows, columns = np.nonzero((islands > 0) & (labels == 0))
        found = np.zeros(len(rows), np.int64)
        for down, right in _AROUND:
            row = rows + down
            inside = (row >= 0) & (row < len(labels))
            column = (columns + right) % labels.shape[1]
            beside = np.where(inside, labels[row.clip(0, len(labels) - 1), column], 0)
            found = np.maximum(found, beside)
        if not found.any():
            return
        labels[rows, columns] = found


def _join_weak(labels: Labels, light_map: LightMap, least: float) -> Labels:
    """Return ``labels`` with weak lamps joined to lamps that they touch, or removed."""
    light = np.bincount(labels.ravel(), weights=light_map.light.ravel())
    is_weak = light < least
    is_weak[0] = False
    joined = np.where(is_weak[labels], 0, labels)
    _spread(joined, np.where(is_weak[labels], 1, 0))
    return joined
