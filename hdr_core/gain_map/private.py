"""Take the place of a photograph out of its metadata.

Left out are the GPS directory of Exif, GPS and place names of XMP, extended XMP, and
Photoshop's segment, which may name the place too. All else stays, such as the time.
"""

import struct
from xml.etree import ElementTree

from hdr_core.gain_map import xmp
from hdr_core.gain_map.segments import APP1, EXIF, Segment
from hdr_core.gain_map.tiff import ENTRY_BYTES, GPS_IFD, Directory, first_directory

APP13 = 0xED
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_PLACES = (
    "{http://ns.adobe.com/exif/1.0/}GPS",
    "{http://ns.adobe.com/photoshop/1.0/}City",
    "{http://ns.adobe.com/photoshop/1.0/}State",
    "{http://ns.adobe.com/photoshop/1.0/}Country",
    "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}Location",
    "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}CountryCode",
    "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}Location",
)
_OURS = (
    f"{{{xmp.HDRGM}}}",
    f"{{{xmp.CONTAINER}}}",
    "{http://ns.adobe.com/xmp/note/}HasExtendedXMP",
)


def without_place(tiff: bytes) -> bytes:
    """Return Exif, from its TIFF header on, without its GPS directory.

    The entry is taken out, and the bytes of the directory become 0. No other byte
    moves. Exif that cannot be read is returned as b"".
    """
    try:
        first = first_directory(tiff)
        gps = first.follow(GPS_IFD)
        if gps is None:
            return tiff
    except ValueError:
        return b""
    data = bytearray(tiff)
    _erase(data, gps)
    entry = first.entries[GPS_IFD]
    count = struct.unpack_from(first.order + "H", tiff, first.start)[0]
    end = first.start + 2 + ENTRY_BYTES * count + 4
    data[entry.at : end - ENTRY_BYTES] = tiff[entry.at + ENTRY_BYTES : end]
    data[end - ENTRY_BYTES : end] = bytes(ENTRY_BYTES)
    struct.pack_into(first.order + "H", data, first.start, count - 1)
    return bytes(data)


def _erase(data: bytearray, gps: Directory) -> None:
    """Set the bytes of a directory and of its values to 0."""
    for entry in gps.entries.values():
        for start, size in ((entry.place, entry.size), (entry.at, ENTRY_BYTES)):
            end = min(start + size, len(data))
            data[start:end] = bytes(max(end - start, 0))
    data[gps.start : gps.start + 2] = bytes(2)


def is_kept(segment: Segment, *, keeps_place: bool) -> bool:
    """Return whether a segment of a plate goes into a picture that is made of it."""
    if segment.marker == APP1 and segment.body.startswith(EXTENSION):
        return False
    return keeps_place or segment.marker != APP13


def clean_exif(segment: Segment, *, keeps_place: bool) -> bytes:
    """Return the body of a segment; of Exif, without the place."""
    if keeps_place or segment.marker != APP1 or not segment.body.startswith(EXIF):
        return segment.body
    return EXIF + without_place(segment.body[len(EXIF) :])


def merge_packet(old: bytes, added: str, *, keeps_place: bool) -> bytes:
    """Return an XMP packet with new descriptions in place of those of a gain map.

    Args:
        old: The plate's packet; b"" if it has none. One that is not XML is dropped.
        added: Elements to add.
        keeps_place: Keep GPS and place names.
    """
    ours = xmp.packet(added)
    start, end = old.find(b"<x:xmpmeta"), old.rfind(b"</x:xmpmeta>")
    if start < 0 or end < start:
        return ours
    try:
        root = ElementTree.fromstring(old[start : end + len(b"</x:xmpmeta>")])
        descriptions = root.find(f"{{{xmp.RDF}}}RDF")
    except ElementTree.ParseError:
        return ours
    if descriptions is None:
        return ours
    dropped = _OURS if keeps_place else _OURS + _PLACES
    for element in list(root.iter()):
        for name in [name for name in element.attrib if name.startswith(dropped)]:
            del element.attrib[name]
        for child in [child for child in element if child.tag.startswith(dropped)]:
            element.remove(child)
    new = ElementTree.fromstring(ours).find(f"{{{xmp.RDF}}}RDF")
    descriptions.extend([] if new is None else list(new))
    for prefix, space in xmp.PREFIXES.items():
        ElementTree.register_namespace(prefix, space)
    return ElementTree.tostring(root)
