"""The headroom of Apple's older gain maps, which lies in the maker note.

    stops = -20 m48 + 1.8 (m33 < 1, m48 <= 0.01)    -0.101 m48 + 1.601 (m33 < 1)
            -70 m48 + 3.0 (m48 <= 0.01)             -0.303 m48 + 2.303 (else)

m33, m48  tags 33 and 48 of the maker note    h = 2^max(stops, 0)

Newer files also state h in the map's XMP, as ``HDRGainMapHeadroom``, which counts.

Source: Apple, Applying Apple HDR effect to your photos.
"""

import math

from hdr_core.gain_map.tiff import EXIF_IFD, MAKER_NOTE, Directory, first_directory
from hdr_core.known_light import GainFormula

_MAKER = b"Apple iOS\0"
_MAKER_BYTES = 14
_M33, _M48 = 33, 48
_HEADROOM = "HDRGainMapHeadroom"
_NAMES = ("HDRGainMapVersion", _HEADROOM)


def is_apple(found: dict[str, list[str]]) -> bool:
    """Return whether a packet's Apple properties are those of a gain map."""
    return any(name in found for name in _NAMES)


def apple_formula(found: dict[str, list[str]], tiff: bytes) -> GainFormula:
    """Return the formula of Apple's map.

    Args:
        found: Apple's properties of the map's XMP packet.
        tiff: Exif of the base, from its TIFF header on; b"" if there is none.

    Raises:
        ValueError: Neither XMP nor maker note state the headroom.
    """
    stops = _stops_by_xmp(found)
    if stops is None:
        stops = _stops_by_maker_note(tiff)
    if stops is None:
        raise ValueError("neither its XMP nor the maker note states its headroom")
    zero, most = (0.0, 0.0, 0.0), (stops, stops, stops)
    return GainFormula(zero, most, alternate_headroom=stops, law="apple")


def _stops_by_xmp(found: dict[str, list[str]]) -> float | None:
    if _HEADROOM not in found:
        return None
    text = found[_HEADROOM][0]
    try:
        headroom = float(text)
    except ValueError:
        headroom = math.nan
    return math.log2(headroom) if headroom > 0.0 else math.nan


def _stops_by_maker_note(tiff: bytes) -> float | None:
    """Return the stops by tags 33 and 48; None if a tag is missing."""
    try:
        exif = first_directory(tiff).follow(EXIF_IFD)
        note = b"" if exif is None else exif.held(MAKER_NOTE)
        if not note.startswith(_MAKER):
            return None
        order = "<" if note[12:14] == b"II" else ">"
        tags = Directory(note, order, _MAKER_BYTES)
    except ValueError:
        return None
    m33, m48 = tags.number(_M33), tags.number(_M48)
    if m33 is None or m48 is None:
        return None
    return max(stops_of(m33, m48), 0.0)


def stops_of(m33: float, m48: float) -> float:
    """Return the headroom in stops, by tags 33 and 48 of the maker note."""
    if m33 < 1.0:
        return -20.0 * m48 + 1.8 if m48 <= 0.01 else -0.101 * m48 + 1.601
    return -70.0 * m48 + 3.0 if m48 <= 0.01 else -0.303 * m48 + 2.303
