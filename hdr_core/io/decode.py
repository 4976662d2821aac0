"""Decode a file to its samples, or raise an error that says why it is not a plate.

OpenImageIO decodes. This module refuses what OpenImageIO accepts silently: CMYK and
CIELAB that a formula turns into RGB, and incomplete JPEGs that are filled with grey. A
gain map is read beside its base, not applied.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.execution.scratch import Scratch
from hdr_core.gain_map.read_jpeg import MapFile, read_map_file
from hdr_core.headers.animation import is_animated
from hdr_core.headers.colors import LINEAR, FileColors, find_colors
from hdr_core.headers.heif import is_heif
from hdr_core.headers.makers import why_local_tones
from hdr_core.headers.raw import is_raw, require_no_thumbnail
from hdr_core.headers.text import (
    error_line,
    plain_header,
    plain_text,
)
from hdr_core.io.already_hdr import already_hdr, why_hdr
from hdr_core.io.bands import read_into
from hdr_core.io.base_file import base_file
from hdr_core.io.bmp import read_masked
from hdr_core.io.dpx import with_offset
from hdr_core.io.heif import read_heif
from hdr_core.io.heif_gain_map import has_heif_gain_map, read_heif_gain_map
from hdr_core.io.raw import develop_raw
from hdr_core.io.whole import damaged, is_unsupported, require_file, unsupported
from hdr_core.known_light import GainMap
from hdr_core.options import GainMapUse

PLATE_FORMATS = (
    "bmp",
    "dpx",
    "gif",
    "jpeg",
    "jpegxl",
    "openexr",
    "png",
    "targa",
    "tiff",
    "webp",
)
_KNOWN = "JPEG, JPEG XL, HEIC, AVIF, PNG, TIFF, WebP, GIF, BMP, TGA, DPX or EXR"
_RGB_PHOTOMETRICS = (0, 1, 2, 3, 6)  # white is 0, black is 0, RGB, palette, YCbCr
# Number types that can be read band by band, as numpy's types.
_KINDS = {
    "uint8": np.uint8,
    "uint16": np.uint16,
    "half": np.float16,
    "float": np.float32,
}
_HARMLESS = "extraneous bytes before marker"


@dataclass(frozen=True)
class Decoded:
    """A picture as its file stores it.

    Attributes:
        samples: (H, W, C) in the number type of the file, not premultiplied here.
        channels: Name of each channel.
        spec: OpenImageIO's header.
        file_format: OpenImageIO's name of the format.
        colors: What the file says of its colors.
        notes: Assumptions and repairs, one phrase each.
        local_tones: Why the camera is taken to map tones locally; empty: it does not.
        gain_map: Gain map of the file, not turned; None: it has none, or is ignored.
    """

    samples: NDArray[Any]
    channels: tuple[str, ...]
    spec: oiio.ImageSpec
    file_format: str
    colors: FileColors
    notes: tuple[str, ...]
    local_tones: str = ""
    gain_map: GainMap | None = None


def decode(
    path: Path,
    *,
    force: bool = False,
    gain_map: GainMapUse = "auto",
    scratch: Scratch | None = None,
) -> Decoded:
    """Return the first picture of ``path``.

    Args:
        path: Path of a picture file.
        force: Accept files that are already HDR, such as the values of a linear EXR.
        gain_map: "ignore" reads the base alone of a file with a gain map, even if the
            map is damaged.
        scratch: Where the samples lie if they do not fit into memory.

    Raises:
        PlateError: The file does not exist, is not a picture, is damaged, is not RGB
            or grey, is already HDR and not forced, or its gain map cannot be used.
    """
    require_file(path)
    if is_raw(path):
        return _decode_raw(path)
    if is_heif(path):
        return _decode_heif(path, force=force, use=gain_map)
    stated = read_map_file(path, ignores_map=gain_map == "ignore")
    if stated is None:
        with with_offset(path) as readable:
            return _decode(path, readable, None, force=force, scratch=scratch)
    with base_file(path, stated.base) as base:
        return _decode(path, base, stated, force=force, scratch=scratch)


def _decode(
    path: Path,
    readable: Path,
    stated: MapFile | None,
    *,
    force: bool,
    scratch: Scratch | None,
) -> Decoded:
    """Return the first picture of a file.

    Args:
        path: Path of the file that the artist gave.
        readable: Path of a file with the picture alone, as OpenImageIO reads it.
        stated: What the file holds besides the picture.
        force: Accept files that are already HDR.
        scratch: Where the samples lie if they do not fit into memory.
    """
    source = _open(path, readable)
    file_format = source.format_name()
    spec = plain_header(source.spec(), file_format)
    require_no_thumbnail(path, spec)
    _require_photograph(path, spec, file_format)
    colors = find_colors(path, spec, file_format)
    notes = _color_notes(path, spec, file_format, colors, force=force)
    if file_format == "bmp" and (masked := read_masked(path)) is not None:
        samples: NDArray[Any] = masked
        channels = tuple("RGBA"[: samples.shape[2]])
    else:
        samples = _read(source, path, notes, scratch)
        channels = _names_of(spec, file_format)
    local_tones = why_local_tones(spec, has_gain_map=stated is not None)
    return Decoded(
        samples,
        channels,
        spec,
        file_format,
        colors,
        tuple(notes),
        local_tones,
        stated.gain_map if stated else None,
    )


def _names_of(spec: oiio.ImageSpec, file_format: str) -> tuple[str, ...]:
    """Return the names of the channels; a TGA of two holds grey and alpha."""
    if file_format == "targa" and spec.nchannels == 2:
        return "Y", "A"
    return tuple(plain_text(name) for name in spec.channelnames)


def _decode_heif(path: Path, *, force: bool, use: GainMapUse) -> Decoded:
    """Return the primary picture of a HEIF or AVIF file."""
    samples, channels, spec, file_format, found = read_heif(path)
    colors = find_colors(path, spec, file_format)
    notes = _color_notes(path, spec, file_format, colors, force=force)
    stated = None if use == "ignore" else read_heif_gain_map(path)
    tones = why_local_tones(spec, has_gain_map=has_heif_gain_map(path))
    return Decoded(
        samples,
        channels,
        spec,
        file_format,
        colors,
        (*notes, *found),
        tones,
        stated,
    )


def _decode_raw(path: Path) -> Decoded:
    """Return the light of a camera's sensor."""
    samples, spec, primaries, notes = develop_raw(path)
    maker = " ".join(
        spec.get_string_attribute(name).strip() for name in ("Make", "Model")
    )
    source = f"the matrix of {maker.strip() or 'the camera'}"
    colors = FileColors(source, None, primaries, LINEAR)
    return Decoded(samples, ("R", "G", "B"), spec, "raw", colors, notes)


def _color_notes(
    path: Path,
    spec: oiio.ImageSpec,
    file_format: str,
    colors: FileColors,
    *,
    force: bool,
) -> list[str]:
    """Return notes on colors; raise if the picture is HDR and not forced."""
    reason = why_hdr(spec, file_format, colors)
    if reason and not force:
        raise already_hdr(path, reason, curve=colors.curve)
    return [*([f"forced: {reason}"] if reason else []), *colors.notes]


def _open(path: Path, readable: Path) -> oiio.ImageInput:
    """Return an open reader of ``readable`` that does not multiply by alpha."""
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    source = oiio.ImageInput.open(str(readable), config)
    if source is None:
        reason = error_line(oiio) or "no reason given"
        if is_unsupported(reason):
            raise unsupported(path, reason)
        raise PlateError(
            f"{path}: not a readable picture ({reason}). Give a whole {_KNOWN}."
        )
    return source


def _require_photograph(path: Path, spec: oiio.ImageSpec, file_format: str) -> None:
    """Raise for formats and color models that do not hold codes of a camera."""
    if file_format not in (*PLATE_FORMATS, "hdr"):
        raise PlateError(
            f"{path}: {file_format} is not a plate. Convert it to {_KNOWN}."
        )
    if spec.deep or spec.depth > 1:
        raise PlateError(f"{path}: deep or volume data. Flatten it to one picture.")
    model = spec.get_string_attribute("jpeg:ColorSpace")
    if spec.get_int_attribute("tiff:PhotometricInterpretation", 2) not in (
        _RGB_PHOTOMETRICS
    ):
        model = spec.get_string_attribute("tiff:ColorSpace", "not RGB")
    if model in {"", "RGB", "YCbCr", "Gray", "GRAYSCALE"}:
        return
    raise PlateError(
        f"{path}: color model {model}, which does not hold codes of a camera. "
        "Convert it to RGB through its own profile, then try again."
    )


def _read(
    source: oiio.ImageInput, path: Path, notes: list[str], scratch: Scratch | None
) -> NDArray[Any]:
    """Return all samples; raise if OpenImageIO had to repair the file."""
    spec = source.spec()
    shape = (spec.height, spec.width, spec.nchannels)
    kind = _KINDS.get(str(spec.format))
    if scratch is None or kind is None or scratch.fits(shape, kind):
        samples = source.read_image(oiio.UNKNOWN)
    else:
        samples = read_into(source, scratch.zeros(shape, kind))
    problem = error_line(source)
    if samples is None or (problem and _HARMLESS not in problem):
        raise damaged(path, problem or "no reason given")
    if problem:
        notes.append("stray bytes between JPEG markers were skipped")
    if source.seek_subimage(1, 0):
        notes.append("the file holds several pictures: the first was taken")
    elif is_animated(path):
        notes.append("an animation: the first picture was taken")
    return samples
