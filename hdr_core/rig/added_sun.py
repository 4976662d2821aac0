"""A sun that the panorama lost, as a light of its own.

    E_sun sin(h) = pi Y / a - E        a: likely reflectance of the ground

E_sun  irradiance on a surface that faces the sun    h  its elevation
Y      luminance of the ground                       E  illuminance of the ground

The ground of the panorama was there when its sun shone. So the sun has the light that
makes the ground's reflectance a likely one. The interval of reflectances gives an
interval of suns. The light is invented: the panorama shows only its effect.

The direction may be asked for. In a sky with a white region it is the place deep inside
of that (``panorama/white.py``). Else it is the middle of the glow, the part of the sky
that is brightest against the rest of its elevation when blurred by about 10 degrees.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hdr_core.checks import require_within
from hdr_core.errors import OptionError
from hdr_core.panorama.ground import ground_illuminance, ground_luminance
from hdr_core.panorama.light_map import LightMap
from hdr_core.panorama.white import deepest
from hdr_core.rig.check import directions_at
from hdr_core.rig.lights import RigLight, axes_of
from hdr_core.rig.panorama import Panorama
from hdr_core.rig.rig import Rig
from hdr_core.rig.shape import SUN_DEG

Array = NDArray[np.float64]

# Reflectance of the ground in 74 training panoramas outdoors by day: the median, and
# the percentiles 16 and 84.
REFLECTANCE, LEAST_REFLECTANCE, MOST_REFLECTANCE = 0.12, 0.05, 0.24
# Elevations and azimuths of the map on which the glow is found, in degrees.
_STEP_DEG = 3.0
_BLUR_DEG = 10.0
# The glow, blurred, is at least this part of the median of the sky.
_LEAST_GLOW = 0.2
_HIGH_DEG = 60.0
# A sun this low has almost no light on the ground, in degrees.
LOWEST_DEG = 2.0


Place = Literal["request", "white", "glow"]


@dataclass(frozen=True)
class SunRequest:
    """A sun to add.

    Attributes:
        azimuth_deg: Angle from ahead to the left; None means by the sky.
        elevation_deg: Angle above the horizon; None means by the sky.
        lux: Illuminance on a surface that faces the sun, in the unit that
            ``unit_nits`` says; None means by the ground.
    """

    azimuth_deg: float | None = None
    elevation_deg: float | None = None
    lux: float | None = None

    @classmethod
    def parse(cls, text: str) -> "SunRequest":
        """Return the request of a text: AZIMUTH,ELEVATION or auto, then maybe :LUX.

        Raises:
            OptionError: The text has another form, or a number is out of its range.
        """
        place, _, energy = text.partition(":")
        try:
            lux = float(energy) if energy else None
            numbers = [] if place == "auto" else [float(n) for n in place.split(",")]
        except ValueError:
            numbers = [math.nan]
            lux = None
        if len(numbers) not in {0, 2} or not all(map(math.isfinite, numbers)):
            raise OptionError(
                f"add-sun: cannot read {text!r}. Write AZIMUTH,ELEVATION or auto, and "
                ":LUX after it if it is known, such as 40,32:80000."
            )
        if lux is not None and not 0.0 < lux < math.inf:
            raise OptionError(f"add-sun: needs a LUX above 0, found {lux:g}.")
        if not numbers:
            return cls(lux=lux)
        require_within(numbers[0], -360.0, 360.0, name="add-sun azimuth")
        require_within(numbers[1], LOWEST_DEG, 90.0, name="add-sun elevation")
        return cls(numbers[0], numbers[1], lux)


@dataclass(frozen=True)
class AddedSun:
    """A sun that was added.

    Attributes:
        light: The light; it is white.
        placed_by: What says where it is: "request", or of the sky "white" or "glow".
        least: The weakest likely sun, as the irradiance on a surface that faces it, in
            the unit of the panorama; None if the strength was given.
        most: The strongest likely sun; None if the strength was given.
    """

    light: RigLight
    placed_by: Place
    least: float | None
    most: float | None


def add_sun(
    rig: Rig, request: SunRequest, *, unit_nits: float, sun_deg: float | None = None
) -> tuple[Rig, AddedSun]:
    """Return a rig with a sun of its own that the panorama does not show.

    Args:
        rig: Dome and lights.
        request: Where the sun is, and how strong.
        unit_nits: Luminance in cd/m2 of the value 1 in the panorama.
        sun_deg: Angular diameter; None means 0.53 degree.

    Raises:
        OptionError: The rig has a sun, the sky has no glow, or the ground is not
            brighter than the light of the panorama explains.
    """
    if any(light.is_sun for light in rig.lights):
        raise OptionError(
            f"add-sun: {rig.panorama.path.name} shows a sun, and two would be wrong."
        )
    light_map = rig.panorama.light_map
    direction, placed_by = _direction(request, rig.panorama)
    if request.lux is not None:
        energy, least, most = request.lux / unit_nits, None, None
    else:
        energy, least, most = _by_ground(light_map, float(direction[2]))
    side, _ = axes_of(direction)
    light = RigLight(
        name="added_sun",
        shape="distant",
        direction=(float(direction[0]), float(direction[1]), float(direction[2])),
        side=(float(side[0]), float(side[1]), float(side[2])),
        size=(math.radians(sun_deg or SUN_DEG),) * 2,
        irradiance=(energy, energy, energy),
        share=0.0,
        is_sun=True,
        is_invented=True,
    )
    note = "added_sun is invented: the panorama does not show it"
    added = replace(rig, lights=(light, *rig.lights), notes=(*rig.notes, note))
    return added, AddedSun(light, placed_by, least, most)


def glow_direction(light_map: LightMap) -> Array | None:
    """Return the direction of the glow of a hidden sun, (3,); None for an even sky.

    Args:
        light_map: Luminance of the panorama.
    """
    luminance, areas, directions = _sky(light_map)
    excess = (luminance - _even_sky(luminance, directions)).ravel()
    toward, areas = directions.reshape(-1, 3), areas.ravel()
    kernel = np.exp((toward @ toward.T - 1.0) / math.radians(_BLUR_DEG) ** 2)
    blurred = (kernel @ (excess * areas)) / (kernel @ areas)
    peak = int(blurred.argmax())
    if blurred[peak] < _LEAST_GLOW * float(np.median(luminance)):
        return None
    weights = kernel[peak] * np.maximum(excess - blurred[peak] / 2, 0.0) * areas
    middle = weights @ toward
    return np.asarray(middle / np.linalg.norm(middle))


def _even_sky(luminance: Array, directions: Array) -> Array:
    """Return the sky without a glow, (h, 1): it may change with the elevation.

    That is the median around each row. Near the zenith a row is inside of the glow, so
    rows above have the light of the row at ``_HIGH_DEG``.
    """
    even = np.median(luminance, axis=1, keepdims=True)
    is_high = directions[:, 0, 2] > math.sin(math.radians(_HIGH_DEG))
    even[is_high] = even[min(int(is_high.sum()), len(even) - 1)]
    return even


def _sky(light_map: LightMap) -> tuple[Array, Array, Array]:
    """Return luminance (h, w), solid angle and direction (h, w, 3) of coarse cells."""
    height, width = light_map.light.shape
    step = max(1, round(height * _STEP_DEG / 180.0))
    rows = np.arange(0, height // 2, step)
    columns = np.arange(0, width, step)
    light = np.add.reduceat(light_map.light[: height // 2], rows, axis=0)
    light = np.add.reduceat(light, columns, axis=1)
    area = np.broadcast_to(light_map.solid_angle, light_map.light.shape)
    area = np.add.reduceat(area[: height // 2], rows, axis=0)
    area = np.add.reduceat(area, columns, axis=1)
    toward = directions_at(
        np.minimum(rows + step / 2, height / 2)[:, None],
        np.minimum(columns + step / 2, width)[None],
        height,
        width,
    )
    return light / area, area, toward


def _direction(request: SunRequest, panorama: Panorama) -> tuple[Array, Place]:
    """Return the direction of the sun, and what says it."""
    if request.azimuth_deg is not None and request.elevation_deg is not None:
        azimuth = math.radians(request.azimuth_deg)
        elevation = math.radians(request.elevation_deg)
        level = math.cos(elevation)
        parts = level * math.cos(azimuth), level * math.sin(azimuth)
        return np.array([*parts, math.sin(elevation)]), "request"
    lowest = math.sin(math.radians(LOWEST_DEG))
    deep = deepest(panorama.white)
    if deep is not None and deep[2] >= lowest:
        return np.array(deep), "white"
    glow = glow_direction(panorama.light_map)
    if glow is None or glow[2] < lowest:
        raise OptionError(
            "add-sun: the sky has neither a white region nor a glow that shows where "
            "the sun is. Give AZIMUTH,ELEVATION, by the shadows on the ground."
        )
    return glow, "glow"


def _by_ground(light_map: LightMap, sine: float) -> tuple[float, float, float]:
    """Return the likely irradiance by the sun, the least and the most."""
    ground, light = ground_luminance(light_map), ground_illuminance(light_map)
    likely, least, most = (
        max(math.pi * ground / reflectance - light, 0.0) / sine
        for reflectance in (REFLECTANCE, MOST_REFLECTANCE, LEAST_REFLECTANCE)
    )
    if likely <= 0.0:
        found = math.pi * ground / light if light > 0.0 else math.inf
        raise OptionError(
            f"add-sun: the ground is no brighter than the sky explains (reflectance "
            f"{found:.2f}). Give the sun's illuminance as :LUX."
        )
    return likely, least, most
