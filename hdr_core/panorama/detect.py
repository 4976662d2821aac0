"""Detect whether a plate is an equirectangular panorama.

A panorama holds every direction once: its columns are meridians, its rows are circles
of latitude. So it has no border, and the networks read across its edges. This would be
wrong for any other plate, so the reason of the decision is reported.
"""

import math
import re
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.panorama.angles import polar_edges, row_solid_angles
from hdr_core.plate import Pixels, Plate

Asked = Literal["auto", "on", "off"]

# Words of a name. A number is a word only where no frame or camera is counted by it.
_WORDS = re.compile(
    r"equirect\w*|lat[ _-]?long|panoram\w*|pano|hdri|(?:vr|pano)[ _-]?360", re.ASCII
)
_DEGREES = re.compile(r"(?:^|[ _-])360(?:$|[ _-]|deg|vr|video)", re.ASCII)
# What cameras and programs write before the numbers of pictures.
_COUNTER = re.compile(
    r"(?:cam|camera|cimg|dsc[fn]?|frame|gopr|img|mvi|p|pic|pict|plate|pxl|r|sam|sc|"
    r"scene|seq|sh|shot|take)[ _-]?360$",
    re.ASCII,
)
# Narrower plates are too small to compare their edges.
LEAST_WIDTH = 8
# Video codecs round sizes: 640x322 stands for 2:1.
MOST_OFF_ASPECT = 0.01
# Most change from the last to the first column, over the change between neighbors.
MOST_SEAM = 2.5
# Most change along the first and the last row, over the change along rows between.
# Both rows are one point of the sphere, so they should hardly change.
MOST_POLE = 0.5
ONE_CODE = 1.0 / 255.0


class Verdict(NamedTuple):
    """Whether a plate is a panorama, and the reason of the decision."""

    is_panorama: bool
    reason: str


def find_panorama(plate: Plate, asked: Asked = "auto") -> Verdict:
    """Return whether ``plate`` is an equirectangular panorama, and why.

    Args:
        plate: Encoded plate.
        asked: "on" or "off" decides. "auto" checks plates that are twice as wide as
            high: first their metadata (XMP GPano), then their edges. Their name counts
            where left and right edge do not contradict it.

    Raises:
        PlateError: "on" for a plate that is not twice as wide as high.
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
    return _by_header(plate) or _by_edges(plate, is_named=has_name(plate.path))


def _by_header(plate: Plate) -> Verdict | None:
    kind = plate.metadata.get("GPano:ProjectionType")
    if kind is None:
        return None
    full = plate.metadata.get("GPano:FullPanoWidthPixels")
    part = plate.metadata.get("GPano:CroppedAreaImageWidthPixels", full)
    if str(kind).lower() != "equirectangular" or part != full:
        return Verdict(is_panorama=False, reason=f"XMP GPano: a part, or {kind}")
    return Verdict(is_panorama=True, reason="XMP GPano")


def has_name(path: PurePath | None) -> bool:
    """Return whether the name of a file says that it is a panorama.

    Words count as a whole: "pano", but not "company". 360 counts only between
    separators, and not as the number of a frame or of a camera's picture.

    Args:
        path: Path of the file; None means that it has no name.
    """
    if path is None:
        return False
    # Capitals begin words: ForestPano.
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", path.stem).lower()
    words = re.split(
        r"[^a-z0-9]+|(?<=[a-z])(?=\d)", name.replace("lat_long", "latlong")
    )
    if any(_WORDS.fullmatch(word) for word in words):
        return True
    has_degrees = _DEGREES.search(name) is not None
    return has_degrees and not (_COUNTER.search(name) or _has_neighbor(Path(path)))


def _has_neighbor(path: Path) -> bool:
    """Return whether 360 is one of several numbers on disk."""
    first, found, last = path.name.rpartition("360")
    others = (path.with_name(f"{first}{number}{last}") for number in (359, 361))
    return bool(found) and any(other.exists() for other in others)


def _by_edges(plate: Plate, *, is_named: bool) -> Verdict:
    """Check whether the left and right edge join, and whether each pole is a point."""
    reason = "2:1, but its edges do not join"
    by_name = Verdict(is_panorama=True, reason="2:1, and its name")
    if plate.width < LEAST_WIDTH:
        too_small = Verdict(is_panorama=False, reason="2:1, but too small to check")
        return by_name if is_named else too_small
    columns = _grey(plate.visible((slice(None), [-4, -3, -2, -1, 0, 1, 2, 3])))
    if np.ptp(columns[:, 4]) <= 2 * ONE_CODE:
        flat = Verdict(is_panorama=False, reason=f"{reason}: they are flat")
        return by_name if is_named else flat
    changes = np.abs(np.diff(columns, axis=1)).mean(axis=0)
    usual = changes[[0, 1, 2, 4, 5, 6]].mean()
    if changes[3] > MOST_SEAM * usual + ONE_CODE / 2:
        said = ", whatever its name says" if is_named else ""
        return Verdict(is_panorama=False, reason=f"{reason}{said}")
    if is_named:
        return by_name
    height = plate.height
    between = np.linspace(height / 4, 3 * height / 4, 16).astype(int)
    along = np.mean([_change_along(plate, row) for row in between])
    poles = max(_change_along(plate, row) for row in (0, height - 1))
    if poles > MOST_POLE * along + ONE_CODE / 2:
        return Verdict(is_panorama=False, reason="2:1, but its poles are not points")
    return Verdict(is_panorama=True, reason="2:1, and its edges join")


def _change_along(plate: Plate, row: int) -> float:
    """Return the mean change between neighbors of a row."""
    return float(np.abs(np.diff(_grey(plate.visible(row)))).mean())


def _grey(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(pixels.mean(axis=-1))


def clipped_sphere_percent(plate: Plate) -> float:
    """Return the percentage of a panorama's sphere that is clipped.

    A pixel is clipped if one of its channels has the largest code.
    """
    weights = row_solid_angles(polar_edges(plate.height), plate.width)
    limit = (plate.max_code - 0.5) / plate.max_code
    total: float = sum(
        float((plate.visible(row).max(axis=1) >= limit).sum()) * weights[row]
        for row in range(plate.height)
    )
    return 100.0 * total / (4 * math.pi)


def panorama_notes(plate: Plate, asked: Asked) -> tuple[str, ...]:
    """Return a note if a plate is treated as a panorama: why, and how much clips."""
    found = find_panorama(plate, asked)
    if not found.is_panorama:
        return ()
    clipped = clipped_sphere_percent(plate)
    return (f"panorama ({found.reason}): {clipped:.2f} % of the sphere clips",)
