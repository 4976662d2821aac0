"""The chunks of a PNG that say its colors; OpenImageIO gives only some of them.

Source: W3C, Portable Network Graphics (PNG) Specification, third edition, 11.3.2.
"""

from pathlib import Path
from typing import NamedTuple

from hdr_core.primaries import Chromaticities

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_WANTED = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")
_SCALE = 100000


class PngColors(NamedTuple):
    """What the chunks of a PNG say.

    Attributes:
        names: Names of the color chunks that there are.
        gamma: Exponent of encoding, 1 for linear; None if gAMA is missing or 0.
        primaries: Chromaticities of cHRM; None if it is missing.
    """

    names: frozenset[str]
    gamma: float | None
    primaries: Chromaticities | None


def read_png_colors(path: Path) -> PngColors:
    """Return what the chunks before the first picture data say.

    Args:
        path: Path of a whole PNG.
    """
    found: dict[bytes, bytes] = {}
    with path.open("rb") as file:
        file.seek(len(SIGNATURE))
        while len(head := file.read(8)) == 8:
            size, kind = int.from_bytes(head[:4], "big"), head[4:]
            if kind in {b"IDAT", b"IEND"}:
                break
            if kind in _WANTED:
                found.setdefault(kind, file.read(size))
                file.seek(4, 1)
            else:
                file.seek(size + 4, 1)
    gamma = int.from_bytes(found.get(b"gAMA", b""), "big") / _SCALE
    return PngColors(
        frozenset(name.decode() for name in found),
        gamma or None,
        _chromaticities(found.get(b"cHRM", b"")),
    )


def _chromaticities(chunk: bytes) -> Chromaticities | None:
    """Return cHRM's numbers, which begin with the white, as red, green, blue, white."""
    if len(chunk) != 32:
        return None
    numbers = [
        int.from_bytes(chunk[place : place + 4], "big", signed=True) / _SCALE
        for place in range(0, 32, 4)
    ]
    return (*numbers[2:], *numbers[:2])
