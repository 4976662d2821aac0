"""A light of a rig as host programs place it: at a distance, in a Y-up world.

USD, glTF and Nuke share these axes: +Y up, and lights shine along their own -Z. The
middle column of the panorama is +Z, and the left of it +X, as OpenEXR and USD define
latitude-longitude maps. From the axes of hdr_core (+x ahead, +y left, +z up):

    X = y     Y = z     Z = x
"""

import math
from dataclasses import dataclass

import numpy as np

from hdr_core.rig.lights import RigLight, Vector


@dataclass(frozen=True)
class PlacedLight:
    """A light at a distance.

    Attributes:
        light: The light.
        distance: From the middle of the rig, in meters. A sun is infinitely far; its
            lamp stands here.
    """

    light: RigLight
    distance: float

    @property
    def position(self) -> Vector:
        """Place of the light, in meters, Y up."""
        x, y, z = y_up(self.light.direction)
        return x * self.distance, y * self.distance, z * self.distance

    @property
    def axes(self) -> tuple[Vector, Vector, Vector]:
        """The light's own X (its width), Y (height) and Z (away from the middle)."""
        light = self.light
        return y_up(light.side), y_up(light.up), y_up(light.direction)

    @property
    def rotation_deg(self) -> Vector:
        """Turns around X, then Y, then Z, in degrees: rotation order XYZ."""
        x, y, z = (np.asarray(axis) for axis in self.axes)
        # Columns of R = Rz Ry Rx are the axes.
        return (
            math.degrees(math.atan2(y[2], z[2])),
            math.degrees(math.asin(-min(max(x[2], -1.0), 1.0))),
            math.degrees(math.atan2(x[1], x[0])),
        )

    @property
    def rotation_quaternion(self) -> tuple[float, float, float, float]:
        """The same turn as a unit quaternion (x, y, z, w)."""
        halves = [math.radians(angle) / 2 for angle in self.rotation_deg]
        (sx, sy, sz), (cx, cy, cz) = map(math.sin, halves), map(math.cos, halves)
        return (
            sx * cy * cz - cx * sy * sz,
            cx * sy * cz + sx * cy * sz,
            cx * cy * sz - sx * sy * cz,
            cx * cy * cz + sx * sy * sz,
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in meters; of a sphere or a sun, twice its diameter."""
        width, height = self.light.size
        if self.light.shape == "rect":
            return width * self.distance, height * self.distance
        diameter = 2 * self.distance * math.sin(width / 2)
        return diameter, diameter


def y_up(vector: Vector) -> Vector:
    """Return a vector of hdr_core's axes in a Y-up world."""
    x, y, z = vector
    return y, z, x
