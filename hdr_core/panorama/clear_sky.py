"""The illuminance of a clear sky, to judge the sun of a panorama.

    sun  E = 127 500 exp(-0.21 m)                        lux, on a surface that faces it
    sky  E = 800 + 15 500 sin(h)^(1/2)                   lux, on a level ground
    m = 1 / (sin h + 0.50572 (h + 6.07995)^-1.6364)      h in degrees

h  elevation of the sun     m  optical air mass

The values are those of a clear sky at sea level. Haze or dust halve the sun easily; a
mountain adds a fifth.

Sources: sun and sky, IES Calculation Procedures Committee 1984, "Recommended Practice
for the Calculation of Daylight Availability" (IES RP-21), clear sky; air mass, Kasten
and Young 1989, "Revised optical air mass tables".
"""

import math
from dataclasses import dataclass

EXTRATERRESTRIAL_LUX = 127_500.0
EXTINCTION = 0.21
SKY_LUX = (800.0, 15_500.0)
# Below this elevation in degrees, hills and haze decide, and no model helps.
LOWEST_DEG = 2.0


@dataclass(frozen=True)
class SunCheck:
    """The sun of a panorama beside that of a clear sky.

    Attributes:
        elevation_deg: Elevation of the sun.
        lux: Illuminance by the sun on a surface that faces it, in the panorama.
        clear_lux: The same under a clear sky.
        ratio: Illuminance of the ground by the sun over that by everything else.
        clear_ratio: The same under a clear sky.
    """

    elevation_deg: float
    lux: float
    clear_lux: float
    ratio: float
    clear_ratio: float


def air_mass(elevation_deg: float) -> float:
    """Return the optical air mass, 1 for a sun straight above."""
    sine = math.sin(math.radians(elevation_deg))
    return 1.0 / (sine + 0.50572 * math.pow(elevation_deg + 6.07995, -1.6364))


def sun_lux(elevation_deg: float) -> float:
    """Return the illuminance by the sun of a clear sky on a surface that faces it."""
    return EXTRATERRESTRIAL_LUX * math.exp(-EXTINCTION * air_mass(elevation_deg))


def sky_lux(elevation_deg: float) -> float:
    """Return the illuminance of a level ground by a clear sky without its sun."""
    sine = math.sin(math.radians(elevation_deg))
    return SKY_LUX[0] + SKY_LUX[1] * math.sqrt(max(sine, 0.0))


def check_sun(
    elevation_deg: float, *, lux: float, ground_lux: float
) -> SunCheck | None:
    """Compare a sun with that of a clear sky; None if it is too low for that.

    Args:
        elevation_deg: Elevation of the sun.
        lux: Illuminance by the sun on a surface that faces it.
        ground_lux: Illuminance of the ground by everything, also the sun.
    """
    if elevation_deg < LOWEST_DEG:
        return None
    sine = math.sin(math.radians(elevation_deg))
    rest = ground_lux - lux * sine
    return SunCheck(
        elevation_deg=elevation_deg,
        lux=lux,
        clear_lux=sun_lux(elevation_deg),
        ratio=lux * sine / rest if rest > 0.0 else math.inf,
        clear_ratio=sun_lux(elevation_deg) * sine / sky_lux(elevation_deg),
    )
