"""The segments of a JPEG, and the pictures that lie behind each other in one file.

Source: ITU-T T.81, annex B (markers); CIPA DC-007 (index of several pictures, MPF).
"""

import re
from typing import NamedTuple

from hdr_core.gain_map.tiff import first_directory

SOI, EOI, SOS = b"\xff\xd8", b"\xff\xd9", 0xDA
APP0, APP1, APP2 = 0xE0, 0xE1, 0xE2
MPF = b"MPF\0"
EXIF = b"Exif\0\0"
ICC = b"ICC_PROFILE\0"
_IMAGE_LIST, _RECORD_BYTES = 0xB002, 16
# A marker within picture data: not 0xFF00, no restart, no fill byte.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ICC_HEAD = len(ICC) + 2


class Segment(NamedTuple):
    """A segment of a header.

    Attributes:
        marker: Second byte of its marker.
        at: Place of its marker in the file.
        body: Its bytes after the length.
    """

    marker: int
    at: int
    body: bytes

    @property
    def end(self) -> int:
        """Place behind the segment."""
        return self.at + 4 + len(self.body)


def read_segments(data: bytes, start: int = 0) -> list[Segment]:
    """Return the segments from the begin of a JPEG to its picture data.

    Args:
        data: Bytes of the file.
        start: Place of the JPEG.

    Raises:
        ValueError: It is not a JPEG, or cut short.
    """
    if data[start : start + 2] != SOI:
        raise ValueError("it is not a JPEG")
    at, found = start + 2, []
    while True:
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        marker = data[at + 1] if at + 1 < len(data) else 0
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at : at + 1] != b"\xff" or size < 2 or at + 2 + size > len(data):
            raise ValueError("its header is cut off")
        found.append(Segment(marker, at, data[at + 4 : at + 2 + size]))
        if marker == SOS:
            return found
        at += 2 + size


def find_end(data: bytes, start: int) -> int | None:
    """Return the place behind a JPEG; None if its end is missing.

    Args:
        data: Bytes of the file.
        start: Place of the picture data: behind the segment that begins them.
    """
    at = start
    while (match := _MARKER.search(data, at)) is not None:
        if match.group() == EOI:
            return match.end()
        size = int.from_bytes(data[match.end() : match.end() + 2], "big")
        at = match.end() + max(size, 2)
    return None


def bodies(segments: list[Segment], marker: int, name: bytes) -> list[bytes]:
    """Return what follows ``name`` in all segments that begin with it."""
    return [
        segment.body[len(name) :]
        for segment in segments
        if segment.marker == marker and segment.body.startswith(name)
    ]


def read_profile_bytes(segments: list[Segment]) -> bytes:
    """Return the ICC profile, joined from its parts; b"" if there is none."""
    parts = [
        (segment.body[len(ICC)], segment.body[_ICC_HEAD:])
        for segment in segments
        if segment.marker == APP2
        and segment.body.startswith(ICC)
        and len(segment.body) > _ICC_HEAD
    ]
    return b"".join(body for _, body in sorted(parts))


def read_exif(segments: list[Segment]) -> bytes:
    """Return Exif from its TIFF header on; b"" if there is none."""
    return next(iter(bodies(segments, APP1, EXIF)), b"")


def read_index(segments: list[Segment]) -> list[tuple[int, int]]:
    """Return place and size of the pictures behind the first one, by the MPF index.

    Places count from the begin of the file. A damaged index gives an empty list.
    """
    for segment in segments:
        if segment.marker != APP2 or not segment.body.startswith(MPF):
            continue
        tiff = segment.body[len(MPF) :]
        origin = segment.at + 4 + len(MPF)
        try:
            directory = first_directory(tiff)
        except ValueError:
            return []
        records = directory.held(_IMAGE_LIST)
        order = "little" if directory.order == "<" else "big"
        found = []
        for at in range(_RECORD_BYTES, len(records) - _RECORD_BYTES + 1, _RECORD_BYTES):
            size, place = (
                int.from_bytes(records[at + skip : at + skip + 4], order)  # type: ignore[arg-type]
                for skip in (4, 8)
            )
            if place:
                found.append((origin + place, size))
        return found
    return []
