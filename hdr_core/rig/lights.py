"""The lights of a rig: what they are, and the irradiance that they give.

    E(n) = integral of L max(n . w, 0) dw     over the directions w of the light

n  normal of a surface at the middle of the rig    L  radiance, even over the light

Directions: +x ahead at the middle column of the panorama, +y left, +z up.

A sun is a disc at infinity of angular radius a: E = pi L sin(a)^2 on a surface that
faces it. A sphere of radius r at a distance D covers such a disc with sin(a) = r / D. A
rectangle at D that faces the middle, of half sizes p D and q D, gives

    E = 2 L (p / s arctan(q / s) + q / t arctan(p / t))    s^2 = 1 + p^2   t^2 = 1 + q^2

Source: the form factor of a parallel rectangle, Howell, "A Catalog of Radiation Heat
Transfer Configuration Factors", B-3, taken four times.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hdr_core.panorama.interval import EnergyInterval

Vector = tuple[float, float, float]
Directions = NDArray[np.float64]
Shape = Literal["distant", "sphere", "rect"]

# Samples across a light, for surfaces that it does not light in full.
_ACROSS = 24


@dataclass(frozen=True)
class RigLight:
    """One light. Energies are in the color space and the unit of the panorama.

    Attributes:
        name: Name, unique in its rig: "sun", or "lamp_01" and so on.
        shape: "distant": a disc at infinity. "sphere" and "rect" stand at a distance
            that the artist chooses; a rectangle faces the middle.
        direction: Unit vector from the middle of the rig to the light.
        side: Unit vector along the width of the light, at right angles to
            ``direction``.
        size: Angular diameter in radians, twice (distant, sphere); width and height
            over the distance (rect).
        irradiance: (R, G, B) on a surface that faces the light.
        share: Share of all light of the panorama that became this light, in [0, 1].
        is_sun: Whether it is taken for the sun.
        is_invented: Whether the panorama does not show it.
        interval: How far the luminance of ``irradiance`` is known; None means that
            nothing says it.
    """

    name: str
    shape: Shape
    direction: Vector
    side: Vector
    size: tuple[float, float]
    irradiance: Vector
    share: float
    is_sun: bool = False
    is_invented: bool = False
    interval: EnergyInterval | None = None

    @property
    def azimuth_deg(self) -> float:
        """Angle from ahead to the left, -180 to 180 degrees."""
        return math.degrees(math.atan2(self.direction[1], self.direction[0]))

    @property
    def elevation_deg(self) -> float:
        """Angle above the horizon, in degrees."""
        return math.degrees(math.asin(min(max(self.direction[2], -1.0), 1.0)))

    @property
    def up(self) -> Vector:
        """Unit vector along the height; side, up and direction are right-handed."""
        up = np.cross(self.direction, self.side)
        return float(up[0]), float(up[1]), float(up[2])

    @property
    def form_factor(self) -> float:
        """Irradiance on a surface that faces the light, over its radiance."""
        if self.shape == "rect":
            return rect_factor(*self.size)
        return math.pi * math.sin(self.size[0] / 2) ** 2

    @property
    def radiance(self) -> Vector:
        """Radiance (R, G, B), even over the light."""
        red, green, blue = (part / self.form_factor for part in self.irradiance)
        return red, green, blue

    @property
    def solid_angle_sr(self) -> float:
        """Solid angle, in steradian."""
        if self.shape == "rect":
            p, q = self.size[0] / 2, self.size[1] / 2
            return 4 * math.atan(p * q / math.sqrt(1 + p * p + q * q))
        return 2 * math.pi * (1 - math.cos(self.size[0] / 2))

    def irradiance_on(self, normals: Directions) -> Directions:
        """Return the irradiance on surfaces, (n, 3).

        Args:
            normals: Unit vectors, (n, 3).
        """
        directions, weights = self._samples()
        facing = np.maximum(normals @ directions.T, 0.0) @ weights
        return np.asarray(facing[:, None] * np.asarray(self.irradiance))

    def _samples(self) -> tuple[Directions, Directions]:
        """Return directions (m, 3) in the light; weights (m,) that give E = 1."""
        steps = (np.arange(_ACROSS) + 0.5) / _ACROSS
        if self.shape == "rect":
            u, v = np.meshgrid(2 * steps - 1, 2 * steps - 1)
            across = np.stack([u.ravel() * self.size[0], v.ravel() * self.size[1]]) / 2
            weights = (1.0 + (across**2).sum(axis=0)) ** -1.5
        else:
            # Rings of equal projected area: sin^2 grows evenly.
            sine = math.sin(self.size[0] / 2) * np.sqrt(steps)
            angle, radius = np.meshgrid(2 * np.pi * steps, sine / np.sqrt(1 - sine**2))
            across = np.stack([np.cos(angle).ravel(), np.sin(angle).ravel()])
            across = across * radius.ravel()
            weights = np.sqrt(1.0 + (across**2).sum(axis=0))
        axes = np.array([self.side, self.up])
        directions = np.asarray(self.direction) + across.T @ axes
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        weights /= weights @ (directions @ np.asarray(self.direction))
        return directions, weights


def rect_factor(width: float, height: float) -> float:
    """Return the irradiance of a rectangle of radiance 1 that faces the surface.

    Args:
        width: Width over the distance.
        height: Height over the distance.
    """
    p, q = width / 2, height / 2
    s, t = math.sqrt(1 + p * p), math.sqrt(1 + q * q)
    return 2 * (p / s * math.atan(q / s) + q / t * math.atan(p / t))


def axes_of(direction: Directions) -> tuple[Directions, Directions]:
    """Return unit vectors (side, up) at right angles to a direction.

    ``up`` is as near to straight up as it can be; side, up and direction are
    right-handed.
    """
    pole = np.array([0.0, 0.0, 1.0])
    if abs(direction[2]) > 0.9999:
        pole = np.array([-math.copysign(1.0, direction[2]), 0.0, 0.0])
    side = np.cross(pole, direction)
    side /= np.linalg.norm(side)
    return side, np.cross(direction, side)
