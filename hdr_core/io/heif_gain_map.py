"""Find the gain map of a HEIC or AVIF: a derived picture ``tmap``, or Apple's own.

``tmap`` refers to base and map, and holds the metadata of ISO 21496-1 behind one byte.
Apple's older map is an auxiliary picture of the base; its headroom lies in its XMP or
in the maker note.

Source: ISO/IEC 23008-12:2024 (tmap); ISO 21496-1:2025; Apple, Applying Apple HDR effect
to your photos.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.gain_map import iso, xmp
from hdr_core.gain_map.apple import apple_formula
from hdr_core.gain_map.check import (
    faulty,
    profile_primaries,
    require_sound,
    to_alternate,
)
from hdr_core.gain_map.read_jpeg import APPLE, ISO
from hdr_core.headers.heif import HeifFile, read_heif_items
from hdr_core.headers.text import one_line
from hdr_core.io.avif import read_hidden
from hdr_core.known_light import GainFormula, GainMap
from hdr_core.primaries import PRIMARIES, Chromaticities
from hdr_core.video.samples import to_codes

_APPLE_MAP = b"urn:com:apple:photo:2020:aux:hdrgainmap"
_PRIMARIES = {1: "rec709", 9: "rec2020", 11: "p3dci", 12: "p3d65"}


class _Found(NamedTuple):
    """Picture and formula of a map, and what its gain counts in."""

    item: int
    formula: GainFormula
    kind: str
    alternate: Chromaticities | None = None


def has_heif_gain_map(path: Path) -> bool:
    """Return whether a HEIC or AVIF has a gain map, damaged or not."""
    try:
        held = read_heif_items(path)
    except (ValueError, OSError):
        return False
    return bool(_tone_maps(held) or _apple_maps(held))


def read_heif_gain_map(path: Path) -> GainMap | None:
    """Return the gain map of a HEIC or AVIF, upright; None if it has none.

    Args:
        path: Path of a file of which ``headers.heif.is_heif`` is true.

    Raises:
        PlateError: The map is missing, damaged or one of several, its numbers mean
            nothing, or the extra "heif" is not installed.
    """
    try:
        held = read_heif_items(path)
    except (ValueError, OSError):
        return None  # The decoder of the base reports it.
    try:
        found = _find(path, held)
        if found is None:
            return None
        codes = _decode(path, held, found.item)
    except (ValueError, OSError, EOFError, RuntimeError) as error:
        reason = one_line(str(error))
        raise faulty(path, f"its gain map is damaged ({reason})") from error
    require_sound(path, found.formula)
    to_map_space = None
    if found.alternate is not None:
        to_map_space = to_alternate(_primaries(held, held.primary), found.alternate)
    is_grey = codes.shape[2] > 1 and bool((codes == codes[..., :1]).all())
    codes = codes[..., :1] if is_grey or codes.shape[2] == 2 else codes[..., :3]
    return GainMap(np.ascontiguousarray(codes), found.formula, found.kind, to_map_space)


def _tone_maps(held: HeifFile) -> list[int]:
    """Return the derived pictures that are made of the primary one and a map."""
    return [
        item
        for item, kind in held.kinds.items()
        if kind == "tmap" and held.primary in held.parts(item, "dimg")[:1]
    ]


def _apple_maps(held: HeifFile) -> list[int]:
    """Return the auxiliary pictures of the primary one that are Apple's maps."""
    return [
        item
        for item in held.belonging(held.primary, "auxl")
        if any(data[4:].startswith(_APPLE_MAP) for data in held.held(item, "auxC"))
    ]


def _find(path: Path, held: HeifFile) -> _Found | None:
    """Return the map of a file; ISO's counts before Apple's."""
    tone_maps, apple_maps = _tone_maps(held), _apple_maps(held)
    if len(tone_maps or apple_maps) > 1:
        n_maps = len(tone_maps or apple_maps)
        raise faulty(path, f"it holds {n_maps} gain maps, and does not say which")
    for item in tone_maps:
        parts = held.parts(item, "dimg")
        if len(parts) < 2 or parts[1] not in held.kinds:
            raise faulty(path, "its metadata name a gain map, but no picture follows")
        formula, is_base = iso.read_iso(held.read(item)[1:])
        alternate = None if is_base else _primaries(held, item)
        return _Found(parts[1], formula, ISO, alternate)
    for item in apple_maps:
        packets = [
            xmp.read_packet(held.read(other)).apple
            for other in held.belonging(item, "cdsc")
            if held.kinds.get(other) == "mime"
        ]
        stated = next((packet for packet in packets if packet), {})
        tiff = held.exif(held.primary) or b""
        return _Found(item, apple_formula(stated, tiff), APPLE)
    return None


def _primaries(held: HeifFile, item: int) -> Chromaticities:
    """Return the primaries that an item names; Rec.709 if it names none."""
    if (profile := held.profile(item)) is not None:
        return profile_primaries(profile)
    nclx = held.nclx(item)
    name = _PRIMARIES.get(nclx.primaries, "rec709") if nclx else "rec709"
    return PRIMARIES[name]


def _decode(path: Path, held: HeifFile, item: int) -> NDArray[Any]:
    """Return the codes of a map, (h, w, C), upright."""
    kind = held.kinds[item]
    tiles = held.parts(item, "dimg") if kind == "grid" else (item,)
    if held.kinds.get(tiles[0] if tiles else item) == "av01":
        return read_hidden(path, held, item)[0]
    try:
        import pillow_heif  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise PlateError(
            f"{path}: HEIC needs pillow-heif. Install it with `pip install "
            "hdr-core[heif]`, or save it as PNG."
        ) from error
    # libheif gives the primary picture: in this copy, that is the map.
    data = _with_primary(path.read_bytes(), item)
    picture = pillow_heif.open_heif(data, convert_hdr_to_8bit=False)
    bits = int(picture.info["bit_depth"])
    codes = np.asarray(picture)
    codes = codes if bits == 8 else codes >> (16 - bits)
    return to_codes(codes if codes.ndim == 3 else codes[..., None], bits)


def _with_primary(data: bytes, item: int) -> bytes:
    """Return a HEIF file whose primary picture is another item, not hidden."""
    changed = bytearray(data)
    at = data.index(b"pitm") + 4
    n_bytes = 2 if data[at] == 0 else 4
    changed[at + 4 : at + 4 + n_bytes] = item.to_bytes(n_bytes, "big")
    at = data.find(b"infe")
    while at >= 0:
        version = data[at + 4]
        n_bytes = 2 if version == 2 else 4
        number = int.from_bytes(data[at + 8 : at + 8 + n_bytes], "big")
        if version >= 2 and number == item:
            changed[at + 7] &= 0xFE
        at = data.find(b"infe", at + 4)
    # libheif shows no auxiliary picture: here the map belongs to no other one.
    start = data.find(b"iref")
    end = start - 4 + int.from_bytes(data[start - 4 : start], "big")
    if start >= 0:
        changed[start:end] = changed[start:end].replace(b"auxl", b"free")
    return bytes(changed)
