"""Read HEIF and AVIF pictures: HEIC with pillow-heif, AVIF with PyAV (extra "heif").

OpenImageIO's wheel reads neither, and Pillow reads AVIF with 8 bits only. A picture is
turned by its properties irot and imir alone. Exif repeats them and is not followed, by
ISO/IEC 23008-12.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.headers.exif import put_exif
from hdr_core.headers.heif import DEFAULT_COLORS, HeifFile, Nclx, read_heif_items
from hdr_core.headers.text import one_line
from hdr_core.io.avif import read_avif
from hdr_core.video.samples import to_codes

INSTALL = "Install it with `pip install hdr-core[heif]`, or save it as PNG"
_UNSPECIFIED = 2
_AV1 = "av01"
_KINDS = {
    "hvc1": "HEVC",
    "av01": "AV1",
    "vvc1": "VVC",
    "jpeg": "JPEG",
    "j2k1": "JPEG 2000",
    "avc1": "AVC",
    "unci": "uncompressed HEIF",
    "iovl": "overlaid HEIF pictures",
}
_READ = ("hvc1", _AV1)
# What libheif, Pillow and the lists of items raise for damaged files.
_DAMAGE = (ValueError, OSError, EOFError, RuntimeError, SyntaxError, LookupError)


class HeifPicture(NamedTuple):
    """The primary picture of a file.

    Attributes:
        samples: Codes (H, W, C), upright; 9 to 15 bits are scaled to 16.
        channels: Name of each channel.
        spec: A header with the names that OpenImageIO uses.
        file_format: "avif" or "heif".
        notes: Assumptions, one phrase each.
    """

    samples: NDArray[Any]
    channels: tuple[str, ...]
    spec: oiio.ImageSpec
    file_format: str
    notes: tuple[str, ...]


def read_heif(path: Path) -> HeifPicture:
    """Return the primary picture of a HEIF or AVIF file.

    Args:
        path: Path of a file of which ``headers.heif.is_heif`` is true.

    Raises:
        PlateError: The file is damaged, its coding is not read here, or the extra
            "heif" is not installed.
    """
    try:
        held = read_heif_items(path)
        kind = _coding(path, held)
        nclx = held.nclx(held.primary)
        read = read_avif if kind == _AV1 else _read_heic
        codes, bits, found = read(path, held, nclx)
        colors, notes = nclx or found, []
        spec = _header(held, codes, bits, colors)
    except _DAMAGE as error:
        raise PlateError(
            f"{path}: damaged or cut short ({one_line(str(error))}). Copy it again or "
            "export it anew."
        ) from error
    if colors.matrix == _UNSPECIFIED and kind == _AV1:
        notes.append("its matrix is not named: BT.601 assumed")
    if held.is_sequence:
        notes.append("an animation: the first picture was taken")
    n_pictures = len(_pictures(held))
    if n_pictures > 1:
        notes.append(f"the file holds {n_pictures} pictures: the primary was taken")
    channels = tuple("YA" if codes.shape[2] <= 2 else "RGBA")[: codes.shape[2]]
    file_format = "avif" if kind == _AV1 else "heif"
    return HeifPicture(codes, channels, spec, file_format, tuple(notes))


def _coding(path: Path, held: HeifFile) -> str:
    """Return the coding of the primary picture, or of the tiles that it is made of."""
    kind = held.kinds[held.primary]
    if kind == "grid":
        tiles = held.parts(held.primary, "dimg")
        kind = held.kinds.get(tiles[0], "?") if tiles else "?"
    if kind in _READ:
        return kind
    raise PlateError(
        f"{path}: HEIF that holds {_KINDS.get(kind, repr(kind))}, which is not read "
        "here. Save it as PNG, TIFF or JPEG."
    )


def _pictures(held: HeifFile) -> list[int]:
    """Return the pictures that are not part of another one (tile, alpha, thumbnail).

    Gain maps and depth are auxiliary pictures, too.
    """
    parts = {
        item
        for kind, _, targets in held.references
        if kind == "dimg"
        for item in targets
    }
    parts |= {item for kind, item, _ in held.references if kind in {"auxl", "thmb"}}
    pictures = (*_KINDS, "grid")
    return [
        item
        for item, kind in held.kinds.items()
        if kind in pictures and item not in parts
    ]


def _read_heic(
    path: Path, held: HeifFile, nclx: Nclx | None
) -> tuple[NDArray[Any], int, Nclx]:
    """Return codes, bits and colors of a HEIC, which libheif turns upright."""
    try:
        import pillow_heif  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise PlateError(f"{path}: HEIC needs pillow-heif. {INSTALL}.") from error
    # The file's bytes: libheif would report a path that it cannot open as no HEIF.
    picture = pillow_heif.open_heif(path.read_bytes(), convert_hdr_to_8bit=False)
    bits = int(picture.info["bit_depth"])
    # More than 8 bits lie in the high bits of 16.
    codes = np.asarray(picture)
    codes = codes if bits == 8 else codes >> (16 - bits)
    codes = codes if codes.ndim == 3 else codes[..., None]
    stated = picture.info.get("nclx_profile") or {}
    colors = DEFAULT_COLORS
    if stated:
        names = ("color_primaries", "transfer_characteristics", "matrix_coefficients")
        primaries, transfer, matrix = (int(stated[name]) for name in names)
        colors = Nclx(primaries, transfer, matrix, True)
    return to_codes(codes, bits), bits, colors


def _header(
    held: HeifFile, codes: NDArray[Any], bits: int, colors: Nclx
) -> oiio.ImageSpec:
    """Return what the file says, by OpenImageIO's names."""
    height, width, channels = codes.shape
    spec = oiio.ImageSpec(width, height, channels, str(codes.dtype))
    spec.attribute("oiio:BitsPerSample", bits)
    spec.attribute("oiio:ColorSpace", "srgb_rec709_scene")
    # The codes have their full range now.
    cicp = (colors.primaries, colors.transfer, 0, 1)
    spec.attribute("CICP", oiio.TypeDesc("int[4]"), cicp)
    if not held.is_premultiplied(held.primary):
        spec.attribute("oiio:UnassociatedAlpha", 1)
    if (profile := held.profile(held.primary)) is not None:
        kind = oiio.TypeDesc(f"uint8[{len(profile)}]")
        spec.attribute("ICCProfile", kind, np.frombuffer(profile, np.uint8))
    if (exif := held.exif(held.primary)) is not None:
        put_exif(spec, exif)
    for aspect in held.held(held.primary, "pasp"):
        across, down = (int.from_bytes(aspect[at : at + 4], "big") for at in (0, 4))
        if across and down:
            spec.attribute("PixelAspectRatio", down / across)
    return spec
