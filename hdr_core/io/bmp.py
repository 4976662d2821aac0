"""Read BMP files whose channels lie where masks say: 16 and 32 bits a pixel.

OpenImageIO takes one order of the channels for all of them, and takes the unused byte
of 32-bit pixels for alpha. Pillow knows a few masks only.

Source: Microsoft, BITMAPINFOHEADER, BITMAPV4HEADER. Without masks (BI_RGB), a pixel of
16 bits is 5 bits for each channel, and the high byte of a 32-bit pixel is not used.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError

_INFO_BYTES, _INFO_WITH_ALPHA_BYTES = 40, 56
_MASKS_PLACE = 54
_RGB, _BITFIELDS, _ALPHA_BITFIELDS = 0, 3, 6
_IMPLIED = {16: (0x7C00, 0x3E0, 0x1F), 32: (0xFF0000, 0xFF00, 0xFF)}
_KINDS: dict[int, np.dtype[Any]] = {16: np.dtype("<u2"), 32: np.dtype("<u4")}


class _Header(NamedTuple):
    """The fields of a BMP's header that say where its pixels are."""

    start: int
    width: int
    height: int
    is_top_first: bool
    bits: int
    masks: tuple[int, ...]


def read_masked(path: Path) -> NDArray[np.uint8] | None:
    """Return the codes of a BMP of 16 or 32 bits a pixel.

    Channels of less than 8 bits are spread to 8, so that the largest code is 255.

    Args:
        path: Path of a BMP.

    Returns:
        (H, W, 3), or (H, W, 4) if there is a mask of alpha; None for other BMP.

    Raises:
        PlateError: A mask is empty, has gaps or more than 8 bits; or the file is cut
            short.
    """
    header = _read_header(path)
    if header is None:
        return None
    kind = _KINDS[header.bits]
    row_bytes = (header.width * header.bits + 31) // 32 * 4
    with path.open("rb") as file:
        file.seek(header.start)
        data = file.read(row_bytes * header.height)
    if len(data) < row_bytes * header.height:
        raise PlateError(
            f"{path}: damaged or cut short ({len(data)} of "
            f"{row_bytes * header.height} bytes of pixels). Copy it again or export "
            "it anew."
        )
    rows = np.frombuffer(data, kind).reshape(header.height, -1)[:, : header.width]
    words = rows if header.is_top_first else rows[::-1]
    return np.stack([_channel(path, words, mask) for mask in header.masks], axis=-1)


def _channel(path: Path, words: NDArray[Any], mask: int) -> NDArray[np.uint8]:
    """Return the codes of one channel, spread to 8 bits."""
    shift = (mask & -mask).bit_length() - 1
    largest = mask >> max(shift, 0)
    if not 0 < largest <= 255 or largest & (largest + 1):
        raise PlateError(
            f"{path}: channel mask {mask:08X}, which is not 1 to 8 bits in a row. Save "
            "it as PNG."
        )
    codes = (words & words.dtype.type(mask)) >> words.dtype.type(shift)
    table = np.rint(np.arange(largest + 1) * (255 / largest)).astype(np.uint8)
    return np.asarray(table[codes])


def _read_header(path: Path) -> _Header | None:
    """Return the header; None unless a pixel has 16 or 32 bits, uncompressed."""
    with path.open("rb") as file:
        head = file.read(_MASKS_PLACE + 16)
    size, compression = _number(head, 14), _number(head, 30)
    if size < _INFO_BYTES:
        return None
    bits = _number(head, 28) & 0xFFFF
    if bits not in _IMPLIED or compression not in {_RGB, _BITFIELDS, _ALPHA_BITFIELDS}:
        return None
    masks: tuple[int, ...] = _IMPLIED[bits]
    if compression != _RGB:
        masks = tuple(_number(head, _MASKS_PLACE + 4 * place) for place in range(3))
        if size >= _INFO_WITH_ALPHA_BYTES or compression == _ALPHA_BITFIELDS:
            alpha = _number(head, _MASKS_PLACE + 12)
            masks += (alpha,) if alpha else ()
    height = int.from_bytes(head[22:26], "little", signed=True)
    width, start = _number(head, 18), _number(head, 10)
    return _Header(start, width, abs(height), height < 0, bits, masks)


def _number(head: bytes, place: int) -> int:
    """Return the 32-bit number at a byte of the header."""
    return int.from_bytes(head[place : place + 4], "little")
