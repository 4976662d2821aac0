"""What a panorama says about its own scale: its sun, and its ground."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdr_core.panorama.clear_sky import SunCheck
    from hdr_core.panorama.irradiance import PanoramaLight


def scale_lines(found: "PanoramaLight", unit_nits: float) -> list[str]:
    """Return lines on the ground and the sun, beside what is likely."""
    from hdr_core.panorama.ground import MOST_REFLECTANCE

    reflectance = found.ground_reflectance
    text = f"reflectance  {reflectance:.2f} of the ground, by its light"
    if reflectance > MOST_REFLECTANCE:
        text += (
            ", which is impossible: the panorama lacks light, such as a sun. Add one "
            "with --split DIR --add-sun auto"
        )
    lines = [text]
    if (check := sun_check(found)) is not None:
        lines += _sun_lines(check, unit_nits)
    return lines


def _sun_lines(check: "SunCheck", unit_nits: float) -> list[str]:
    """Return lines on the sun beside that of a clear sky."""
    scale = check.clear_lux / check.lux
    return [
        f"sun          {check.lux * unit_nits:.3g} lux facing it; a clear sky would "
        f"give {check.clear_lux:.3g} at {check.elevation_deg:.0f} degrees. They agree "
        f"if 1 = {scale:.3g} cd/m2",
        f"sun to sky   {check.ratio:.2g} : 1 on the ground; a clear sky would give "
        f"{check.clear_ratio:.2g} : 1",
    ]


def sun_check(found: "PanoramaLight") -> "SunCheck | None":
    """Return the sun beside that of a clear sky; None without a sun, or a low one."""
    from hdr_core.panorama.clear_sky import check_sun

    if (sun := found.sun) is None:
        return None
    return check_sun(sun.elevation_deg, lux=sun.irradiance, ground_lux=found.ground)


def sun_as_json(found: "PanoramaLight", unit_nits: float) -> dict[str, object] | None:
    """Return the check of the sun for JSON; lux is in the unit ``unit_nits``."""
    if (check := sun_check(found)) is None:
        return None
    content = asdict(check) | {"lux": check.lux * unit_nits}
    return content | {"ratio": check.ratio if math.isfinite(check.ratio) else None}
