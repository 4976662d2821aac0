"""Split a panorama into a dome and lights of the same energy.

    P = dome + T        T w summed over a lamp: the energy of its light

P  panorama     T  what is taken out     w  solid angle

In the place of a lamp, the dome continues the light of its surroundings (``fill.py``)
and is never brighter than the panorama. What is taken out becomes a light
(``shape.py``). Everything else stays as it is, bit for bit.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hdr_core.checks import require_within
from hdr_core.errors import OptionError, PlateError
from hdr_core.panorama.angles import pixel_directions, polar_edges, row_solid_angles
from hdr_core.panorama.interval import EnergyInterval
from hdr_core.panorama.light_map import LightMap
from hdr_core.panorama.sources import find_sources
from hdr_core.plate import Pixels
from hdr_core.rig.check import check_rig
from hdr_core.rig.compact import cut_lamps, measure_levels
from hdr_core.rig.fill import fill_holes
from hdr_core.rig.lamps import Labels, Lamps, find_lamps, limit_glow
from hdr_core.rig.lights import RigLight
from hdr_core.rig.panorama import Panorama
from hdr_core.rig.rig import Rig, clamp_dome
from hdr_core.rig.shape import SUN_DEG, make_light
from hdr_core.rig.turned_sun import MANY_DIRECTIONS, turn_sun

Array = NDArray[np.float64]

MOST_LIGHTS = 32
# Largest relative difference of irradiance on 64 surfaces.
PROMISED = 0.01
# Differences that one lamp may make, tried until the sum keeps the promise.
BUDGETS = (0.01, 0.005, 0.002, 0.0008, 0.0003)


@dataclass(frozen=True)
class SplitOptions:
    """What becomes a light.

    Attributes:
        lights: "sun", "all", or the number of lamps to take, the strongest first.
        least_share: Share of all light, in [0, 1]. Weaker lamps stay in the dome.
        dome_max: Largest luminance of the dome, in the unit of the file. Light above it
            goes to the nearest light. None means no limit.
        sun_deg: Angular diameter of the sun in degrees. None means 0.53 with "sun", and
            the size that it has in the panorama otherwise.

    Raises:
        OptionError: A value is out of its range.
    """

    lights: Literal["sun", "all"] | int = "all"
    least_share: float = 0.005
    dome_max: float | None = None
    sun_deg: float | None = None

    def __post_init__(self) -> None:
        """Raise OptionError for values out of their range."""
        require_within(100 * self.least_share, 0.0, 100.0, name="least-share")
        if isinstance(self.lights, int):
            require_within(self.lights, 1, MOST_LIGHTS, name="lights")
        if self.sun_deg is not None:
            require_within(self.sun_deg, 0.01, 90.0, name="sun-angle")
        if self.dome_max is not None and not self.dome_max > 0.0:
            raise OptionError(f"dome-max: must be above 0, is {self.dome_max:g}.")

    @property
    def sun_size(self) -> float:
        """Angular diameter of the sun's light in degrees; 0 keeps the measured one."""
        return self.sun_deg or (SUN_DEG if self.lights == "sun" else 0.0)


def split(panorama: Panorama, options: SplitOptions) -> Rig:
    """Return dome and lights of a panorama.

    Raises:
        OptionError: A sun is asked for and there is none, or ``dome_max`` has no light
            to take what is above it.
        PlateError: The panorama has no light at all.
    """
    if panorama.light_map.total() <= 0.0:
        raise PlateError(f"{panorama.path}: is black. Choose another panorama.")
    lamps, sun = choose_lamps(panorama, options)
    labels = _cut(panorama, lamps.labels, sun, options.sun_size)
    is_narrow = bool(sun) and not (labels == sun).any()
    if is_narrow:
        # The sun is asked for: it is as narrow as it shall be, whatever it changes.
        labels = np.where(lamps.labels == sun, lamps.labels, labels)
        measured = _cut(panorama, labels, sun, 0.0)
        labels = measured if (measured == sun).any() else labels
    rig = _make_rig(panorama, labels, sun, options.sun_size)
    rig = replace(rig, notes=_notes(lamps, rig, is_narrow=is_narrow))
    if options.dome_max is not None:
        rig = clamp_dome(rig, options.dome_max)
    return turn_sun(rig) if options.lights == "sun" else rig


def _cut(panorama: Panorama, labels: Labels, sun: int, sun_deg: float) -> Labels:
    """Return the largest parts of lamps with which the rig keeps the irradiance."""
    light_map = panorama.light_map
    levels = measure_levels(labels, light_map, sun=sun, sun_deg=sun_deg)
    kept = labels
    for budget in BUDGETS:
        kept = cut_lamps(labels, light_map, levels, budget)
        if _make_rig(panorama, kept, sun, sun_deg).check.worst <= PROMISED:
            break
    return kept


def _make_rig(panorama: Panorama, labels: Labels, sun: int, sun_deg: float) -> Rig:
    """Return the rig whose lights stand for the cells with labels."""
    cells = panorama.light_map.factor
    wide = np.repeat(np.repeat(labels, cells, axis=0), cells, axis=1)
    wide = wide[: len(panorama.pixels), : panorama.pixels.shape[1]]
    dome = panorama.pixels.copy()
    is_hole = wide > 0
    dome[is_hole] = np.minimum(dome[is_hole], fill_holes(panorama.pixels, is_hole))
    lights = make_lights(panorama, dome, wide, sun=sun, sun_deg=sun_deg)
    lights = tuple(
        replace(light, name=light.name or f"lamp_{number:02d}")
        for number, light in enumerate(_strongest_first(lights), start=1)
    )
    return Rig(panorama, dome, lights, check_rig(panorama.pixels, dome, lights))


def choose_lamps(panorama: Panorama, options: SplitOptions) -> tuple[Lamps, int]:
    """Return the lamps that become lights, and the number of the sun; 0 for none."""
    light_map = panorama.light_map
    most = options.lights if isinstance(options.lights, int) else MOST_LIGHTS
    lamps = find_lamps(light_map, least_share=options.least_share, most=most)
    sun = _sun_of(lamps.labels, light_map)
    labels = lamps.labels
    if options.lights == "sun":
        if sun == 0:
            raise OptionError(
                f"lights: {panorama.path.name} shows no sun. Choose --lights all; "
                "--add-sun adds a sun to it."
            )
        labels = np.where(labels == sun, labels, 0)
    if sun:
        labels = limit_glow(labels, sun, light_map)
    return replace(lamps, labels=labels), sun


def _sun_of(labels: Labels, light_map: LightMap) -> int:
    """Return the number of the lamp that ``find_sources`` takes for the sun, or 0."""
    sun = next((one for one in find_sources(light_map) if one.is_sun), None)
    if sun is None:
        return 0
    near = light_map.directions() @ np.asarray(sun.direction)
    return int(labels.ravel()[int(np.where(labels > 0, near, -1.0).argmax())])


def make_lights(
    panorama: Panorama,
    dome: Pixels,
    labels: Labels,
    *,
    sun: int,
    sun_deg: float,
) -> tuple[RigLight, ...]:
    """Return the lights for what ``dome`` lacks, one for each number in ``labels``.

    Lamps have no name yet.
    """
    height, width = labels.shape
    areas = row_solid_angles(polar_edges(height), width)
    directions = pixel_directions(height, width)
    lights: list[RigLight] = []
    for lamp in range(1, int(labels.max()) + 1):
        rows, columns = np.nonzero(labels == lamp)
        light = panorama.pixels[rows, columns].astype(np.float64)
        taken: Array = (light - dome[rows, columns]) * areas[rows, None]
        luminance = np.maximum(panorama.luminance(taken), 0.0)
        if luminance.sum() <= 0.0:
            continue
        is_sun = lamp == sun
        made = make_light(
            "sun" if is_sun else "",
            taken,
            directions[rows, columns],
            luminance,
            share=float(luminance.sum()) / panorama.light_map.total(),
            sun_deg=sun_deg if is_sun else None,
        )
        interval = _interval(panorama, made, labels == lamp, float(luminance.sum()))
        lights.append(replace(made, interval=interval))
    return tuple(lights)


def _interval(
    panorama: Panorama, light: RigLight, pixels: NDArray[np.bool_], taken: float
) -> EnergyInterval | None:
    """Return how far the luminance of a light is known; None if nothing says it.

    Args:
        panorama: What is split.
        light: The light.
        pixels: Mask of the pixels that it was taken from, (H, W).
        taken: Luminance that was taken from them.
    """
    if panorama.span is None:
        return None
    factor = panorama.light_map.factor
    cells = pixels[::factor, ::factor]
    # The dome keeps what it keeps: all that is uncertain belongs to the light.
    kept = float(panorama.light_map.light[cells].sum()) - taken
    facing = panorama.light_luminance(light.irradiance) / taken
    return panorama.span.within(cells).scaled(facing, -kept)


def _strongest_first(lights: tuple[RigLight, ...]) -> list[RigLight]:
    return sorted(lights, key=lambda light: -light.share)


def _notes(lamps: Lamps, rig: Rig, *, is_narrow: bool) -> tuple[str, ...]:
    """Return notes on what stays in the dome."""
    notes = [
        f"a source of {size:.2g} sr is too large for a lamp and stays in the dome"
        for size in lamps.too_large
    ]
    if is_narrow:
        check = check_rig(
            rig.panorama.pixels, rig.dome, rig.lights, n_directions=MANY_DIRECTIONS
        )
        notes.append(
            "the sun of the panorama is wider than its light: surfaces that it grazes "
            f"get up to {100 * check.worst:.2g} % more or less"
        )
    if not rig.lights:
        notes.append("no lamp is bright enough: the dome is the whole panorama")
    return tuple(notes)
