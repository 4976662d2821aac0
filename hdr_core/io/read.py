"""Read a plate: a picture file to camera-encoded pixels in [0, 1].

Pixels keep the codes of the file: a code k of n bits is k / (2**n - 1) in float32, so
that ``rint(pixels * max_code)`` gives k back. Nothing is resampled, premultiplied or
color-converted. The plate's notes list all assumptions.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.headers.alpha import is_premultiplied, is_unused
from hdr_core.headers.names import require_utf8_name
from hdr_core.io.already_hdr import already_hdr
from hdr_core.io.decode import Decoded, decode
from hdr_core.io.lossy import lossy_quality
from hdr_core.io.metadata import take_metadata
from hdr_core.io.movie import read_movie, read_movie_frame
from hdr_core.io.movie_frames import is_movie, movie_frame
from hdr_core.io.white import white_note
from hdr_core.known_light import GainMap
from hdr_core.options import GainMapUse
from hdr_core.plate import LOCAL_TONES, NOTES, Pixels, Plate, Window
from hdr_core.video.yuv import expand_range

# EXR compressions that ring beside edges, and the most by which they do.
_LOSSY, _RINGING = ("b44", "b44a", "dwaa", "dwab", "pxr24"), 0.01


def read_plate(
    path: Path,
    *,
    force: bool = False,
    gain_map: GainMapUse = "auto",
    scratch: Scratch | None = None,
) -> Plate:
    """Read the first picture of a file as a plate.

    Args:
        path: Path of a JPEG, JPEG XL, HEIC, AVIF, PNG, TIFF, WebP, GIF, BMP, TGA, DPX,
            or an EXR with values in [0, 1]. ``clip.mov#12`` is a frame of a movie, and
            ``clip.mov`` its first frame.
        force: Accept files that are already HDR as clipped plates, such as the values
            of an EXR clipped to [0, 1].
        gain_map: "auto" and "only" read a gain map into ``Plate.gain_map``, where the
            file has one; "ignore" reads the base alone.
        scratch: Where the pixels lie if they do not fit into memory.

    Returns:
        An encoded plate, upright. Grey becomes three equal channels. Alpha is kept
        as stored. ``metadata`` has the file format under "hdr_core:format", the color
        space that the file names under ``TAG`` or ``PRIMARIES``, and the assumptions
        under ``NOTES``.

    Raises:
        PlateError: The file does not exist, is not a picture, is damaged, is not RGB
            or grey, has NaN or infinite values, is already HDR and not forced, or its
            gain map is damaged.
    """
    require_utf8_name(path)
    if (found := movie_frame(path)) is not None:
        return read_movie_frame(*found, force=force)
    if is_movie(path):
        return _first_frame(path, force=force)
    scratch = scratch or Scratch()
    decoded = decode(path, force=force, gain_map=gain_map, scratch=scratch)
    notes = list(decoded.notes)
    places, alpha_place = _find_channels(path, decoded, notes)
    bits = _bits(path, decoded)
    pixels = scratch.zeros((*decoded.samples.shape[:2], 3))
    for band in bands(pixels):
        pixels[band] = _to_unit(decoded.samples[band][..., places], bits)
        if decoded.colors.is_limited and bits is not None:
            pixels[band] = expand_range(pixels[band], bits)
    compression = decoded.spec.get_string_attribute("compression")
    alpha = _alpha(path, decoded, alpha_place, bits, notes)
    if bits is None:
        ringing = _RINGING if compression in _LOSSY else 0.0
        pixels = _require_encoded(
            path, pixels, ringing=ringing, force=force, notes=notes
        )
    notes += _log_notes(decoded.spec)
    if (white := white_note(pixels, 2 ** (bits or 16) - 1)) is not None:
        notes.append(white)
    turn, window = _turn(decoded.spec, notes)
    quality = lossy_quality(path, decoded.file_format, compression)
    if quality is not None and decoded.file_format != "jpeg":
        notes.append(f"lossy, quality not stored: {quality} assumed")
    return Plate(
        pixels=_turned(pixels, turn, scratch),
        state="encoded",
        bits=bits,
        alpha=None if alpha is None else upright(alpha, turn),
        is_premultiplied=alpha is not None
        and is_premultiplied(path, decoded.spec, decoded.file_format),
        window=window,
        lossy_quality=quality,
        path=path,
        metadata=take_metadata(decoded.spec)
        | decoded.colors.metadata()
        | ({LOCAL_TONES: decoded.local_tones} if decoded.local_tones else {})
        | {"hdr_core:format": decoded.file_format, NOTES: "; ".join(notes)},
        gain_map=_upright_map(decoded.gain_map, turn),
    )


def _upright_map(found: GainMap | None, turn: int) -> GainMap | None:
    """Return a gain map turned as its base; None if there is none."""
    return None if found is None else found.turned(upright(found.codes, turn))


def _first_frame(path: Path, *, force: bool) -> Plate:
    """Return the first frame of a movie, with a note that says so."""
    plate = next(read_movie(path, frames=[1], force=force))
    notes = f"movie: the first frame was taken; {plate.metadata[NOTES]}".rstrip("; ")
    return replace(plate, metadata={**plate.metadata, NOTES: notes})


def _turned(pixels: Pixels, orientation: int, scratch: Scratch) -> Pixels:
    """Return ``upright`` pixels, band by band if they do not fit into memory."""
    if orientation not in range(2, 9):
        return pixels
    height, width, _ = pixels.shape
    size = (width, height) if orientation in {5, 6, 7, 8} else (height, width)
    if scratch.fits((*size, 3)):
        return upright(pixels, orientation)
    turned = scratch.zeros((*size, 3))
    for band in bands(pixels):
        part = upright(pixels[band], orientation)
        first, last = band.start, band.stop
        if orientation in {3, 4, 6, 7}:
            first, last = height - band.stop, height - band.start
        if orientation in {5, 6, 7, 8}:
            turned[:, first:last] = part
        else:
            turned[first:last] = part
    return turned


def upright(values: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return an image rotated and flipped upright.

    Args:
        values: Image (H, W) or (H, W, C) as stored.
        orientation: Exif's orientation, 1 to 8; 5 to 8 swap height and width.
    """
    if orientation in {5, 6, 7, 8}:
        values = values.swapaxes(0, 1)
    if orientation in {2, 3, 6, 7}:
        values = values[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        values = values[::-1]
    return np.ascontiguousarray(values)


def _find_channels(
    path: Path, decoded: Decoded, notes: list[str]
) -> tuple[list[int], int | None]:
    """Return the places of R, G, B and of alpha; grey is used for all three colors."""
    places = {name.upper(): place for place, name in enumerate(decoded.channels)}
    alpha = places.get("A")
    if {"R", "G", "B"} <= places.keys():
        color = [places[name] for name in "RGB"]
    elif "Y" in places and not {"RY", "BY"} & places.keys():
        color = [places["Y"]] * 3
        notes.append("grey: one channel copied to R, G and B")
    else:
        raise PlateError(
            f"{path}: no channels R, G, B, found {', '.join(decoded.channels)}. "
            "Shuffle the picture into R, G, B first."
        )
    n_used = len(set(color)) + (alpha is not None)
    if n_used < len(decoded.channels):
        notes.append(f"{len(decoded.channels) - n_used} further channels left out")
    return color, alpha


def _bits(path: Path, decoded: Decoded) -> int | None:
    """Return the bits of a channel; None for float samples."""
    kind = decoded.samples.dtype
    if kind == np.uint8:
        return 8
    if kind == np.uint16:
        declared = decoded.spec.get_int_attribute("oiio:BitsPerSample", 16)
        return declared if 8 < declared < 16 else 16
    if kind.kind == "f":
        return None
    raise PlateError(f"{path}: samples are {kind}. Convert it to 8 or 16 bits.")


def _to_unit(samples: NDArray[Any], bits: int | None) -> Pixels:
    """Return samples as float32, codes as code / max_code.

    OpenImageIO scales 9- to 15-bit codes to 16 bits; this scales them back.
    """
    values = samples.astype(np.float32)
    if bits is None:
        return values
    max_code = np.float32(2**bits - 1)
    if 8 < bits < 16:
        values = np.rint(values * (max_code / np.float32(65535)))
    return np.divide(values, max_code, out=values)


def _alpha(
    path: Path, decoded: Decoded, place: int | None, bits: int | None, notes: list[str]
) -> Pixels | None:
    """Return alpha as stored; values outside of [0, 1] stay, with a note."""
    if place is None or is_unused(path, decoded.file_format):
        return None
    alpha = _to_unit(decoded.samples[..., place], bits)
    _require_finite(path, alpha, "alpha")
    if alpha.min() < 0.0 or alpha.max() > 1.0:
        notes.append(f"alpha kept from {alpha.min():.4g} to {alpha.max():.4g}")
    return alpha


def _require_encoded(
    path: Path, pixels: Pixels, *, ringing: float, force: bool, notes: list[str]
) -> Pixels:
    """Return float pixels in [0, 1]; with ``force`` they are clipped, with a note.

    Values that are outside by no more than ``ringing`` are clipped in every case.
    """
    _require_finite(path, pixels, "pixel")
    low, high = float(pixels.min()), float(pixels.max())
    notes.append("float samples taken as camera-encoded, not scene-linear")
    if low >= 0.0 and high <= 1.0:
        return pixels
    if low >= -ringing and high <= 1.0 + ringing:
        notes.append(f"ringing of its compression clipped: {low:.2g} to {high:.6g}")
        return np.clip(pixels, 0.0, 1.0)
    if not force:
        raise already_hdr(path, f"values from {low:.4g} to {high:.4g}")
    n_clipped = int(((pixels < 0.0) | (pixels > 1.0)).sum())
    notes.append(f"forced: {n_clipped} values clipped to 0..1")
    return np.clip(pixels, 0.0, 1.0)


def _require_finite(path: Path, values: Pixels, what: str) -> None:
    """Raise for NaN and infinite values."""
    n_bad = values.size - int(np.isfinite(values).sum())
    if n_bad:
        raise PlateError(
            f"{path}: {n_bad} {what} values are NaN or infinite. Repair them first."
        )


def _window(spec: oiio.ImageSpec) -> Window | None:
    """Return data and display window; None if both are the image."""
    data = (spec.x, spec.y, spec.width, spec.height)
    full = (spec.full_x, spec.full_y, spec.full_width, spec.full_height)
    if data == full and data[:2] == (0, 0):
        return None
    return Window(spec.x, spec.y, *full)


def _turn(spec: oiio.ImageSpec, notes: list[str]) -> tuple[int, Window | None]:
    """Return the orientation to undo, and the window of the upright image."""
    turn, window = spec.get_int_attribute("Orientation", 1), _window(spec)
    if turn not in range(2, 9):
        return 1, window
    lost = "" if window is None else ", its display window dropped"
    notes.append(f"turned upright (orientation {turn}){lost}")
    return turn, None


def _log_notes(spec: oiio.ImageSpec) -> list[str]:
    """Return a note on a log curve, which a tag cannot hold."""
    transfer = spec.get_string_attribute("dpx:Transfer")
    if transfer in {"Logarithmic", "Printing density"}:
        return [f"DPX transfer {transfer!r}: a log curve, name it by --linearize"]
    return []
