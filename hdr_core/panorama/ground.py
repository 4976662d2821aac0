"""What the ground of a panorama says about its light.

    a = pi Y / E

a  reflectance of the ground, if it is diffuse and level
Y  mean luminance of the ground: 15 degrees below the horizon and lower
E  illuminance of a level ground by everything above the horizon

A ground that reflects more light than it gets is impossible: then light is missing
above, such as a sun that was painted out or that haze hides.
"""

import math

import numpy as np

from hdr_core.panorama.angles import ground_weights, polar_edges
from hdr_core.panorama.light_map import LightMap

# Angle below the horizon where the ground begins, in degrees. Walls, trees and hills
# are nearer to the horizon.
BELOW_DEG = 15.0
# Fresh snow reflects 0.9; nothing on a ground reflects more.
MOST_REFLECTANCE = 0.9


def ground_illuminance(light_map: LightMap) -> float:
    """Return E, the illuminance of a level ground."""
    rows = ground_weights(len(light_map.light))
    return 2 * math.pi * float(rows @ light_map.luminance.mean(axis=1))


def ground_luminance(light_map: LightMap) -> float:
    """Return Y, the mean luminance of the ground."""
    edges = polar_edges(len(light_map.light))
    is_ground = edges[:-1] >= math.pi / 2 + math.radians(BELOW_DEG)
    light = light_map.light[is_ground].sum()
    area = np.broadcast_to(light_map.solid_angle, light_map.light.shape)[is_ground]
    return float(light / max(float(area.sum()), 1e-300))


def ground_reflectance(light_map: LightMap) -> float:
    """Return a, the reflectance of the ground; inf if no light falls on it."""
    light = ground_illuminance(light_map)
    return math.pi * ground_luminance(light_map) / light if light > 0.0 else math.inf
