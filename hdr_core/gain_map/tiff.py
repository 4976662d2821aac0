"""Entries of a TIFF directory, as in Exif and in the index of several pictures.

Source: TIFF 6.0, section 2; CIPA DC-008 (Exif).
"""

import struct
from typing import NamedTuple

EXIF_IFD, GPS_IFD, MAKER_NOTE, ORIENTATION = 0x8769, 0x8825, 0x927C, 0x0112
ENTRY_BYTES = 12
# Bytes of a value, by its type.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_MOST_ENTRIES = 1000


class Entry(NamedTuple):
    """One entry of a directory.

    Attributes:
        kind: Type of its values by TIFF's numbers.
        at: Place of the entry itself.
        place: Place of its values.
        size: Size of its values in bytes.
    """

    kind: int
    at: int
    place: int
    size: int


class Directory:
    """A directory of entries.

    Args:
        data: Bytes from which the places count, such as a whole TIFF.
        order: "<" or ">".
        start: Place of the directory.

    Raises:
        ValueError: It is cut short.
    """

    def __init__(self, data: bytes, order: str, start: int) -> None:
        self.data, self.order, self.start = data, order, start
        self.entries: dict[int, Entry] = {}
        for number in range(min(self._read("H", start), _MOST_ENTRIES)):
            at = start + 2 + ENTRY_BYTES * number
            tag, kind = self._read("H", at), self._read("H", at + 2)
            count = self._read("I", at + 4)
            size = _SIZES.get(kind, 1) * count
            place = at + 8 if size <= 4 else self._read("I", at + 8)
            self.entries.setdefault(tag, Entry(kind, at, place, size))

    def _read(self, form: str, at: int) -> int:
        try:
            return int(struct.unpack_from(self.order + form, self.data, at)[0])
        except struct.error as error:
            raise ValueError("a directory of its header is cut short") from error

    def number(self, tag: int) -> float | None:
        """Return the first value of an entry; None if there is none, or no number."""
        if (entry := self.entries.get(tag)) is None:
            return None
        forms = {1: "B", 3: "H", 4: "I", 8: "h", 9: "i", 11: "f", 12: "d"}
        if entry.kind in {5, 10}:
            form = "II" if entry.kind == 5 else "ii"
            top, bottom = (self._read(form[0], entry.place + skip) for skip in (0, 4))
            return top / bottom if bottom else None
        if entry.kind not in forms:
            return None
        if entry.kind in {11, 12}:
            form = self.order + forms[entry.kind]
            return float(struct.unpack_from(form, self.data, entry.place)[0])
        return self._read(forms[entry.kind], entry.place)

    def held(self, tag: int) -> bytes:
        """Return the bytes of an entry's values; b"" if there is none."""
        entry = self.entries.get(tag)
        return (
            b"" if entry is None else self.data[entry.place : entry.place + entry.size]
        )

    def follow(self, tag: int) -> "Directory | None":
        """Return the directory to which an entry points; None if there is none."""
        place = self.number(tag)
        return None if place is None else Directory(self.data, self.order, int(place))


def first_directory(tiff: bytes) -> Directory:
    """Return the first directory of a TIFF.

    Raises:
        ValueError: This is not a TIFF.
    """
    orders = {b"II*\0": "<", b"MM\0*": ">"}
    if (order := orders.get(tiff[:4])) is None or len(tiff) < 8:
        raise ValueError("a directory of its header is damaged")
    return Directory(tiff, order, struct.unpack_from(order + "I", tiff, 4)[0])
