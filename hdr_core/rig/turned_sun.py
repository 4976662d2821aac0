"""The sun of a rig in the middle of its white region.

A reconstructed sun stands where the light peaks, which is an estimate. If the white
region around it is round, its middle is the better place (``panorama/white.py``).
"""

import math
from dataclasses import replace

import numpy as np

from hdr_core.panorama.white import round_middle
from hdr_core.rig.check import check_rig
from hdr_core.rig.lights import RigLight, Vector
from hdr_core.rig.rig import Rig

# As many surfaces find those that a sun grazes.
MANY_DIRECTIONS = 512
# A smaller turn, in degrees, is below what the white region says.
LEAST_TURN_DEG = 0.2


def turn_sun(rig: Rig) -> Rig:
    """Return the rig with its sun in the middle of its round white region.

    Without a sun, or without such a region, the rig stays the same. The dome and the
    energy of the sun always stay the same.

    Args:
        rig: Dome and lights.
    """
    sun = next((light for light in rig.lights if light.is_sun), None)
    place = None if sun is None else round_middle(rig.panorama.white, sun.direction)
    if sun is None or place is None:
        return rig
    turn = math.degrees(math.acos(min(float(np.dot(place, sun.direction)), 1.0)))
    if turn < LEAST_TURN_DEG:
        return rig
    lights = tuple(
        turn_light(light, place) if light is sun else light for light in rig.lights
    )
    pixels = rig.panorama.pixels
    many = check_rig(pixels, rig.dome, lights, n_directions=MANY_DIRECTIONS)
    note = (
        f"the sun stands in the middle of its round white region, {turn:.1f} degrees "
        f"from the light of the panorama: with that, surfaces that it grazes get up to "
        f"{100 * many.worst:.2g} % more or less"
    )
    return replace(
        rig,
        lights=lights,
        check=check_rig(pixels, rig.dome, lights),
        notes=(*rig.notes, note),
    )


def turn_light(light: RigLight, direction: Vector) -> RigLight:
    """Return a light in another direction.

    Args:
        light: The light.
        direction: Unit vector, not far from the old one.
    """
    toward, side = np.asarray(direction), np.asarray(light.side)
    side = side - (side @ toward) * toward
    x, y, z = (float(part) for part in side / np.linalg.norm(side))
    return replace(light, direction=direction, side=(x, y, z))
