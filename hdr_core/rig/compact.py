"""Keep of each lamp only what an even light can stand for.

A region of light may be wide, bent or scattered. Then an even disc or rectangle of the
same energy gives another irradiance to surfaces that it grazes. So each lamp keeps the
pixels above a level, and the level rises by one stop at a time until

    |E_light(n) - E_lamp(n)| <= budget E(n)        on 128 surfaces n

E_lamp   irradiance by what would be taken out
E_light  irradiance by the light that replaces it
E        irradiance by the whole panorama

The rest of the lamp stays in the dome. A lamp for which no level suffices stays there
as a whole.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr_core.panorama.light_map import LightMap
from hdr_core.panorama.sources import source_level
from hdr_core.rig.check import directions_at, even_directions
from hdr_core.rig.lamps import Labels
from hdr_core.rig.shape import make_light

Array = NDArray[np.float64]

_N_NORMALS = 128
# Cells of the map whose light is summed as one, along each axis.
_CELLS = 4
# Parts along each axis of a cell of a lamp that has less cells than ``_MANY``.
_PARTS, _MANY = 3, 4096


@dataclass(frozen=True)
class LampLevels:
    """The levels at which a lamp can be cut, and what an even light does to it there.

    Attributes:
        levels: Luminance, rising.
        errors: Largest difference of irradiance by an even light, relative to the
            irradiance of the panorama, for what is above each level.
    """

    levels: Array
    errors: Array

    def lowest(self, budget: float) -> float:
        """Return the lowest level with an error within ``budget``; inf if none has."""
        within = np.flatnonzero(self.errors <= budget)
        return float(self.levels[within[0]]) if len(within) else math.inf


def measure_levels(
    labels: Labels, light_map: LightMap, *, sun: int, sun_deg: float
) -> dict[int, LampLevels]:
    """Return the levels of each lamp.

    Args:
        labels: Number of the lamp of each cell, (h, w).
        light_map: Luminance of the panorama.
        sun: Number of the sun; 0 for none.
        sun_deg: Angular diameter of the sun's light; 0 takes that of the lamp.
    """
    normals = even_directions(_N_NORMALS)
    whole = _irradiance(light_map, light_map.directions(), normals)
    whole = np.maximum(whole, 1e-300)
    least = source_level(light_map)
    result = {}
    for lamp in range(1, int(labels.max()) + 1):
        rows, columns = np.nonzero(labels == lamp)
        if len(rows) == 0:
            continue
        cells = _cells(light_map, rows, columns)
        luminance = cells[0]
        steps = max(1, math.ceil(math.log2(float(luminance.max()) / least)))
        levels: Array = least * np.exp2(np.arange(steps, dtype=float))
        size = sun_deg if lamp == sun else None
        errors = [
            (_differences(*cells, level=level, sun_deg=size) / whole).max()
            for level in levels
        ]
        result[lamp] = LampLevels(levels, np.array(errors, float))
    return result


def cut_lamps(
    labels: Labels, light_map: LightMap, levels: dict[int, LampLevels], budget: float
) -> Labels:
    """Return the labels of what each lamp keeps if it may make an error ``budget``."""
    cut = np.full(int(labels.max()) + 1, math.inf)
    for lamp, found in levels.items():
        cut[lamp] = found.lowest(budget)
    return np.where(light_map.luminance > cut[labels], labels, 0)


def _cells(
    light_map: LightMap, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[Array, Array, Array]:
    """Return luminance, light and direction of parts of cells, (n,), (n,), (n, 3).

    A cell may hold a whole sun, so its area counts: small lamps have several parts.
    """
    height, width = light_map.light.shape
    side = _PARTS if len(rows) < _MANY else 1
    offsets = (np.arange(side) + 0.5) / side
    toward = [
        directions_at(rows + down, columns + right, height, width)
        for down in offsets
        for right in offsets
    ]
    luminance = np.tile(light_map.luminance[rows, columns], side**2)
    light = np.tile(light_map.light[rows, columns] / side**2, side**2)
    return luminance, light, np.concatenate(toward)


def _differences(
    luminance: Array,
    light: Array,
    directions: Array,
    *,
    level: float,
    sun_deg: float | None,
) -> Array:
    """Return |E_light - E_lamp| on all surfaces, (n,), for a lamp cut at a level."""
    normals = even_directions(_N_NORMALS)
    kept = luminance > level
    # Nearly what the fill leaves: the border of the hole has this level.
    taken = light[kept] * (1.0 - level / luminance[kept])
    made = make_light(
        "",
        np.repeat(taken[:, None], 3, axis=1),
        directions[kept],
        taken,
        share=0.0,
        sun_deg=sun_deg,
    )
    facing = np.maximum(normals @ directions[kept].T, 0.0) @ taken
    return np.abs(made.irradiance_on(normals)[:, 0] - facing)


def _irradiance(light_map: LightMap, directions: Array, normals: Array) -> Array:
    """Return the irradiance of the whole panorama on surfaces, (n,)."""
    total = np.zeros(len(normals))
    columns = np.arange(0, light_map.light.shape[1], _CELLS)
    for light, row in zip(light_map.light, directions, strict=True):
        summed = np.add.reduceat(light, columns)
        middle = np.add.reduceat(row * light[:, None], columns)
        middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-300)
        total += np.maximum(normals @ middle.T, 0.0) @ summed
    return total
