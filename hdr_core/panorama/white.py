"""Where the sun stands in the white region of a panorama.

    W = cells whose darkest channel is at least 0.95 of the most that the plate shows
    r = angle from a cell of W to the nearest cell outside of W

Light above the clip is an estimate, so its peak says only roughly where the sun is. The
white region itself says it too, in two ways:

round   The glow of a sun in a clear sky falls evenly to all sides. So a region that is
        a disc has the sun in its middle. A region is a disc if its area is not larger
        than that of the largest disc inside of it.
deep    Any other region joins the glow with clouds or a horizon. Bright light deep
        inside of it, at the most of light times r, is likelier to be the sun than
        bright light at its edge.

The darkest channel is used because its white region is the smallest. A panorama that is
not clipped has its sun alone as W, which is too small to say anything.

Decision: docs/decisions/028-place-of-the-sun.md
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.appearance import REC709_LUMINANCE
from hdr_core.panorama.light_map import LightMap, Map
from hdr_core.panorama.sources import connected

Mask = NDArray[np.bool_]
Vector = tuple[float, float, float]

# Most columns of the map: 1.4 degrees each.
MAP_WIDTH = 256
WHITE_LEVEL = 0.95
# Angles r in degrees: smaller regions say less than the peak of the light, and a larger
# one is a white sky.
LEAST_DEG, MOST_DEG = 4.0, 35.0
# Area of a region over that of the largest disc inside of it, up to which it is round:
# a twentieth more, because cells are coarse.
ROUND = 1.05
# Where less of the sphere is white, the peak of the light is the better place.
LEAST_SHARE = 0.004
# The peak of the light is this near to the region whose sun it is, in degrees.
NEAR_DEG = 3.0
# White ground is no sky.
LOWEST = -0.1
# Distances are computed for so many cells at once.
_MANY = 2048


@dataclass(frozen=True)
class WhiteMap:
    """The light of a panorama, and what of it the plate shows, as coarse maps.

    Attributes:
        luminance: Luminance of the panorama.
        darkest: The darkest of the channels (Linear Rec.709) without added light.
    """

    luminance: LightMap
    darkest: LightMap

    @classmethod
    def empty(cls, height: int, width: int) -> "WhiteMap":
        """Return maps without light for a panorama of this size."""
        return cls(*(LightMap.empty(height, width, MAP_WIDTH) for _ in range(2)))

    def add(self, light: Map, visible: Map, rows: slice) -> None:
        """Add some rows of a panorama, (n, W, 3) each, in Linear Rec.709.

        Args:
            light: Light of the panorama.
            visible: The same without added light.
            rows: Their places in the panorama.
        """
        self.luminance.add(light @ REC709_LUMINANCE, rows)
        self.darkest.add(visible.min(axis=2), rows)

    def is_white(self) -> Mask:
        """Return W, the cells of the sky that are white, (h, w)."""
        darkest = self.darkest.luminance
        is_bright = darkest >= WHITE_LEVEL * max(float(darkest.max()), 1e-300)
        is_sky = self.darkest.directions()[..., 2] > LOWEST
        return np.asarray(is_bright & is_sky)


def round_middle(white: WhiteMap, near: Vector) -> Vector | None:
    """Return the middle of the round white region around a peak of light.

    Args:
        white: Maps of the panorama.
        near: Direction of the peak, a unit vector.

    Returns:
        Unit vector; None if the peak is in no white region, or if that is not round, or
        too small or too large, or if little of the sphere is white.
    """
    mask, directions = white.is_white(), white.darkest.directions()
    areas = np.broadcast_to(white.darkest.solid_angle, mask.shape)
    if float(areas[mask].sum()) < LEAST_SHARE * 4 * math.pi:
        return None
    apart = np.where(mask, directions @ np.asarray(near), -1.0)
    if float(apart.max()) < math.cos(math.radians(NEAR_DEG)):
        return None
    labels = connected(mask)
    region = labels == labels.ravel()[int(apart.argmax())]
    radius = float(edge_angles(region, directions).max())
    if not _is_telling(radius):
        return None
    # r ends in the middle of a cell outside.
    reach = radius + math.pi / len(region) / 2
    if float(areas[region].sum()) > ROUND * 2 * math.pi * (1.0 - math.cos(reach)):
        return None
    return _unit(areas[region] @ directions[region])


def deepest(white: WhiteMap) -> Vector | None:
    """Return where the sun is likeliest in a white sky, by the light and by r.

    A round region has it in its middle.

    Args:
        white: Maps of the panorama.

    Returns:
        Unit vector; None if no region of white sky has the size that a sun makes.
    """
    mask, directions = white.is_white(), white.darkest.directions()
    if not mask.any() or mask.all():
        return None
    depth = edge_angles(mask, directions)
    if not _is_telling(float(depth.max())):
        return None
    score = white.luminance.luminance * depth
    peak = directions.reshape(-1, 3)[int(score.argmax())]
    is_near = directions @ peak > math.cos(2 * math.pi / len(mask))
    found = _unit(score[is_near] @ directions[is_near])
    return round_middle(white, found) or found


def edge_angles(mask: Mask, directions: Map) -> Map:
    """Return r, the angle to the nearest cell outside of a mask; 0 outside.

    Args:
        mask: White cells, (h, w); columns wrap around.
        directions: Direction of each cell, (h, w, 3).
    """
    beside = np.zeros_like(mask)
    tall = np.pad(mask, ((1, 1), (0, 0)))
    for turn in (-1, 0, 1):
        turned = np.roll(tall, turn, axis=1)
        beside |= turned[:-2] | turned[1:-1] | turned[2:]
    edge = directions[beside & ~mask]
    angles = np.zeros(mask.shape)
    inside = directions[mask]
    if len(edge):
        nearest = [
            (some @ edge.T).max(axis=1)
            for some in np.array_split(inside, 1 + len(inside) // _MANY)
        ]
        angles[mask] = np.arccos(np.clip(np.concatenate(nearest), -1.0, 1.0))
    return angles


def _is_telling(radius: float) -> bool:
    return LEAST_DEG <= math.degrees(radius) <= MOST_DEG


def _unit(vector: Map) -> Vector:
    x, y, z = (float(part) for part in vector / np.linalg.norm(vector))
    return x, y, z
