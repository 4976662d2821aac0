"""The boxes of an AVIF with one picture, its light level, and Exif.

    ftyp  meta { hdlr pitm iloc iinf iref { cdsc } iprp { ipco ipma } }  mdat

Source: AOMedia, AV1 Image File Format 1.1; ISO/IEC 14496-12; ISO/IEC 23008-12.
"""

import struct
from typing import NamedTuple

from hdr_core.pictures.display_light import LightLevel

_BRANDS = b"avif" + bytes(4) + b"avifmif1miafMA1B"
# BT.2020, PQ, BT.2020 non-constant luminance, full range, by ITU-T H.273.
_COLORS = b"nclx" + struct.pack(">HHHB", 9, 16, 9, 0x80)
_BITS = (10, 10, 10)
_PICTURE, _EXIF = 1, 2


class AvifParts(NamedTuple):
    """What goes into the boxes.

    Attributes:
        width: Columns of the picture.
        height: Rows of the picture.
        config: Content of the box av1C.
        coded: The coded picture.
        level: Light level of the picture.
        exif: Exif with its name in front; b"": none.
    """

    width: int
    height: int
    config: bytes
    coded: bytes
    level: LightLevel
    exif: bytes


def write_boxes(parts: AvifParts) -> bytes:
    """Return the bytes of an AVIF."""
    # An item of Exif begins with the place of its TIFF header behind this number.
    exif = struct.pack(">I", 6) + parts.exif if parts.exif else b""
    items = [parts.coded, exif] if exif else [parts.coded]
    head = _box(b"ftyp", _BRANDS)
    n_meta = len(_meta(parts, items, 0))
    meta = _meta(parts, items, len(head) + n_meta + 8)
    return head + meta + _box(b"mdat", b"".join(items))


def _meta(parts: AvifParts, items: list[bytes], start: int) -> bytes:
    """Return the box meta.

    Args:
        parts: What goes into the file.
        items: Bytes of each item, one behind the other.
        start: Place of the first one in the file.
    """
    places, infos, at = b"", b"", start
    for number, (data, kind) in enumerate(zip(items, (b"av01", b"Exif")), 1):  # noqa: B905 - Exif may be missing
        places += struct.pack(">HHHII", number, 0, 1, at, len(data))
        at += len(data)
        flags = 0 if number == _PICTURE else 1  # 1: not shown
        entry = struct.pack(">HH4s", number, 0, kind) + b"\0"
        infos += _full(b"infe", entry, version=2, flags=flags)
    body = _full(b"hdlr", bytes(4) + b"pict" + bytes(12) + b"\0")
    body += _full(b"pitm", struct.pack(">H", _PICTURE))
    body += _full(b"iloc", struct.pack(">BBH", 0x44, 0, len(items)) + places)
    body += _full(b"iinf", struct.pack(">H", len(items)) + infos)
    if len(items) > 1:
        describes = struct.pack(">HHH", _EXIF, 1, _PICTURE)
        body += _full(b"iref", _box(b"cdsc", describes))
    return _full(b"meta", body + _properties(parts))


def _properties(parts: AvifParts) -> bytes:
    """Return the box iprp: the properties of the picture, av1C among them essential."""
    level = (round(parts.level.most_nits), round(parts.level.mean_nits))
    held = [
        _full(b"ispe", struct.pack(">II", parts.width, parts.height)),
        _full(b"pixi", bytes([len(_BITS), *_BITS])),
        _box(b"av1C", parts.config),
        _box(b"colr", _COLORS),
        _box(b"clli", struct.pack(">HH", *level)),
    ]
    links = [0x80 | place if place == 3 else place for place in range(1, len(held) + 1)]
    entry = struct.pack(">IHB", 1, _PICTURE, len(links)) + bytes(links)
    return _box(b"iprp", _box(b"ipco", b"".join(held)) + _full(b"ipma", entry))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _full(kind: bytes, body: bytes, *, version: int = 0, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags) + body)
