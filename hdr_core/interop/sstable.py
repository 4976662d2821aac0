"""Read a LevelDB table, the format of the index of TensorFlow's checkpoints.

    file    = blocks, index block, footer
    block   = entries, restarts, their number (4 bytes); compression (1), checksum (4)
    entry   = shared, added, length (varints), the added part of the key, the value
    footer  = handles of two blocks, the second the index; zeros; magic: 48 bytes
    handle  = offset, size (varints)

The key of an entry is the first ``shared`` bytes of the previous key, and the added
part. The index block holds the handle of each block.

Source: LevelDB, "table format".
Differs: compressed blocks are refused, since TensorFlow does not write them.
"""

import struct
from collections.abc import Iterator

from hdr_core.interop.crc32c import crc32c

MAGIC = bytes.fromhex("57fb808b247547db")
FOOTER_SIZE = 48
TRAILER_SIZE = 5
MASK_DELTA = 0xA282EAD8


class DamageError(ValueError):
    """Bytes that do not follow their format; the message says what is wrong."""


def read_table(data: bytes) -> dict[bytes, bytes]:
    """Return all keys and values of a table.

    Raises:
        DamageError: Not a table, cut short, or a checksum does not match.
    """
    footer = data[-FOOTER_SIZE:]
    if len(footer) < FOOTER_SIZE or not footer.endswith(MAGIC):
        raise DamageError("its end is not that of a table")
    _, at = _handle(footer, 0)
    index, _ = _handle(footer, at)
    return {
        key: value
        for _, handle in _entries(_block(data, index))
        for key, value in _entries(_block(data, _handle(handle, 0)[0]))
    }


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the varint (7 bits per byte) at offset ``at``, and the offset after it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = take(data, at, 1)[0]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise DamageError("a number does not end")


def take(data: bytes, at: int, size: int) -> bytes:
    """Return ``size`` bytes from offset ``at``; DamageError if there are fewer."""
    part = data[at : at + size]
    if len(part) < size:
        raise DamageError("it is cut short")
    return part


def unmask(masked: int) -> int:
    """Return a CRC-32C from its masked form in files: rotated by 15 bits and offset."""
    turned = (masked - MASK_DELTA) & 0xFFFFFFFF
    return (turned << 15 | turned >> 17) & 0xFFFFFFFF


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    """Return a block's offset and size, and the offset after the handle."""
    offset, at = varint(data, at)
    size, at = varint(data, at)
    return (offset, size), at


def _block(data: bytes, handle: tuple[int, int]) -> bytes:
    """Return the entries and restarts of a block; check its checksum."""
    offset, size = handle
    whole = take(data, offset, size + TRAILER_SIZE)
    (checksum,) = struct.unpack("<I", whole[-4:])
    if crc32c(whole[:-4]) != unmask(checksum):
        raise DamageError("the checksum of a block does not match")
    if whole[size]:
        raise DamageError("it is compressed, which TensorFlow does not do")
    return whole[:size]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of a block; its restarts are not needed."""
    (n_restarts,) = struct.unpack("<I", take(block, max(len(block) - 4, 0), 4))
    end, at, key = len(block) - 4 * (n_restarts + 1), 0, b""
    while at < end:
        shared, at = varint(block, at)
        n_added, at = varint(block, at)
        length, at = varint(block, at)
        key = key[:shared] + take(block, at, n_added)
        at += n_added
        yield key, take(block, at, length)
        at += length
