"""Damage the bytes of a file, each time in another way, by a random generator."""

import struct
import zlib
from collections.abc import Callable
from random import Random

HEAD_BYTES = 512
_BYTES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)
_NUMBERS = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_PNG = b"\x89PNG\r\n\x1a\n"
# Share of damage that lies in the first bytes, where headers are.
_IN_HEAD = 0.6
_MOST_CHANGES = 6


def mutate(data: bytes, other: bytes, random: Random) -> bytes:
    """Return ``data`` damaged in one to six places.

    Args:
        data: A whole file.
        other: Another file, parts of which may be pasted in.
        random: Decides everything, so that a run can be repeated.
    """
    body = bytearray(data)
    for _ in range(random.randint(1, _MOST_CHANGES)):
        if body:
            random.choice(_WAYS)(body, other, random)
    if body.startswith(_PNG) and random.random() < 0.8:
        return _with_checksums(bytes(body))
    return bytes(body)


def _place(body: bytearray, random: Random) -> int:
    end = min(HEAD_BYTES, len(body)) if random.random() < _IN_HEAD else len(body)
    return random.randrange(end)


def _flip(body: bytearray, _: bytes, random: Random) -> None:
    body[_place(body, random)] ^= 1 << random.randrange(8)


def _set(body: bytearray, _: bytes, random: Random) -> None:
    body[_place(body, random)] = random.choice(_BYTES)


def _number(body: bytearray, _: bytes, random: Random) -> None:
    """Write a number of two or four bytes that programs find hard."""
    place, n_bytes = _place(body, random), random.choice((2, 4))
    value = random.choice(_NUMBERS) & ((1 << 8 * n_bytes) - 1)
    order = random.choice(("big", "little"))
    body[place : place + n_bytes] = value.to_bytes(n_bytes, order)


def _cut(body: bytearray, _: bytes, random: Random) -> None:
    del body[_place(body, random) :]


def _remove(body: bytearray, _: bytes, random: Random) -> None:
    place = _place(body, random)
    del body[place : place + random.randint(1, 64)]


def _repeat(body: bytearray, _: bytes, random: Random) -> None:
    place = _place(body, random)
    body[place:place] = body[place : place + random.randint(1, 64)]


def _insert(body: bytearray, _: bytes, random: Random) -> None:
    place = _place(body, random)
    body[place:place] = random.randbytes(random.randint(1, 16))


def _paste(body: bytearray, other: bytes, random: Random) -> None:
    """Put a part of another file over a part of this one."""
    start, place = random.randrange(len(other)), _place(body, random)
    part = other[start : start + random.randint(4, 128)]
    body[place : place + len(part)] = part


_WAYS: tuple[Callable[[bytearray, bytes, Random], None], ...] = (
    _flip,
    _flip,
    _set,
    _set,
    _number,
    _number,
    _cut,
    _remove,
    _repeat,
    _insert,
    _paste,
)


def _with_checksums(data: bytes) -> bytes:
    """Return a PNG with right checksums, so that its chunks are read at all."""
    parts, at = [data[: len(_PNG)]], len(_PNG)
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunk = data[at + 4 : at + 8 + size]
        if size > len(data) or len(chunk) < 4 + size:
            break
        parts.append(struct.pack(">I", size) + chunk)
        parts.append(struct.pack(">I", zlib.crc32(chunk)))
        at += 12 + size
    return b"".join(parts) + data[at:]
