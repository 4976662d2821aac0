"""How a picture was exposed, by its Exif."""

import math
from collections.abc import Mapping

TIME, APERTURE, SPEED = "ExposureTime", "FNumber", "Exif:PhotographicSensitivity"


def exposure_stops(metadata: Mapping[str, str | int | float]) -> float | None:
    """Return log2 of time x speed / aperture^2; None if the time is not known.

    Aperture and speed count as unchanged where the header does not name them, so only
    differences between pictures of one camera mean anything.

    Args:
        metadata: As ``take_metadata`` returns it.
    """
    time, aperture, speed = (
        _number(metadata.get(name)) for name in (TIME, APERTURE, SPEED)
    )
    if time is None:
        return None
    stops = math.log2(time) - 2.0 * math.log2(aperture or 1.0)
    return stops + math.log2(speed or 1.0)


def _number(value: object) -> float | None:
    """Return a positive number; None for anything else."""
    if isinstance(value, int | float) and math.isfinite(value) and value > 0:
        return float(value)
    return None
