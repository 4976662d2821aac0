"""The items of HEIF and AVIF files: pictures, their properties, and their bytes.

A file holds boxes. The box ``meta`` lists items: coded pictures, grids of pictures, and
Exif. One of them is the primary picture. Others belong to it by references: its tiles
(``dimg``), its alpha (``auxl``), its Exif (``cdsc``).

Source: ISO/IEC 14496-12 (colr), 23008-12 (items and properties), 23000-22 (MIAF).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hdr_core.headers.boxes import (
    FROM_FILE,
    FROM_META,
    Cursor,
    Places,
    boxes,
    find_meta,
    read_kinds,
    read_links,
    read_places,
    read_references,
)

_BRANDS = frozenset(
    b"avif avis heic heim heis heix hevc hevm hevs hevx jpeg j2ki mif1 mif2 msf1 miaf "
    b"vvic".split()
)
_HEAD_BYTES = 64
_SEQUENCES = (b"avis", b"hevc", b"hevx", b"msf1")
_ALPHA_NAMES = (
    b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
    b"urn:mpeg:hevc:2015:auxid:1",
    b"urn:mpeg:avc:2015:auxid:1",
)
_MOST_ITEM_BYTES = 2**30


class Nclx(NamedTuple):
    """Colors by their codes in ITU-T H.273, and whether codes fill the full range."""

    primaries: int
    transfer: int
    matrix: int
    is_full: bool


DEFAULT_COLORS = Nclx(1, 13, 6, True)
"""What MIAF prescribes where a file names no colors: those of sRGB."""


class Grid(NamedTuple):
    """A picture made of equal tiles, row by row; its size cuts the last ones."""

    rows: int
    columns: int
    width: int
    height: int


@dataclass(frozen=True)
class HeifFile:
    """The items of a file.

    Attributes:
        path: Path of the file.
        primary: Number of the primary picture.
        kinds: Type of each item by its number: "av01", "hvc1", "grid", "Exif" ...
        properties: Properties of each item in their order: (type, bytes).
        references: (type, from, to) of each reference.
        places: Where the bytes of each item lie: (method, [(start, size)]).
        stored: Bytes that lie in the box ``meta`` itself.
        is_sequence: Whether the file is an animation, by its brand.
    """

    path: Path
    primary: int
    kinds: dict[int, str]
    properties: dict[int, list[tuple[str, bytes]]]
    references: list[tuple[str, int, tuple[int, ...]]]
    places: dict[int, Places]
    stored: bytes
    is_sequence: bool = False

    def held(self, item: int, kind: str) -> list[bytes]:
        """Return all properties of an item that have this type."""
        return [data for name, data in self.properties.get(item, []) if name == kind]

    def parts(self, item: int, kind: str) -> tuple[int, ...]:
        """Return the items to which a reference of an item leads, such as its tiles."""
        found = (to for name, at, to in self.references if (name, at) == (kind, item))
        return next(found, ())

    def belonging(self, item: int, kind: str) -> list[int]:
        """Return the items whose reference leads to ``item``, such as its Exif."""
        return [at for name, at, to in self.references if name == kind and item in to]

    def read(self, item: int) -> bytes:
        """Return the bytes of an item.

        Raises:
            ValueError: They lie outside of the file.
        """
        method, extents = self.places.get(item, (FROM_FILE, []))
        if method not in {FROM_FILE, FROM_META} or not extents:
            raise ValueError(f"item {item} has no bytes")
        parts = []
        with self.path.open("rb") as file:
            for start, size in extents:
                if size > _MOST_ITEM_BYTES:
                    raise ValueError(f"item {item} is too large")
                file.seek(start)
                is_own = method == FROM_META
                part = self.stored[start : start + size] if is_own else file.read(size)
                if len(part) < size:
                    raise ValueError(f"item {item} is cut short")
                parts.append(part)
        return b"".join(parts)

    def nclx(self, item: int) -> Nclx | None:
        """Return the codes of an item's colors; None if there are none."""
        for data in self.held(item, "colr"):
            if data[:4] == b"nclx" and len(data) >= 11:
                primaries, transfer, matrix = (
                    int.from_bytes(data[at : at + 2], "big") for at in (4, 6, 8)
                )
                return Nclx(primaries, transfer, matrix, bool(data[10] >> 7))
        return None

    def profile(self, item: int) -> bytes | None:
        """Return an item's ICC profile; None if there is none."""
        profiles = (
            data[4:]
            for data in self.held(item, "colr")
            if data[:4] in {b"prof", b"rICC"}
        )
        return next(profiles, None)

    def alpha(self, item: int) -> int | None:
        """Return the picture that holds an item's alpha; None if there is none."""
        for other in self.belonging(item, "auxl"):
            names = [data[4:].split(b"\0")[0] for data in self.held(other, "auxC")]
            if any(name in _ALPHA_NAMES for name in names):
                return other
        return None

    def is_premultiplied(self, item: int) -> bool:
        """Return whether an item's color is multiplied by its alpha."""
        return bool(self.parts(item, "prem"))

    def exif(self, item: int) -> bytes | None:
        """Return an item's Exif, from its TIFF header on; None if there is none."""
        for other in self.belonging(item, "cdsc"):
            if self.kinds.get(other) == "Exif":
                data = self.read(other)
                return data[4 + int.from_bytes(data[:4], "big") :]
        return None

    def size(self, item: int) -> tuple[int, int]:
        """Return width and height of an item before it is turned; 0, 0 if unknown."""
        for data in self.held(item, "ispe"):
            if len(data) >= 12:
                return int.from_bytes(data[4:8], "big"), int.from_bytes(
                    data[8:12], "big"
                )
        return 0, 0

    def grid(self, item: int) -> Grid:
        """Return the grid of an item whose kind is "grid".

        Raises:
            ValueError: Its bytes are cut short.
        """
        cursor = Cursor(self.read(item))
        is_wide = cursor.take(2) & 1
        rows, columns = cursor.take(1) + 1, cursor.take(1) + 1
        n_bytes = 4 if is_wide else 2
        return Grid(rows, columns, cursor.take(n_bytes), cursor.take(n_bytes))


def _brand(path: Path) -> bytes:
    """Return the first brand of a file."""
    with path.open("rb") as file:
        return file.read(12)[8:]


def is_heif(path: Path) -> bool:
    """Return whether a file is HEIF or AVIF, by the brands that it names first."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head[4:8] != b"ftyp":
        return False
    size = min(int.from_bytes(head[:4], "big"), len(head))
    return bool(_BRANDS & {head[8:12]}) or b"mif1" in [
        head[at : at + 4] for at in range(16, size, 4)
    ]


def read_heif_items(path: Path) -> HeifFile:
    """Return the items of a file.

    Args:
        path: Path of a file of which ``is_heif`` is true.

    Raises:
        ValueError: Boxes are damaged, or there is no list of items.
    """
    lists = dict(boxes(find_meta(path)[4:]))
    kinds = dict(read_kinds(lists.get("iinf", b"")))
    cursor = Cursor(lists.get("pitm", b""))
    primary = cursor.take(2 if cursor.version() == 0 else 4)
    if primary not in kinds:
        raise ValueError("it names no primary picture")
    return HeifFile(
        path,
        primary,
        kinds,
        _properties(lists.get("iprp", b"")),
        list(read_references(lists.get("iref", bytes(4)))),
        dict(read_places(lists.get("iloc", b""))),
        lists.get("idat", b""),
        _brand(path) in _SEQUENCES,
    )


def heif_camera(path: Path) -> tuple[tuple[int, int], str] | None:
    """Return upright size and camera of the primary picture; None if damaged.

    Args:
        path: Path of a file of which ``is_heif`` is true.
    """
    from hdr_core.headers.exif import read_exif  # noqa: PLC0415 - slow to import

    try:
        held = read_heif_items(path)
        names = read_exif(held.exif(held.primary) or b"")
    except (ValueError, OSError):
        return None
    size = held.size(held.primary)
    for clap in held.held(held.primary, "clap"):
        sides = [int.from_bytes(clap[at : at + 4], "big") for at in range(0, 16, 4)]
        if all(sides):
            size = sides[0] // sides[1], sides[2] // sides[3]
    turns = sum(data[0] & 3 for data in held.held(held.primary, "irot") if data)
    parts = (names.get(name) for name in ("Make", "Model"))
    camera = " ".join(part for part in parts if isinstance(part, str))
    return size[::-1] if turns % 2 else size, camera


def _properties(body: bytes) -> dict[int, list[tuple[str, bytes]]]:
    """Return the properties of each item, from the box ``iprp``."""
    parts = list(boxes(body))
    shared = [held for kind, part in parts if kind == "ipco" for held in boxes(part)]
    found: dict[int, list[tuple[str, bytes]]] = {}
    for kind, part in parts:
        for item, places in read_links(part) if kind == "ipma" else ():
            chosen = [shared[at - 1] for at in places if 0 < at <= len(shared)]
            found.setdefault(item, []).extend(chosen)
    return found
