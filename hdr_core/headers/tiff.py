"""The tags of a TIFF that say its colors; OpenImageIO gives none of them.

Source: TIFF 6.0, section 20 (RGB image colorimetry): WhitePoint, PrimaryChromaticities,
TransferFunction.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from hdr_core.headers.damage import DAMAGE
from hdr_core.primaries import D65, Chromaticities

_TRANSFER, _WHITE, _PRIMARIES = 301, 318, 319
_HEAD_BYTES = 8
# Most difference of a curve to a straight line, as a share of the largest value.
_STRAIGHT = 2e-3


class TiffColors(NamedTuple):
    """What the tags say.

    Attributes:
        primaries: Chromaticities, with D65 if only the white is missing; None if the
            file names none.
        has_curve: Whether there is a curve.
        is_linear: Whether this curve is a straight line.
    """

    primaries: Chromaticities | None
    has_curve: bool
    is_linear: bool


def read_tiff_colors(path: Path) -> TiffColors | None:
    """Return what the first directory says; None if it cannot be read.

    Args:
        path: Path of a readable TIFF.
    """
    # Slow to import.
    from PIL.TiffImagePlugin import ImageFileDirectory_v2  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            held = ImageFileDirectory_v2(file.read(_HEAD_BYTES))
            file.seek(held.next)
            held.load(file)
            colors = _floats(held.get(_PRIMARIES))
            white = _floats(held.get(_WHITE))
            curve = np.asarray(_floats(held.get(_TRANSFER)))
    except DAMAGE:
        return None
    primaries = None
    if len(colors) == 6:
        primaries = (*colors, *(white if len(white) == 2 else D65))
    return TiffColors(primaries, curve.size > 0, _is_straight(curve))


def _floats(value: object) -> tuple[float, ...]:
    """Return the numbers of a tag; () if there are none."""
    if not isinstance(value, tuple):
        return ()
    return tuple(float(number) for number in value)


def _is_straight(curve: np.ndarray) -> bool:
    """Return whether a curve, or all three of them, is a straight line."""
    if curve.size < 4 or not np.isfinite(curve).all():
        return False
    # 2^n values for one curve, three times as many for three.
    rows = 3 if curve.size % 3 == 0 else 1
    each = curve.reshape(rows, -1)
    line = np.linspace(0.0, 65535.0, each.shape[1])
    return bool(np.abs(each - line).max() <= _STRAIGHT * 65535.0)
