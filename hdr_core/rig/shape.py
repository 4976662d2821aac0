"""The light that has the energy, the place and the size of light taken from a panorama.

    V = sum T w d        over the pixels: T light that was taken, w solid angle

d  direction of a pixel. A surface that the whole lamp lights has E(n) = n . V for each
channel. So the light lies along V, and gives |V| on a surface that faces it. Its size
has the second moments of T: an even disc of radius r has r^2 / 4 along each axis, an
even rectangle width^2 / 12 and height^2 / 12.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hdr_core.rig.lights import RigLight, Shape, axes_of

Array = NDArray[np.float64]

SUN_DEG = 0.53
# Below this solid angle, and with axes of about the same length, a lamp is a sphere.
SPHERE_SR = 0.02
SPHERE_RATIO = 1.5
# A light has at least this size, or host programs take it for none: 0.1 degree.
LEAST_SIZE = math.radians(0.1)
# An angle of 53 degrees on each side: more of a rectangle hardly lights the middle.
LARGEST_SIZE = 2.6


def make_light(
    name: str,
    light: Array,
    directions: Array,
    luminance: Array,
    *,
    share: float,
    sun_deg: float | None = None,
) -> RigLight:
    """Return the light that stands for light taken from a panorama.

    Args:
        name: Name of the light.
        light: Light that was taken times solid angle, (n, 3), not negative.
        directions: Its directions, unit vectors (n, 3).
        luminance: Luminance of ``light``, (n,).
        share: Share of all light.
        sun_deg: Angular diameter of a sun in degrees; 0 takes that of the light, and
            None makes a lamp.
    """
    middle = luminance @ directions
    middle /= np.linalg.norm(middle)
    energy = light.T @ (directions @ middle)
    side, size, roundness = _moments(directions, luminance, middle)
    solid_angle = math.pi / 4 * size[0] * size[1]
    shape: Shape = "rect"
    if sun_deg is not None:
        shape = "distant"
    elif solid_angle < SPHERE_SR and roundness < SPHERE_RATIO:
        shape = "sphere"
    if shape != "rect":
        # Of a disc with the same moments; sqrt(12) is that of a rectangle.
        radius = 2 * math.sqrt((size[0] ** 2 + size[1] ** 2) / 24)
        size = (2 * math.atan(radius),) * 2
    if sun_deg:
        size = (math.radians(sun_deg),) * 2
    return RigLight(
        name=name,
        shape=shape,
        direction=_vector(middle),
        side=_vector(side),
        size=size,
        irradiance=_vector(energy),
        share=share,
        is_sun=sun_deg is not None,
    )


def _moments(
    directions: Array, luminance: Array, middle: Array
) -> tuple[Array, tuple[float, float], float]:
    """Return the axis along the width, (width, height), and long over short axis."""
    side, up = axes_of(middle)
    ahead = np.maximum(directions @ middle, 0.2)
    across = np.stack([directions @ side, directions @ up]) / ahead
    weights = luminance / luminance.sum()
    across = across - (across @ weights)[:, None]
    spread, axes = np.linalg.eigh((across * weights) @ across.T)
    widths = np.sqrt(12 * np.maximum(spread, 0.0)).clip(LEAST_SIZE, LARGEST_SIZE)
    # The width is along the axis that is nearer to level.
    level = int(abs(axes[0, 1]) >= abs(axes[0, 0]))
    axis = axes[:, level] * math.copysign(1.0, axes[0, level])
    width, height = float(widths[level]), float(widths[1 - level])
    return axis[0] * side + axis[1] * up, (width, height), float(widths[1] / widths[0])


def _vector(values: Array) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def add_energy(
    light: RigLight, added: Array, directions: Array, shares: Array
) -> RigLight:
    """Return a light with more energy; its size stays, its direction follows.

    Args:
        light: The light.
        added: Light times solid angle, (n, 3).
        directions: Its directions, unit vectors (n, 3).
        shares: Share of all light of each, (n,).
    """
    if len(added) == 0:
        return light
    old = np.asarray(light.direction)
    middle = light.share * old + shares @ directions
    middle /= np.linalg.norm(middle)
    energy = np.asarray(light.irradiance) * (old @ middle)
    energy = energy + added.T @ (directions @ middle)
    share = light.share + float(shares.sum())
    interval = light.interval and light.interval.scaled(share / light.share)
    side = np.asarray(light.side) - (np.asarray(light.side) @ middle) * middle
    return replace(
        light,
        direction=_vector(middle),
        side=_vector(side / np.linalg.norm(side)),
        irradiance=_vector(energy),
        share=share,
        interval=interval,
    )
