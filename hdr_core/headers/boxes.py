"""Boxes of ISO base media files, and the lists of items in their box ``meta``.

A box is a size, a type of four letters and a content. Sizes come from the file, so
each is checked: a damaged file gives a ValueError, never more bytes than it has.

Source: ISO/IEC 14496-12, clauses 4.2 (boxes) and 8.11 (iinf, iloc, iref, ipma).
"""

from collections.abc import Iterator
from pathlib import Path

# More bytes than any list of items needs; the pictures themselves lie elsewhere.
_MOST_META_BYTES = 2**26
_MOST_BOXES = 100000
FROM_FILE, FROM_META = 0, 1
"""Where an item's bytes are counted from: the file, or the box ``idat``."""

Places = tuple[int, list[tuple[int, int]]]
"""Method, and start and size of each part of an item."""


class Cursor:
    """Reads big-endian numbers one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, n_bytes: int) -> int:
        """Return the next number; ValueError after the end."""
        if self.at + n_bytes > len(self.data):
            raise ValueError("a list of items is cut short")
        self.at += n_bytes
        return int.from_bytes(self.data[self.at - n_bytes : self.at], "big")

    def version(self) -> int:
        """Return the version of a full box; its flags are skipped."""
        return self.take(4) >> 24


def find_meta(path: Path) -> bytes:
    """Return the content of the box ``meta``."""
    with path.open("rb") as file:
        for _ in range(_MOST_BOXES):
            head = file.read(8)
            if len(head) < 8:
                break
            size, kind, n_head = int.from_bytes(head[:4], "big"), head[4:], 8
            if size == 1:
                size, n_head = int.from_bytes(file.read(8), "big"), 16
            if kind == b"meta":
                rest = _MOST_META_BYTES if size == 0 else size - n_head
                body = file.read(min(max(rest, 0), _MOST_META_BYTES))
                if size and len(body) < rest:
                    break
                return body
            if size < n_head:
                break
            file.seek(size - n_head, 1)
    raise ValueError("it has no whole list of items")


def boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield type and content of each box."""
    at = 0
    while at + 8 <= len(data):
        size, n_head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, n_head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = len(data) if size == 0 else at + size
        if end < at + n_head or end > len(data):
            raise ValueError("a box is cut short")
        yield data[at + 4 : at + 8].decode("latin-1"), data[at + n_head : end]
        at = end


def read_kinds(body: bytes) -> Iterator[tuple[int, str]]:
    """Yield number and type of each item of ``iinf``."""
    cursor = Cursor(body)
    cursor.take(2 if cursor.version() == 0 else 4)
    for kind, part in boxes(body[cursor.at :]):
        entry = Cursor(part)
        version = entry.version()
        if kind == "infe" and version >= 2:
            item = entry.take(2 if version == 2 else 4)
            entry.take(2)
            yield item, part[entry.at : entry.at + 4].decode("latin-1")


def read_places(body: bytes) -> Iterator[tuple[int, Places]]:
    """Yield number, method and extents of each item of ``iloc``."""
    cursor = Cursor(body)
    version = cursor.version()
    sizes, more = cursor.take(1), cursor.take(1)
    n_start, n_size, n_base = sizes >> 4, sizes & 15, more >> 4
    n_index = more & 15 if version in {1, 2} else 0
    for _ in range(cursor.take(2 if version < 2 else 4)):
        item = cursor.take(2 if version < 2 else 4)
        method = cursor.take(2) & 15 if version in {1, 2} else FROM_FILE
        cursor.take(2)
        base, extents = cursor.take(n_base), []
        for _ in range(cursor.take(2)):
            cursor.take(n_index)
            start = base + cursor.take(n_start)
            extents.append((start, cursor.take(n_size)))
        yield item, (method, extents)


def read_references(body: bytes) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """Yield each reference of ``iref``."""
    n_bytes = 2 if Cursor(body).version() == 0 else 4
    for kind, part in boxes(body[4:]):
        cursor = Cursor(part)
        item = cursor.take(n_bytes)
        targets = [cursor.take(n_bytes) for _ in range(cursor.take(2))]
        yield kind, item, tuple(targets)


def read_links(body: bytes) -> Iterator[tuple[int, list[int]]]:
    """Yield the number of each item of ``ipma``, and the places of its properties."""
    cursor = Cursor(body)
    head = cursor.take(4)
    version, is_wide = head >> 24, head & 1
    for _ in range(cursor.take(4)):
        item = cursor.take(2 if version < 1 else 4)
        n_bytes, mask = (2, 0x7FFF) if is_wide else (1, 0x7F)
        yield item, [cursor.take(n_bytes) & mask for _ in range(cursor.take(1))]
