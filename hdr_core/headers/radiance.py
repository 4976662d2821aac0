"""The header of a Radiance HDR file, of which OpenImageIO gives only a part.

Values of the file are to be divided by EXPOSURE, and each channel by its part of
COLORCORR. Both may stand several times, and are then multiplied.

Source: G. Ward, Radiance file formats, "Picture File Format (.hdr suffix)".
"""

import math
from pathlib import Path
from typing import NamedTuple

from hdr_core.primaries import Chromaticities

_HEAD_BYTES = 2**16


class RadianceHeader(NamedTuple):
    """What the header says of the values.

    Attributes:
        divisors: Factors by which red, green and blue are to be divided.
        primaries: Chromaticities; None if it names none.
        is_xyz: Whether the values are XYZ, not RGB.
    """

    divisors: tuple[float, float, float]
    primaries: Chromaticities | None
    is_xyz: bool


def read_radiance(path: Path) -> RadianceHeader:
    """Return what the header says; lines that are not numbers are ignored.

    Args:
        path: Path of a readable Radiance HDR file.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).split(b"\n\n")[0].decode("latin-1")
    divisors, primaries, is_xyz = [1.0, 1.0, 1.0], None, False
    for line in head.splitlines():
        name, _, text = line.partition("=")
        numbers = _numbers(text)
        if name == "EXPOSURE" and len(numbers) == 1 and numbers[0] > 0.0:
            divisors = [part * numbers[0] for part in divisors]
        elif name == "COLORCORR" and len(numbers) == 3 and min(numbers) > 0.0:
            divisors = [a * b for a, b in zip(divisors, numbers, strict=True)]
        elif name == "PRIMARIES" and len(numbers) == 8:
            primaries = tuple(numbers)
        elif name == "FORMAT":
            is_xyz = text.strip().endswith("xyze")
    if not all(0.0 < part < math.inf for part in divisors):
        divisors = [1.0, 1.0, 1.0]
    red, green, blue = divisors
    return RadianceHeader((red, green, blue), primaries, is_xyz)


def _numbers(text: str) -> list[float]:
    """Return the numbers of a line; [] if a part of it is none, or not finite."""
    try:
        found = [float(part) for part in text.split()]
    except ValueError:
        return []
    return found if all(map(math.isfinite, found)) else []
