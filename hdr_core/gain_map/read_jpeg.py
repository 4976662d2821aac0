"""Find the gain map of a JPEG: Ultra HDR, ISO 21496-1, and Apple's.

The base comes first, the map behind it. The index of pictures (MPF) or the directory
in the base's XMP says where; a file without either is searched. Which of several
pictures is a map, its own metadata say.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.gain_map import iso, xmp
from hdr_core.gain_map.apple import apple_formula, is_apple
from hdr_core.gain_map.check import (
    faulty,
    profile_primaries,
    require_sound,
    to_alternate,
)
from hdr_core.gain_map.segments import (
    APP1,
    APP2,
    MPF,
    SOI,
    SOS,
    Segment,
    bodies,
    find_end,
    read_exif,
    read_index,
    read_profile_bytes,
    read_segments,
)
from hdr_core.known_light import GainFormula, GainMap

_MAP = "GainMap"
ULTRA_HDR, ISO, APPLE = "Ultra HDR (XMP hdrgm)", "ISO 21496-1", "Apple HDRGainMap"


@dataclass(frozen=True)
class _Picture:
    """A picture behind the base, and its metadata as a gain map, if it has any."""

    start: int
    size: int
    segments: list[Segment]
    formula: GainFormula | None = None
    kind: str = ULTRA_HDR
    is_in_base_primaries: bool = True


@dataclass(frozen=True)
class _Base:
    """The first picture of a file."""

    segments: list[Segment]
    packet: xmp.Packet
    end: int | None

    @property
    def names_map(self) -> bool:
        """Whether the base says that a gain map follows."""
        return (
            "Version" in self.packet.hdrgm
            or bool(bodies(self.segments, APP2, iso.NAME))
            or any(meaning == _MAP for meaning, _ in self.packet.items)
        )


class MapFile(NamedTuple):
    """A JPEG with a gain map.

    Attributes:
        base: The base alone, as a JPEG. No reader finds a gain map in it.
        gain_map: The map, not turned; None if it is ignored.
    """

    base: bytes
    gain_map: GainMap | None


def read_map_file(path: Path, *, ignores_map: bool = False) -> MapFile | None:
    """Return base and gain map of a JPEG; None for every file without a map.

    Args:
        path: Path of a readable file.
        ignores_map: Do not read the map, so that no fault of it matters.

    Raises:
        PlateError: The base says that there is a map, or a map says what it is, but
            it is missing, cut off, damaged, without metadata, or one of several; or
            its numbers mean nothing.
    """
    with path.open("rb") as file:
        if file.read(2) != SOI:
            return None
        data = SOI + file.read()
    try:
        base = _read_base(data)
    except ValueError:
        return None  # The decoder of the base reports it.
    if base.end is None:
        return None  # The base is cut off, which its decoder reports.
    if not ignores_map:
        found = _find_map(path, data, base)
        return None if found is None else MapFile(_base_alone(data, base), found)
    return MapFile(_base_alone(data, base), None) if _has_map(data, base) else None


def _has_map(data: bytes, base: _Base) -> bool:
    """Return whether a file has a gain map, damaged or not."""
    if base.names_map:
        return True
    for start, size in _places(data, base):
        try:
            picture = _by_metadata(start, size, read_segments(data, start), base)
        except ValueError:
            continue
        if picture.formula is not None:
            return True
    return False


def _base_alone(data: bytes, base: _Base) -> bytes:
    """Return the base without the segments that lead to a map."""
    names = (iso.NAME, MPF)
    kept = [
        data[segment.at : segment.end]
        for segment in base.segments
        if not (segment.marker == APP2 and segment.body.startswith(names))
    ]
    return b"".join([SOI, *kept, data[base.segments[-1].end : base.end]])


def _find_map(path: Path, data: bytes, base: _Base) -> GainMap | None:
    """Return the gain map of a file; None if it has none."""
    pictures = [_describe(path, data, place, base) for place in _places(data, base)]
    maps = [picture for picture in pictures if picture.formula is not None]
    if len({picture.kind for picture in maps}) > 1:
        # A map in two forms: the standard counts.
        maps = [picture for picture in maps if picture.kind != APPLE]
    if len(maps) > 1:
        raise faulty(path, f"it holds {len(maps)} gain maps, and does not say which")
    if maps:
        return _read_map(path, data, base, maps[0])
    if not base.names_map:
        return None
    if len(pictures) == 1 and (numbers := _numbers_of(path, base)) is not None:
        return _read_map(path, data, base, replace(pictures[0], formula=numbers))
    if not pictures:
        raise faulty(path, "its metadata name a gain map, but no picture follows")
    raise faulty(path, "its gain map has no metadata, so its codes mean nothing")


def _numbers_of(path: Path, base: _Base) -> GainFormula | None:
    """Return the formula that some encoders write to the base; None if it has none."""
    try:
        return xmp.read_hdrgm(base.packet.hdrgm)
    except ValueError as error:
        raise faulty(path, f"of its gain map, {error}") from error


def _read_base(data: bytes) -> _Base:
    segments = read_segments(data)
    packets = bodies(segments, APP1, xmp.NAME)
    packet = xmp.read_packet(packets[0]) if packets else xmp.Packet({}, {}, [])
    return _Base(segments, packet, find_end(data, segments[-1].end))


def _places(data: bytes, base: _Base) -> list[tuple[int, int]]:
    """Return place and size of each picture behind the base; size 0: to its end."""
    by_index = [
        (start, size)
        for start, size in read_index(base.segments)
        if data[start : start + 2] in {SOI, b""}
    ]
    if by_index:
        return by_index
    if base.end is None:
        return []
    if any(meaning == _MAP for meaning, _ in base.packet.items):
        return list(_by_directory(data, base.end, base.packet.items))
    start = data.find(SOI + b"\xff", base.end) if base.names_map else -1
    return [] if start < 0 else [(start, 0)]


def _by_directory(
    data: bytes, at: int, items: list[tuple[str, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the places of the maps by the directory of XMP: one behind the other."""
    for meaning, size in items[1:]:
        if meaning == _MAP and at < len(data):
            yield at, size
        at += size


def _describe(path: Path, data: bytes, place: tuple[int, int], base: _Base) -> _Picture:
    """Return a picture with what its header says of it as a gain map."""
    start, size = place
    try:
        segments = read_segments(data, start)
    except ValueError as error:
        if not base.names_map:
            return _Picture(start, size, [])  # Such as a preview that was cut off.
        missing = f"byte {start} is behind the end of the file, {len(data)} bytes"
        reason = missing if start >= len(data) else str(error)
        raise faulty(path, f"its gain map is cut off ({reason})") from error
    try:
        return _by_metadata(start, size, segments, base)
    except ValueError as error:
        raise faulty(path, f"of its gain map, {error}") from error


def _by_metadata(
    start: int, size: int, segments: list[Segment], base: _Base
) -> _Picture:
    """Return a picture with the formula of its metadata: ISO, else Adobe, else Apple.

    Raises:
        ValueError: The metadata cannot be used.
    """
    if found := [body for body in bodies(segments, APP2, iso.NAME) if len(body) > 4]:
        formula, is_base = iso.read_iso(found[0])
        return _Picture(start, size, segments, formula, ISO, is_base)
    for body in bodies(segments, APP1, xmp.NAME):
        packet = xmp.read_packet(body)
        if (by_xmp := xmp.read_hdrgm(packet.hdrgm)) is not None:
            return _Picture(start, size, segments, by_xmp, ULTRA_HDR)
        if is_apple(packet.apple):
            apple = apple_formula(packet.apple, read_exif(base.segments))
            return _Picture(start, size, segments, apple, APPLE)
    return _Picture(start, size, segments)


def _read_map(path: Path, data: bytes, base: _Base, picture: _Picture) -> GainMap:
    """Return a map, decoded."""
    formula = picture.formula
    if formula is None:
        raise ValueError("this picture has no formula")
    scan = next(s for s in picture.segments if s.marker == SOS)
    end = find_end(data, scan.end)
    if end is None or end > len(data):
        missing = picture.start + picture.size - len(data)
        how_much = f", {missing} bytes are missing" if missing > 0 else ""
        raise faulty(path, f"its gain map is cut off{how_much}")
    codes = _decode(path, data[picture.start : end])
    require_sound(path, formula)
    to_map_space = None
    if not picture.is_in_base_primaries:
        both = (read_profile_bytes(base.segments), read_profile_bytes(picture.segments))
        to_map_space = to_alternate(*(profile_primaries(data) for data in both))
    return GainMap(codes, formula, picture.kind, to_map_space)


def _decode(path: Path, data: bytes) -> NDArray[np.uint8]:
    """Return the codes of a map, (h, w, 1 or 3)."""
    from PIL import Image  # noqa: PLC0415 - slow to import

    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            mode, codes = image.mode, np.asarray(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise faulty(path, f"its gain map is damaged ({error})") from error
    if mode not in {"L", "RGB"}:
        raise PlateError(
            f"{path}: its gain map is {mode}, not grey or RGB. Choose --gain-map "
            "ignore to convert the base alone."
        )
    return codes if codes.ndim == 3 else codes[..., None]
