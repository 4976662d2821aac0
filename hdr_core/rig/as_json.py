"""A rig as JSON: everything that is known, for any program."""

import json
import math
from typing import Any

from hdr_core.rig.lights import RigLight
from hdr_core.rig.placed import PlacedLight
from hdr_core.rig.rig import Rig
from hdr_core.version import __version__

FORMAT = "hdr_core light rig"
FORMAT_VERSION = 1


def describe_rig(
    rig: Rig, *, dome: str, distance: float, unit_nits: float
) -> dict[str, Any]:
    """Return a rig as numbers, texts and lists.

    Args:
        rig: Dome and lights.
        dome: Name of the dome's file.
        distance: Distance of the lamps, in meters.
        unit_nits: Luminance in cd/m2 of the value 1 in the panorama.
    """
    panorama = rig.panorama
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "software": f"hdr_core {__version__}",
        "panorama": panorama.path.name,
        "color_space": panorama.space,
        "unit_nits": unit_nits,
        "axes": "+x middle column of the panorama, +y left of it, +z up; meters",
        "dome": {"file": dome, "mapping": "latlong"},
        "lights": [
            describe_light(rig, light, distance=distance, unit_nits=unit_nits)
            for light in rig.lights
        ],
        "check": {
            "n_directions": rig.check.n_directions,
            "worst": rig.check.worst,
            "mean": rig.check.mean,
            "worst_color": rig.check.worst_color,
        },
        "notes": list(rig.notes),
    }


def describe_light(
    rig: Rig, light: RigLight, *, distance: float, unit_nits: float
) -> dict[str, Any]:
    """Return one light as numbers and lists."""
    placed = PlacedLight(light, distance)
    luminance = rig.panorama.light_luminance(light.irradiance)
    return {
        "name": light.name,
        "shape": light.shape,
        "is_sun": light.is_sun,
        "is_invented": light.is_invented,
        "direction": list(light.direction),
        "side": list(light.side),
        "azimuth_deg": light.azimuth_deg,
        "elevation_deg": light.elevation_deg,
        "angular_size_deg": [
            math.degrees(2 * math.atan(size / 2) if light.shape == "rect" else size)
            for size in light.size
        ],
        "solid_angle_sr": light.solid_angle_sr,
        "irradiance": list(light.irradiance),
        "radiance": list(light.radiance),
        "lux": luminance * unit_nits,
        "lux_interval": interval_as_json(light, unit_nits),
        "nits": luminance / light.form_factor * unit_nits,
        "share": light.share,
        "distance_m": distance,
        "size_m": list(placed.size),
    }


def interval_as_json(light: RigLight, unit_nits: float) -> dict[str, float] | None:
    """Return the 80 % interval of a light in lux; None if nothing says it."""
    if light.interval is None:
        return None
    held = light.interval.scaled(unit_nits)
    return {"low": held.low, "median": held.median, "high": held.high}


def to_json(rig: Rig, *, dome: str, distance: float, unit_nits: float) -> str:
    """Return a rig as the text of a JSON file."""
    content = describe_rig(rig, dome=dome, distance=distance, unit_nits=unit_nits)
    return json.dumps(content, indent=2, allow_nan=False) + "\n"
