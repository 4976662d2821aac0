"""The metadata of a gain map in XMP: Adobe's ``hdrgm``, and Apple's.

The base's packet has ``hdrgm:Version``, and names the pictures of the file in a
``Container:Directory``. The map's packet has the numbers: one for all channels, or a
sequence of three.

Source: Adobe, Gain Map Specification 1.0; Google, Ultra HDR Image Format 1.0, and its
GContainer; Apple, HDRGainMap 1.0.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

from hdr_core.known_light import GainFormula, Triple

NAME = b"http://ns.adobe.com/xap/1.0/\0"
"""Begin of an APP1 segment with XMP."""
HDRGM = "http://ns.adobe.com/hdr-gain-map/1.0/"
CONTAINER = "http://ns.google.com/photos/1.0/container/"
ITEM = "http://ns.google.com/photos/1.0/container/item/"
APPLE = "http://ns.apple.com/HDRGainMap/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PREFIXES = {
    "x": "adobe:ns:meta/",
    "rdf": RDF,
    "hdrgm": HDRGM,
    "Container": CONTAINER,
    "Item": ITEM,
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "GPano": "http://ns.google.com/photos/1.0/panorama/",
}
"""Names of namespaces in packets that are written."""
_NEEDED = ("GainMapMax", "HDRCapacityMax")


class Packet(NamedTuple):
    """What one packet says.

    Attributes:
        hdrgm: Properties of Adobe's gain map, each with its values as texts.
        apple: Properties of Apple's gain map.
        items: Meaning and length in bytes of each picture of the file, in its order.
    """

    hdrgm: dict[str, list[str]]
    apple: dict[str, list[str]]
    items: list[tuple[str, int]]


def read_packet(data: bytes) -> Packet:
    """Return what an XMP packet says; one that is not XML says nothing."""
    packet = Packet({}, {}, [])
    start, end = data.find(b"<x:xmpmeta"), data.rfind(b"</x:xmpmeta>")
    if start < 0:
        start, end = data.find(b"<rdf:RDF"), data.rfind(b"</rdf:RDF>")
    end = data.find(b">", end) + 1
    try:
        root = ElementTree.fromstring(data[max(start, 0) : end])
    except (ElementTree.ParseError, ValueError):
        return packet
    spaces = {f"{{{HDRGM}": packet.hdrgm, f"{{{APPLE}": packet.apple}
    for element in root.iter():
        for name, values in _properties(element):
            space, _, short = name.rpartition("}")
            if space in spaces:
                spaces[space].setdefault(short, values)
        if (meaning := _own(element, ITEM, "Semantic")) is not None:
            length = _own(element, ITEM, "Length") or "0"
            packet.items.append((meaning, int(length) if length.isdigit() else 0))
    return packet


def _properties(element: ElementTree.Element) -> Iterator[tuple[str, list[str]]]:
    """Yield the properties of an element: its attributes, and the element itself."""
    for name, text in element.attrib.items():
        yield name, [text]
    listed = [item.text or "" for item in element.iter(f"{{{RDF}}}li")]
    yield element.tag, listed or [(element.text or "").strip()]


def _own(element: ElementTree.Element, space: str, name: str) -> str | None:
    """Return a property of an element: an attribute, or a child's text."""
    if (held := element.get(f"{{{space}}}{name}")) is not None:
        return held
    child = element.find(f"{{{space}}}{name}")
    return None if child is None else (child.text or "").strip()


def read_hdrgm(found: dict[str, list[str]]) -> GainFormula | None:
    """Return the formula of a map's packet; None if the packet has no numbers.

    Args:
        found: Properties by ``read_packet``.

    Raises:
        ValueError: A number is missing or is not a number.
    """
    if not set(_NEEDED) & found.keys():
        return None
    if missing := [name for name in _NEEDED if name not in found]:
        raise ValueError(f"its metadata has no hdrgm:{missing[0]}")
    capacities = (
        _triple(found, "HDRCapacityMin", 0.0)[0],
        _triple(found, "HDRCapacityMax", 0.0)[0],
    )
    base, alternate = (
        _triple(found, "OffsetSDR", 1 / 64),
        _triple(found, "OffsetHDR", 1 / 64),
    )
    least, most = _triple(found, "GainMapMin", 0.0), _triple(found, "GainMapMax", 0.0)
    gamma = _triple(found, "Gamma", 1.0)
    if found.get("BaseRenditionIsHDR", ["False"])[0].lower() == "true":
        # Adobe's gain always leads from SDR to HDR.
        least, most = _negated(least), _negated(most)
        return GainFormula(least, most, gamma, alternate, base, *capacities[::-1])
    return GainFormula(least, most, gamma, base, alternate, *capacities)


def _negated(values: Triple) -> Triple:
    red, green, blue = values
    return -red, -green, -blue


def _triple(found: dict[str, list[str]], name: str, default: float) -> Triple:
    """Return a property of each channel."""
    texts = found.get(name, [repr(default)])
    try:
        values = [float(text) for text in texts]
        red, green, blue = values if len(values) == 3 else values * 3
    except ValueError as error:
        raise ValueError(f"hdrgm:{name} is {', '.join(texts)!r}, no number") from error
    return red, green, blue


def base_properties(map_bytes: int) -> str:
    """Return the elements of the base's packet: version, and both pictures.

    Args:
        map_bytes: Size of the map's JPEG.
    """
    return (
        f'<rdf:Description rdf:about="" xmlns:hdrgm="{HDRGM}" '
        f'xmlns:Container="{CONTAINER}" xmlns:Item="{ITEM}" hdrgm:Version="1.0">'
        "<Container:Directory><rdf:Seq>"
        '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" '
        'Item:Mime="image/jpeg"/></rdf:li>'
        '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" '
        f'Item:Mime="image/jpeg" Item:Length="{map_bytes}"/></rdf:li>'
        "</rdf:Seq></Container:Directory></rdf:Description>"
    )


def map_packet(formula: GainFormula) -> bytes:
    """Return the packet of a map."""
    named = {
        "GainMapMin": formula.least,
        "GainMapMax": formula.most,
        "Gamma": formula.gamma,
        "OffsetSDR": formula.base_offset,
        "OffsetHDR": formula.alternate_offset,
    }
    single = {n: v[0] for n, v in named.items() if len(set(v)) == 1}
    single |= {
        "HDRCapacityMin": formula.base_headroom,
        "HDRCapacityMax": formula.alternate_headroom,
    }
    plain = " ".join(f'hdrgm:{name}="{value:.9g}"' for name, value in single.items())
    listed = "".join(
        f"<hdrgm:{name}><rdf:Seq>"
        + "".join(f"<rdf:li>{value:.9g}</rdf:li>" for value in values)
        + f"</rdf:Seq></hdrgm:{name}>"
        for name, values in named.items()
        if name not in single
    )
    return packet(
        f'<rdf:Description rdf:about="" xmlns:hdrgm="{HDRGM}" hdrgm:Version="1.0" '
        f'hdrgm:BaseRenditionIsHDR="False" {plain}>{listed}</rdf:Description>'
    )


def packet(descriptions: str) -> bytes:
    """Return a whole packet of these descriptions."""
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
        f"{descriptions}</rdf:RDF></x:xmpmeta>"
    ).encode()
