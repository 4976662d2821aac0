"""The color space that a file names: its primaries, and curves of no camera.

The order in which a file's statements count is the table of docs/files.md.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import OpenImageIO as oiio

from hdr_core.headers.damage import DAMAGE
from hdr_core.headers.exif import INTEROP_INDEX
from hdr_core.headers.icc import read_profile
from hdr_core.headers.png import PngColors, read_png_colors
from hdr_core.headers.tiff import read_tiff_colors
from hdr_core.plate import COLOR_SOURCE, CURVE, PRIMARIES, TAG
from hdr_core.primaries import PRIMARIES as KNOWN
from hdr_core.primaries import Chromaticities, are_primaries, find_name

# Color spaces of a config by their primaries; other primaries are given as numbers.
_TAGS = {
    "rec709": "srgb_rec709_scene",
    "p3d65": "srgb_p3d65_scene",
    "adobergb": "g22_adobergb_scene",
}
# Names of profiles without a matrix.
_PROFILE_NAMES = {"srgb": "rec709", "display p3": "p3d65", "adobe rgb": "adobergb"}
# Codes of ITU-T H.273.
_CICP_PRIMARIES = {
    1: "rec709",
    4: "bt470m",
    5: "rec601-625",
    6: "rec601-525",
    7: "rec601-525",
    8: "film",
    9: "rec2020",
    11: "p3dci",
    12: "p3d65",
    22: "ebu3213",
}
LINEAR = "linear"
_CICP_CURVES = {8: LINEAR, 16: "PQ", 18: "HLG"}
DECODED_BY = {"PQ": "bt2100-pq", "HLG": "bt2100-hlg"}
"""What ``--linearize`` calls them: see color/bt2100.py."""
_UNSPECIFIED = 2
_CURVES = {"lin": LINEAR, "pq": "PQ", "hlg": "HLG"}
# FFmpeg writes "linear" into every DPX.
_CARELESS_FORMAT, _CARELESS_WRITER = "dpx", "Lavc"
_ADOBE_RGB, _UNCALIBRATED = 2, 65535
_INTEROP_IFD, _INTEROP_INDEX = 0xA005, 1
# There, an ICC profile counts before the codes, by the order that MIAF gives.
_NCLX_FORMATS = frozenset(["avif", "heif"])
_EXIF_FORMATS = frozenset(["jpeg", "png", "tiff", "webp"])


@dataclass(frozen=True)
class FileColors:
    """What a file says of its colors.

    Attributes:
        source: The statement that counts, in words.
        tag: Name of a color space; None if there is none.
        primaries: Chromaticities that no tag names.
        curve: "PQ", "HLG" or "linear": a curve of no camera; None for others.
        is_limited: Whether codes leave room below black and above white, as video's.
        notes: Statements that are not followed, one phrase each.
    """

    source: str = "tag or format"
    tag: str | None = None
    primaries: Chromaticities | None = None
    curve: str | None = None
    is_limited: bool = False
    notes: tuple[str, ...] = ()

    def metadata(self) -> dict[str, str]:
        """Return the plate's metadata on its colors."""
        found = {}
        if self.tag:
            found[TAG] = self.tag
        if self.primaries:
            found[PRIMARIES] = " ".join(f"{number:.6g}" for number in self.primaries)
        if self.curve == LINEAR:
            found[CURVE] = LINEAR
        return found | {COLOR_SOURCE: self.source} if found else {}


def find_colors(path: Path, spec: oiio.ImageSpec, file_format: str) -> FileColors:
    """Return what a file says of its colors.

    Args:
        path: Path of a readable picture.
        spec: OpenImageIO's header.
        file_format: OpenImageIO's name of the format.
    """
    chunks = read_png_colors(path) if file_format == "png" else None
    later = (
        _by_profile(spec)
        or (chunks and _by_png(chunks))
        or (file_format == "tiff" and _by_tiff(path))
        or _by_exif(path, spec, file_format)
        or _by_format(spec, file_format)
    )
    if file_format in _NCLX_FORMATS and (named := _by_profile(spec)) is not None:
        return named
    source = "nclx" if file_format in _NCLX_FORMATS else "cICP"
    return _by_cicp(spec, later, source) or later


def _named(source: str, primaries: Chromaticities, curve: str | None) -> FileColors:
    """Return colors by their primaries: as a tag if the configs have one for them."""
    tag = _TAGS.get(find_name(primaries) or "")
    return FileColors(source, tag, None if tag else primaries, curve)


def _by_cicp(spec: oiio.ImageSpec, later: FileColors, source: str) -> FileColors | None:
    """Return what cICP says; what it leaves open is what ``later`` says."""
    cicp = spec.get("CICP")
    if cicp is None:
        return None
    primaries, transfer, _, is_full = (int(code) for code in cicp)
    notes, is_limited = later.notes, not is_full
    if is_limited:
        notes += ("cICP says limited range: expanded to full range",)
    curve = later.curve if transfer == _UNSPECIFIED else _CICP_CURVES.get(transfer)
    name = _CICP_PRIMARIES.get(primaries)
    if name is None:
        if primaries != _UNSPECIFIED:
            notes += (
                f"{source}'s primaries {primaries} are not known, and are ignored",
            )
        return replace(later, curve=curve, is_limited=is_limited, notes=notes)
    named = _named(source, KNOWN[name], curve)
    return replace(named, is_limited=is_limited, notes=notes)


def _by_profile(spec: oiio.ImageSpec) -> FileColors | None:
    """Return what an ICC profile says: its matrix, or else its name."""
    data = spec.get("ICCProfile")
    if data is None:
        return None
    profile = read_profile(bytes(data))
    name = spec.get_string_attribute("ICCProfile:profile_description", profile.name)
    name = name.strip() or "unnamed"
    source = f"ICC profile {name!r}"
    curve = LINEAR if profile.is_linear else _CICP_CURVES.get(profile.transfer or 0)
    if profile.primaries is not None:
        return _named(source, profile.primaries, curve)
    for known, primaries in _PROFILE_NAMES.items():
        if known in name.lower():
            return _named(source, KNOWN[primaries], curve)
    return FileColors(
        tag=spec.get_string_attribute("oiio:ColorSpace") or None,
        curve=curve,
        notes=(f"ICC profile {name!r} is not known, and is ignored",),
    )


def _by_png(chunks: PngColors) -> FileColors | None:
    """Return what sRGB says, or else gAMA and cHRM."""
    if "sRGB" in chunks.names:
        return FileColors("sRGB chunk", _TAGS["rec709"])
    is_linear = chunks.gamma is not None and abs(chunks.gamma - 1.0) < 0.01
    curve = LINEAR if is_linear else None
    primaries = chunks.primaries
    if (
        primaries is not None
        and are_primaries(primaries)
        and find_name(primaries) != "rec709"
    ):
        return _named("cHRM", primaries, curve)
    return FileColors("gAMA", "lin_rec709_scene", None, curve) if is_linear else None


def _by_tiff(path: Path) -> FileColors | None:
    """Return what the tags of a TIFF say."""
    tags = read_tiff_colors(path)
    if tags is None or not (tags.primaries or tags.has_curve):
        return None
    curve = LINEAR if tags.is_linear else None
    notes: tuple[str, ...] = ()
    if tags.has_curve and not tags.is_linear:
        notes = ("its TransferFunction is not followed",)
    if tags.primaries is None or not are_primaries(tags.primaries):
        if curve is None:
            return None
        return FileColors("TIFF TransferFunction", "lin_rec709_scene", None, curve)
    named = _named("TIFF PrimaryChromaticities", tags.primaries, curve)
    return replace(named, notes=notes)


def _by_exif(path: Path, spec: oiio.ImageSpec, file_format: str) -> FileColors | None:
    """Return Adobe RGB if Exif says so: DCF's optional file has the index R03."""
    space = spec.get_int_attribute("Exif:ColorSpace")
    if spec.get_string_attribute(INTEROP_INDEX) == "R03":
        return FileColors("Exif R03", _TAGS["adobergb"])
    if space == _UNCALIBRATED and file_format in _EXIF_FORMATS:
        from PIL import Image  # noqa: PLC0415 - slow to import

        try:
            with Image.open(path) as image:
                index = image.getexif().get_ifd(_INTEROP_IFD).get(_INTEROP_INDEX)
        except DAMAGE:
            return None
        if str(index).strip("\0 ") == "R03":
            return FileColors("Exif R03", _TAGS["adobergb"])
    if space == _ADOBE_RGB:
        return FileColors("Exif ColorSpace 2", _TAGS["adobergb"])
    return None


def _by_format(spec: oiio.ImageSpec, file_format: str) -> FileColors:
    """Return the tag that OpenImageIO gives, or else an EXR's chromaticities."""
    tag = spec.get_string_attribute("oiio:ColorSpace")
    numbers = spec.get("chromaticities")
    if tag in {"", "unknown"} and numbers is not None and are_primaries(numbers):
        return FileColors("chromaticities", None, tuple(map(float, numbers)))
    curve = _CURVES.get(tag.partition("_")[0])
    writer = spec.get_string_attribute("Software")
    if (
        curve
        and file_format == _CARELESS_FORMAT
        and writer.startswith(_CARELESS_WRITER)
    ):
        note = f"dpx says {curve}, as all of FFmpeg's do: taken as a camera's codes"
        return FileColors(tag=tag, notes=(note,))
    return FileColors(tag=tag or None, curve=curve)
