"""Primaries and curve of an ICC profile that is made of a matrix and curves.

Source: ICC.1:2022, clauses 7 (tag table) and 10 (curveType, parametricCurveType,
XYZType, cicpType, multiLocalizedUnicodeType); ICC.1:2001-04 (textDescriptionType).
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from hdr_core.primaries import D65, Chromaticities, adapt, are_primaries

_D50 = (0.34570, 0.35854)
_TABLE_PLACE, _ENTRY_BYTES, _MOST_TAGS = 128, 12, 200
_COLORANTS, _CURVES = (b"rXYZ", b"gXYZ", b"bXYZ"), (b"rTRC", b"gTRC", b"bTRC")
# Most difference of a curve to a straight line, as a share of the largest code.
_STRAIGHT = 1e-3


class Profile(NamedTuple):
    """What a profile says.

    Attributes:
        primaries: Adapted to D65; None if the profile has no matrix.
        is_linear: Whether all curves are straight lines.
        transfer: Transfer by ITU-T H.273, of the tag cicp; None if there is none.
        name: Its description; "" if it has none.
    """

    primaries: Chromaticities | None
    is_linear: bool
    transfer: int | None
    name: str = ""


def read_profile(data: bytes) -> Profile:
    """Return what an ICC profile says; a damaged one says nothing.

    Args:
        data: The bytes of the profile.
    """
    tags = _tags(data)
    is_lut = b"A2B0" in tags
    try:
        primaries = None if is_lut else _primaries(tags)
        is_linear = not is_lut and all(_is_straight(tags[name]) for name in _CURVES)
    except (KeyError, struct.error, IndexError):
        primaries, is_linear = None, False
    cicp = tags.get(b"cicp", b"")
    transfer = cicp[9] if len(cicp) >= 12 else None
    return Profile(primaries, is_linear, transfer, _text(tags.get(b"desc", b"")))


def _text(tag: bytes) -> str:
    """Return the text of a description, of version 4 (mluc) or 2 (desc)."""
    if tag[:4] == b"mluc":
        size, start = (int.from_bytes(tag[at : at + 4], "big") for at in (20, 24))
        return tag[start : start + size].decode("utf-16-be", "replace")
    if tag[:4] == b"desc":
        size = int.from_bytes(tag[8:12], "big")
        return tag[12 : 12 + size].split(b"\0")[0].decode("latin-1")
    return ""


def _tags(data: bytes) -> Mapping[bytes, bytes]:
    """Return the bytes of each tag."""
    n_tags = int.from_bytes(data[_TABLE_PLACE : _TABLE_PLACE + 4], "big")
    tags = {}
    for number in range(min(n_tags, _MOST_TAGS)):
        at = _TABLE_PLACE + 4 + _ENTRY_BYTES * number
        start, size = (
            int.from_bytes(data[at + skip : at + skip + 4], "big") for skip in (4, 8)
        )
        tags[data[at : at + 4]] = data[start : start + size]
    return tags


def _primaries(tags: Mapping[bytes, bytes]) -> Chromaticities | None:
    """Return the colorants, which are relative to D50, as chromaticities under D65."""
    colorants = [
        np.array(struct.unpack(">3i", tags[name][8:20])) / 65536.0
        for name in _COLORANTS
    ]
    xyz = adapt(np.array(colorants), _D50, D65)
    sums = xyz.sum(axis=1)
    if (np.abs(sums) < 1e-6).any():
        return None
    pairs = xyz[:, :2] / sums[:, None]
    found = (*(float(value) for value in pairs.ravel()), *D65)
    return found if are_primaries(found) else None


def _is_straight(curve: bytes) -> bool:
    """Return whether a curve is a straight line from 0 to 1."""
    if curve[:4] == b"para":
        kind, gamma = struct.unpack(">HxxI", curve[8:16])
        return bool(kind == 0 and gamma == 65536)
    if curve[:4] != b"curv":
        return False
    (n_samples,) = struct.unpack(">I", curve[8:12])
    if n_samples == 0:
        return True
    samples = np.frombuffer(curve[12 : 12 + 2 * n_samples], ">u2")
    if n_samples == 1:
        return bool(samples[0] == 256)
    line = np.linspace(0.0, 65535.0, len(samples))
    return bool(np.abs(samples - line).max() <= _STRAIGHT * 65535.0)
