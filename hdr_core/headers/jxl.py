"""Whether color is multiplied by alpha in a JPEG XL, which OpenImageIO does not say.

The header is a stream of bits, the lowest of each byte first. Only the fields up to the
alpha channel are read here.

Source: ISO/IEC 18181-1:2024, annexes B (fields) and D (SizeHeader, ImageMetadata).
"""

from pathlib import Path

_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_HEAD_BYTES = 4096
_ALPHA, _SPOT_COLOR, _COLOR_FILTER = 0, 2, 5

# A U32 field: two bits choose (number of bits that follow, number to add).
Choices = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
_SIZE: Choices = ((9, 1), (13, 1), (18, 1), (30, 1))
_PREVIEW_8: Choices = ((0, 16), (0, 32), (5, 1), (9, 33))
_PREVIEW: Choices = ((6, 1), (8, 65), (10, 321), (12, 1345))
_TICKS: Choices = ((0, 100), (0, 1000), (10, 1), (30, 1))
_TICK_PARTS: Choices = ((0, 1), (0, 1001), (8, 1), (10, 1))
_LOOPS: Choices = ((0, 0), (3, 0), (16, 0), (32, 0))
_INTEGER_BITS: Choices = ((0, 8), (0, 10), (0, 12), (6, 1))
_FLOAT_BITS: Choices = ((0, 32), (0, 16), (0, 24), (6, 1))
_N_CHANNELS: Choices = ((0, 0), (0, 1), (4, 2), (12, 1))
_ENUM: Choices = ((0, 0), (0, 1), (4, 2), (6, 18))
_SHIFT: Choices = ((0, 0), (0, 3), (0, 4), (3, 1))
_NAME: Choices = ((0, 0), (4, 0), (5, 16), (10, 48))
_FILTER: Choices = ((0, 1), (2, 0), (4, 3), (8, 19))


class _Bits:
    """Reads bits, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self.place = 0
        self._all = int.from_bytes(data, "little")

    def read(self, n_bits: int) -> int:
        """Return the next bits as a number; bits after the end are 0."""
        value = self._all >> self.place & ((1 << n_bits) - 1)
        self.place += n_bits
        return value

    def flag(self) -> bool:
        """Return the next bit."""
        return self.read(1) == 1

    def choose(self, choices: Choices) -> int:
        """Return a U32 field."""
        n_bits, offset = choices[self.read(2)]
        return self.read(n_bits) + offset


def is_alpha_associated(path: Path) -> bool:
    """Return whether color is multiplied by alpha in a JPEG XL.

    Args:
        path: Path of a readable JPEG XL.
    """
    return _alpha_bit(_codestream(path)) is not None


def _alpha_bit(codestream: bytes) -> int | None:
    """Return the place of the bit that says "associated"; None if it is not set."""
    bits = _Bits(codestream)
    bits.read(16)  # The signature.
    _skip_size(bits)
    if bits.flag():  # All fields have their defaults, so there is no alpha.
        return None
    if bits.flag():
        _skip_extra_fields(bits)
    _skip_depth(bits)
    bits.flag()  # Whether 16-bit buffers suffice.
    for _ in range(bits.choose(_N_CHANNELS)):
        if bits.flag():  # A default alpha: 8 bits, not associated.
            return None
        kind = bits.choose(_ENUM)
        _skip_channel(bits)
        if kind == _ALPHA:
            place = bits.place
            return place if bits.flag() else None
        if kind == _SPOT_COLOR:
            bits.read(4 * 16)
        elif kind == _COLOR_FILTER:
            bits.choose(_FILTER)
    return None


def _codestream(path: Path) -> bytes:
    """Return the first bytes of the codestream, which may lie in a box of a container.

    Boxes as in ISO/IEC 18181-2: size, type, and a 64-bit size if the size is 1.
    """
    with path.open("rb") as file:
        if file.read(len(_CONTAINER)) != _CONTAINER:
            file.seek(0)
            return file.read(_HEAD_BYTES)
        while len(head := file.read(8)) == 8:
            size, used = int.from_bytes(head[:4], "big"), 8
            if size == 1:
                size, used = int.from_bytes(file.read(8), "big"), 16
            if head[4:] == b"jxlc":
                return file.read(_HEAD_BYTES)
            if head[4:] == b"jxlp":
                return file.read(4 + _HEAD_BYTES)[4:]
            if size < used:
                break
            file.seek(size - used, 1)
    return b""


def _skip_size(bits: _Bits) -> None:
    is_small = bits.flag()
    for is_width in (False, True):
        if is_width and bits.read(3):
            return  # The width follows from a ratio.
        if is_small:
            bits.read(5)
        else:
            bits.choose(_SIZE)


def _skip_extra_fields(bits: _Bits) -> None:
    bits.read(3)  # The orientation.
    if bits.flag():
        _skip_size(bits)
    if bits.flag():
        choices = _PREVIEW_8 if bits.flag() else _PREVIEW
        bits.choose(choices)
        if bits.read(3) == 0:
            bits.choose(choices)
    if bits.flag():
        for choices in (_TICKS, _TICK_PARTS, _LOOPS):
            bits.choose(choices)
        bits.flag()


def _skip_depth(bits: _Bits) -> None:
    if bits.flag():
        bits.choose(_FLOAT_BITS)
        bits.read(4)
    else:
        bits.choose(_INTEGER_BITS)


def _skip_channel(bits: _Bits) -> None:
    """Skip depth, shift and name of an extra channel."""
    _skip_depth(bits)
    bits.choose(_SHIFT)
    bits.read(8 * bits.choose(_NAME))
