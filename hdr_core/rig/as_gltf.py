"""The lights of a rig as glTF 2.0 with KHR_lights_punctual.

Punctual lights have no size: a sun becomes a directional light in lux, and a lamp a
point light in candela, whose illuminance at the middle of the rig is that of the lamp.
The dome is named in ``extras``: EXT_lights_image_based takes no latlong map.

Numbers are in the unit of the panorama, and colors in Linear Rec.709, as glTF asks.

Source: KHR_lights_punctual (Khronos), "Light shared properties".
"""

import json
from typing import Any

import numpy as np

from hdr_core.panorama.irradiance import to_rec709
from hdr_core.rig.placed import PlacedLight
from hdr_core.rig.rig import Rig
from hdr_core.version import __version__

EXTENSION = "KHR_lights_punctual"


def to_gltf(rig: Rig, *, dome: str, distance: float, unit_nits: float) -> str:
    """Return the lights of a rig as the text of a .gltf file.

    Args:
        rig: Dome and lights.
        dome: Name of the dome's file, beside this one.
        distance: Distance of the lamps, in meters.
        unit_nits: Luminance in cd/m2 of the value 1 in the panorama.
    """
    placed = [PlacedLight(light, distance) for light in rig.lights]
    content: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": f"hdr_core {__version__}"},
        "scene": 0,
        "scenes": [
            {
                "name": rig.panorama.path.stem,
                "extras": {"dome": dome, "unit_nits": unit_nits},
            }
        ],
    }
    if placed:
        content["scenes"][0]["nodes"] = list(range(len(placed)))
        content["nodes"] = [
            {
                "name": one.light.name,
                "translation": list(one.position),
                "rotation": list(one.rotation_quaternion),
                "extensions": {EXTENSION: {"light": place}},
            }
            for place, one in enumerate(placed)
        ]
        content["extensionsUsed"] = [EXTENSION]
        content["extensions"] = {
            EXTENSION: {"lights": [_punctual(rig, one) for one in placed]}
        }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _punctual(rig: Rig, placed: PlacedLight) -> dict[str, Any]:
    light = placed.light
    energy = np.array([[light.irradiance]])
    rgb = np.maximum(to_rec709(energy, rig.panorama.space)[0, 0], 0.0)
    strength = max(float(rgb.max()), 1e-30)
    is_sun = light.shape == "distant"
    return {
        "name": light.name,
        "type": "directional" if is_sun else "point",
        "color": [float(part) for part in rgb / strength],
        "intensity": strength * (1.0 if is_sun else placed.distance**2),
    }
