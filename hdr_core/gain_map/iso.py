"""The metadata of a gain map in the binary form of ISO 21496-1.

    u16 minimum version, 0    u16 version of the writer    u8 flags
    base headroom, alternate headroom: u32 / u32, log2
    for 1 or 3 channels: least s32 / u32, most s32 / u32, gamma u32 / u32,
                         base offset s32 / u32, alternate offset s32 / u32

Numbers are big-endian. Flag 0x80: 3 channels. Flag 0x40: the gain counts in the base's
primaries, else in the alternate's. libultrahdr also writes flag 0x08: one u32
denominator comes first, and all others are left out.

Source: ISO 21496-1:2025, annex C (binary metadata, JPEG).
"""

import struct
from fractions import Fraction
from typing import NamedTuple

from hdr_core.known_light import GainFormula, Triple

NAME = b"urn:iso:std:iso:ts:21496:-1\0"
"""Begin of an APP2 segment with this metadata."""
VERSION = bytes(4)
"""What the base's own segment holds after the name: both versions, 0."""
_IS_COLOR, _IN_BASE_PRIMARIES, _ONE_DENOMINATOR = 0x80, 0x40, 0x08
_SIGNED = (True, True, False, True, True)


class IsoMetadata(NamedTuple):
    """Formula, and whether the gain counts in the base's primaries."""

    formula: GainFormula
    is_in_base_primaries: bool


class _Numbers:
    """Reads fractions one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.denominator: int | None = None

    def whole(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return int(value)

    def fraction(self, *, is_signed: bool) -> float:
        top = self.whole(">i" if is_signed else ">I")
        bottom = self.denominator
        if bottom is None:
            bottom = self.whole(">I")
        return top / bottom if bottom else float("nan")


def read_iso(data: bytes) -> IsoMetadata:
    """Return the metadata in ``data``, which begins with the minimum version.

    Raises:
        ValueError: It is cut short, or of a later version. A number over 0 is NaN.
    """
    try:
        minimum, _, flags = struct.unpack_from(">HHB", data)
        if minimum != 0:
            raise ValueError(f"needs version {minimum} of ISO 21496-1, known is 0")
        numbers = _Numbers(data, 5)
        if flags & _ONE_DENOMINATOR:
            numbers.denominator = numbers.whole(">I")
        headrooms = [numbers.fraction(is_signed=False) for _ in range(2)]
        n = 3 if flags & _IS_COLOR else 1
        rows = [
            [numbers.fraction(is_signed=sign) for sign in _SIGNED] for _ in range(n)
        ]
    except struct.error as error:
        raise ValueError("its ISO 21496-1 metadata is cut short") from error
    least, most, gamma, base, alternate = (
        _triple([row[place] for row in rows]) for place in range(5)
    )
    lowest, highest = headrooms
    formula = GainFormula(least, most, gamma, base, alternate, lowest, highest)
    return IsoMetadata(formula, bool(flags & _IN_BASE_PRIMARIES))


def _triple(values: list[float]) -> Triple:
    red, green, blue = values if len(values) == 3 else values * 3
    return red, green, blue


def write_iso(formula: GainFormula, n_channels: int) -> bytes:
    """Return the metadata of a map in the base's primaries.

    Args:
        formula: Formula of law "log2".
        n_channels: Channels of the map, 1 or 3.
    """
    flags = _IN_BASE_PRIMARIES | (_IS_COLOR if n_channels == 3 else 0)
    headrooms = (formula.base_headroom, formula.alternate_headroom)
    parts = [struct.pack(">HHB", 0, 0, flags)]
    parts += [_packed(headroom, is_signed=False) for headroom in headrooms]
    rows = zip(
        formula.least,
        formula.most,
        formula.gamma,
        formula.base_offset,
        formula.alternate_offset,
        strict=True,
    )
    for row in list(rows)[:n_channels]:
        pairs = zip(row, _SIGNED, strict=True)
        parts += [_packed(value, is_signed=sign) for value, sign in pairs]
    return b"".join(parts)


def _packed(value: float, *, is_signed: bool) -> bytes:
    """Return a number as a fraction that is exact to about 1e-8."""
    near = Fraction(value).limit_denominator(1 << 24)
    form = ">iI" if is_signed else ">II"
    return struct.pack(form, near.numerator, near.denominator)
