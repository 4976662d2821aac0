"""Panoramas told from other plates.

An equirectangular panorama holds every direction once: columns are meridians, rows
circles of latitude. Taken as one, a plate has no border (around.py); a plate that is
none would be continued where nothing continues it, so what decided is said.
"""

import math
from pathlib import PurePath
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.panorama.geometry import polar_edges, row_solid_angles
from hdr_core.plate import Pixels, Plate

Asked = Literal["auto", "on", "off"]

NAMES = ("equirect", "latlong", "lat_long", "panorama", "pano", "hdri", "360")
# Smaller plates have no edges to speak of.
LEAST_WIDTH = 8
# Video codecs want rows and columns of multiples of 16: 640x322 is meant as 2:1.
MOST_OFF_ASPECT = 0.01
# How much larger than between neighbours the change across the edges may be.
MOST_SEAM = 2.5
# How large the change along the first and last row may be, each one point of the
# sphere, beside that along the rows between. Val panoramas: 0.45 at most.
MOST_POLE = 0.5
ONE_CODE = 1.0 / 255.0


class Verdict(NamedTuple):
    """Whether a plate is a panorama, and what says so."""

    is_panorama: bool
    reason: str


def find_panorama(plate: Plate, asked: Asked = "auto") -> Verdict:
    """Return whether ``plate`` is an equirectangular panorama, and why.

    Args:
        plate: Encoded.
        asked: "on" and "off" settle it; "auto" asks the file (XMP GPano), then, for
            plates twice as wide as high, its name, then its edges.

    Raises:
        PlateError: "on" for a plate which cannot be one.
    """
    if asked == "off":
        return Verdict(is_panorama=False, reason="as asked")
    is_double = abs(plate.width / (2 * plate.height) - 1.0) <= MOST_OFF_ASPECT
    can_be = is_double and plate.width % 2 == 0
    if asked == "on":
        if not can_be:
            raise PlateError(
                f"{plate.path or 'plate'}: a panorama is twice as wide as high, found "
                f"{plate.width}x{plate.height}. Choose --panorama off."
            )
        return Verdict(is_panorama=True, reason="as asked")
    if not can_be:
        return Verdict(is_panorama=False, reason="not twice as wide as high")
    return _by_header(plate) or _by_name(plate) or _by_edges(plate)


def _by_header(plate: Plate) -> Verdict | None:
    kind = plate.metadata.get("GPano:ProjectionType")
    if kind is None:
        return None
    full = plate.metadata.get("GPano:FullPanoWidthPixels")
    part = plate.metadata.get("GPano:CroppedAreaImageWidthPixels", full)
    if str(kind).lower() != "equirectangular" or part != full:
        return Verdict(is_panorama=False, reason=f"XMP GPano: a part, or {kind}")
    return Verdict(is_panorama=True, reason="XMP GPano")


def _by_name(plate: Plate) -> Verdict | None:
    name = PurePath(plate.path or "").stem.lower()
    if any(word in name for word in NAMES):
        return Verdict(is_panorama=True, reason="2:1, and its name")
    return None


def _by_edges(plate: Plate) -> Verdict:
    """Look whether the edges join, and whether each pole is one point."""
    reason = "2:1, but its edges do not join"
    if plate.width < LEAST_WIDTH:
        return Verdict(is_panorama=False, reason="2:1, but too small to tell")
    columns = _grey(plate.pixels[:, [-4, -3, -2, -1, 0, 1, 2, 3]])
    if np.ptp(columns[:, 4]) <= 2 * ONE_CODE:
        return Verdict(is_panorama=False, reason=f"{reason}: they are flat")
    changes = np.abs(np.diff(columns, axis=1)).mean(axis=0)
    near = changes[[0, 1, 2, 4, 5, 6]].mean()
    if changes[3] > MOST_SEAM * near + ONE_CODE / 2:
        return Verdict(is_panorama=False, reason=reason)
    height = plate.height
    between = np.linspace(height / 4, 3 * height / 4, 16).astype(int)
    along = np.mean([_change_along(plate, row) for row in between])
    poles = max(_change_along(plate, row) for row in (0, height - 1))
    if poles > MOST_POLE * along + ONE_CODE / 2:
        return Verdict(is_panorama=False, reason="2:1, but its poles are no points")
    return Verdict(is_panorama=True, reason="2:1, and its edges join")


def _change_along(plate: Plate, row: int) -> float:
    """Return the mean change between neighbours of a row."""
    return float(np.abs(np.diff(_grey(plate.pixels[row : row + 1])[0])).mean())


def _grey(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(pixels.mean(axis=2))


def clipped_sphere_percent(plate: Plate) -> float:
    """Return the share of a panorama's sphere with a channel at the largest code."""
    weights = row_solid_angles(polar_edges(plate.height), plate.width)
    limit = (plate.max_code - 0.5) / plate.max_code
    total: float = sum(
        float((plate.pixels[row].max(axis=1) >= limit).sum()) * weights[row]
        for row in range(plate.height)
    )
    return 100.0 * total / (4 * math.pi)


def panorama_notes(plate: Plate, asked: Asked) -> tuple[str, ...]:
    """Return in words that a plate is taken as a panorama, and why; or nothing."""
    found = find_panorama(plate, asked)
    if not found.is_panorama:
        return ()
    clipped = clipped_sphere_percent(plate)
    return (f"panorama ({found.reason}): {clipped:.2f} % of the sphere clips",)
