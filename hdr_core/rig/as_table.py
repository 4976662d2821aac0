"""A rig as a text table that any program can read, with one light in each line.

Columns are separated by spaces. Lines that begin with # are comments. Axes are those of
Nuke and USD: Y up, rotation order XYZ, lights shine along -Z.
"""

import math

from hdr_core.rig.placed import PlacedLight
from hdr_core.rig.rig import Rig

COLUMNS = (
    "name",
    "shape",
    "azimuth_deg",
    "elevation_deg",
    "tx",
    "ty",
    "tz",
    "rx",
    "ry",
    "rz",
    "width",
    "height",
    "angle_deg",
    "radiance_r",
    "radiance_g",
    "radiance_b",
    "irradiance_r",
    "irradiance_g",
    "irradiance_b",
)


def to_table(rig: Rig, *, dome: str, distance: float, unit_nits: float) -> str:
    """Return the lights of a rig as a text table.

    Args:
        rig: Dome and lights.
        dome: Name of the dome's file.
        distance: Distance of the lamps, in meters.
        unit_nits: Luminance in cd/m2 of the value 1 in the panorama.
    """
    lines = [
        f"# lights of {rig.panorama.path.name}; the rest of its light is {dome}",
        f"# color space {rig.panorama.space}; 1 = {unit_nits:g} cd/m2; meters, Y up,",
        "# rotation order XYZ, lights shine along -Z, the middle column is +Z",
        "# " + " ".join(COLUMNS),
    ]
    for light in rig.lights:
        placed = PlacedLight(light, distance)
        angle = math.degrees(light.size[0])
        numbers = (
            light.azimuth_deg,
            light.elevation_deg,
            *placed.position,
            *placed.rotation_deg,
            *placed.size,
            math.degrees(2 * math.atan(light.size[0] / 2))
            if light.shape == "rect"
            else angle,
            *light.radiance,
            *light.irradiance,
        )
        numbers_text = " ".join(f"{number + 0.0:.7g}" for number in numbers)
        lines.append(f"{light.name} {light.shape} {numbers_text}")
    return "\n".join(lines) + "\n"
