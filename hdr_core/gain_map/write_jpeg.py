"""Put a base and its gain map into one JPEG, in the forms of Ultra HDR and of ISO.

    base: SOI, Exif, XMP, ISO's version, index of pictures, its other segments, picture
    map:  SOI, JFIF, XMP with the numbers, ISO's metadata, picture

The base's tables and picture data are copied byte for byte.

Source: ISO 21496-1:2025, annex C; Google, Ultra HDR Image Format 1.1; CIPA DC-007.
"""

import io
import struct

from hdr_core.errors import OutputError
from hdr_core.gain_map import iso, xmp
from hdr_core.gain_map.private import clean_exif, is_kept, merge_packet
from hdr_core.gain_map.segments import (
    APP0,
    APP1,
    APP2,
    EXIF,
    MPF,
    SOI,
    Segment,
    bodies,
    find_end,
    read_segments,
)
from hdr_core.known_light import Codes, GainMap

MAP_QUALITY = 95
_MOST_BODY = 65533
_REPLACED = (iso.NAME, MPF)


def write_map_jpeg(gain_map: GainMap, *, quality: int = MAP_QUALITY) -> bytes:
    """Return a gain map as a JPEG with its metadata.

    Args:
        gain_map: The map, 8 bits, as its base is stored.
        quality: Quality of the JPEG, 1 to 100. Chroma is not reduced.
    """
    from PIL import Image  # noqa: PLC0415 - slow to import

    codes = gain_map.codes[..., 0] if gain_map.codes.shape[2] == 1 else gain_map.codes
    buffer = io.BytesIO()
    Image.fromarray(codes).save(buffer, "JPEG", quality=quality, subsampling=0)
    plain = buffer.getvalue()
    n = gain_map.codes.shape[2]
    added = _segment(APP1, xmp.NAME + xmp.map_packet(gain_map.formula))
    added += _segment(APP2, iso.NAME + iso.write_iso(gain_map.formula, n))
    jfif = next(s for s in read_segments(plain) if s.marker == APP0)
    return plain[: jfif.end] + added + plain[jfif.end :]


def join(base: bytes, map_jpeg: bytes, *, keeps_place: bool = False) -> bytes:
    """Return base and map in one file.

    Args:
        base: A JPEG. What it holds behind its first picture is dropped, and so are
            another gain map and the index of pictures.
        map_jpeg: Result of ``write_map_jpeg``.
        keeps_place: Keep where the photograph was taken.

    Raises:
        OutputError: The base is not a whole JPEG, or its metadata are too long.
    """
    try:
        segments = read_segments(base)
    except ValueError as error:
        raise OutputError(
            f"base of the gain map: {error}. Take a whole one."
        ) from error
    end = find_end(base, segments[-1].end)
    if end is None:
        raise OutputError("base of the gain map: is cut off. Take a whole one.")
    packets = bodies(segments, APP1, xmp.NAME)
    packet = merge_packet(
        packets[0] if packets else b"",
        xmp.base_properties(len(map_jpeg)),
        keeps_place=keeps_place,
    )
    first, rest = _sorted_segments(segments, keeps_place=keeps_place)
    head = SOI + first + _segment(APP1, xmp.NAME + packet)
    head += _segment(APP2, iso.NAME + iso.VERSION)
    picture = rest + base[segments[-1].at : end]
    n_index = len(_index(0, 0, 0))
    size = len(head) + n_index + len(picture)
    # Places count from the TIFF header in the index: behind marker, length and name.
    origin = len(head) + 4 + len(MPF)
    return head + _index(size, len(map_jpeg), size - origin) + picture + map_jpeg


def _sorted_segments(
    segments: list[Segment], *, keeps_place: bool
) -> tuple[bytes, bytes]:
    """Return the segments before ours, JFIF and Exif, and those behind."""
    first, rest = b"", b""
    for segment in segments[:-1]:
        is_ours = segment.marker == APP2 and segment.body.startswith(_REPLACED)
        is_packet = segment.marker == APP1 and segment.body.startswith(xmp.NAME)
        if is_ours or is_packet or not is_kept(segment, keeps_place=keeps_place):
            continue
        written = _segment(segment.marker, clean_exif(segment, keeps_place=keeps_place))
        is_exif = segment.marker == APP1 and segment.body.startswith(EXIF)
        if segment.marker == APP0 or is_exif:
            first += written
        else:
            rest += written
    return first, rest


def _segment(marker: int, body: bytes) -> bytes:
    if len(body) > _MOST_BODY:
        raise OutputError(
            f"base of the gain map: {len(body)} bytes of metadata do not fit into a "
            "segment of a JPEG. Remove its XMP first."
        )
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _index(base_bytes: int, map_bytes: int, map_place: int) -> bytes:
    """Return the index of both pictures: a directory of version, number and list."""
    records = struct.pack(">IIIHH", 0x00030000, base_bytes, 0, 0, 0)
    records += struct.pack(">IIIHH", 0, map_bytes, map_place, 0, 0)
    entries = struct.pack(">HHI4s", 0xB000, 7, 4, b"0100")
    entries += struct.pack(">HHII", 0xB001, 4, 1, 2)
    entries += struct.pack(">HHII", 0xB002, 7, len(records), 8 + 2 + 3 * 12 + 4)
    directory = struct.pack(">H", 3) + entries + bytes(4)
    return _segment(APP2, MPF + b"MM\0*" + struct.pack(">I", 8) + directory + records)


def picture_data(jpeg: bytes) -> bytes:
    """Return tables and picture data of the first picture of a JPEG, without metadata.

    Raises:
        ValueError: It is not a JPEG, or cut short.
    """
    segments = read_segments(jpeg)
    end = find_end(jpeg, segments[-1].end)
    if end is None:
        raise ValueError("its picture is cut off")
    tables = [jpeg[s.at : s.end] for s in segments[:-1] if s.marker < APP0]
    return b"".join([*tables, jpeg[segments[-1].at : end]])


def untilted(codes: Codes, orientation: int) -> Codes:
    """Return an upright picture as it is stored under Exif's orientation, 1 to 8."""
    if orientation in {3, 4, 7, 8}:
        codes = codes[::-1]
    if orientation in {2, 3, 6, 7}:
        codes = codes[:, ::-1]
    if orientation in {5, 6, 7, 8}:
        codes = codes.swapaxes(0, 1)
    return codes.copy()
