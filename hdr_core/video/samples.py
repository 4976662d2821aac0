"""The samples of a decoded frame: R'G'B' in [0, 1], and alpha.

Video is turned into R'G'B' by ``video/yuv.py``, because FFmpeg's own conversion does
not reach white for more than 8 bits. RGB is only copied from FFmpeg's layout.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.plate import Pixels
from hdr_core.video.yuv import Siting, white_code, yuv_to_rgb

if TYPE_CHECKING:
    import av

# Bits that plates have; other depths are held in the next one.
_DEPTHS = (8, 10, 12, 16)
_FULL, _BT709 = 2, 1
# Chroma that is reduced by 2^x and 2^y, by FFmpeg's names.
_SUBSAMPLINGS = {
    (0, 0): "444",
    (1, 0): "422",
    (1, 1): "420",
    (0, 1): "440",
    (2, 0): "411",
    (2, 2): "410",
}
# Where chroma lies in the rows of its field.
_FIELD_ROWS = (0.25, 0.75)
# Share of pixels above white that is more than the ringing of a codec.
_MANY = 0.01


@dataclass(frozen=True)
class Samples:
    """The samples of a frame.

    Attributes:
        rgb: Encoded, (H, W, 3) in [0, 1].
        alpha: Coverage, (H, W) in [0, 1]; None means no alpha.
        bits: Bits of a channel: 8, 10, 12 or 16.
        notes: Losses, one phrase each.
    """

    rgb: Pixels
    alpha: Pixels | None
    bits: int
    notes: tuple[str, ...] = ()


def is_yuv(frame: "av.VideoFrame") -> bool:
    """Return whether a frame holds luma and chroma, or luma alone."""
    kind = frame.format
    return not (kind.is_rgb or kind.has_palette or kind.name in {"monow", "monob"})


def to_codes(codes: NDArray[Any], bits: int) -> NDArray[Any]:
    """Return codes as OpenImageIO gives them: 8 bits, or scaled to 16.

    Args:
        codes: Codes of ``bits`` bits.
        bits: Bits of a code, 8 to 16.
    """
    if bits == 8:
        return codes.astype(np.uint8)
    scaled = codes.astype(np.float64) * (65535.0 / (2**bits - 1))
    whole: NDArray[Any] = np.rint(scaled).astype(np.uint16)
    return whole


def take_samples(
    path: Path, frame: "av.VideoFrame", *, matrix: int, siting: Siting | None = None
) -> Samples:
    """Return the samples of a frame.

    Args:
        path: Path of the movie, for errors.
        frame: The decoded frame.
        matrix: Matrix coefficients of YUV by their number in H.273.
        siting: Where columns of reduced chroma lie; None: as video has them.

    Raises:
        PlateError: The samples are not codes of 1 to 16 bits of RGB or YUV.
    """
    name = frame.format.name
    depth = max(part.bits for part in frame.format.components)
    if depth > _DEPTHS[-1]:
        raise PlateError(f"{path}: {depth} bits a channel. Convert it to 8 to 16.")
    if name.startswith(("bayer", "xyz")):
        raise PlateError(
            f"{path}: pixel format {name}, which is neither RGB nor YUV. "
            "Develop it to RGB or YUV first."
        )
    bits = next(known for known in _DEPTHS if known >= depth)
    if is_yuv(frame):
        return _from_yuv(frame, depth, bits, matrix, siting)
    return _from_rgb(frame, bits)


def _from_rgb(frame: "av.VideoFrame", bits: int) -> Samples:
    """Return the samples of RGB, exactly."""
    kind = frame.format
    has_alpha = kind.has_palette or any(part.is_alpha for part in kind.components)
    layout = f"gbr{'ap' if has_alpha else 'p'}{'' if bits == 8 else f'{bits}le'}"
    codes = frame.reformat(format=layout).to_ndarray()
    values = codes.astype(np.float32) / np.float32(2**bits - 1)
    alpha = np.ascontiguousarray(values[..., 3]) if has_alpha else None
    if alpha is not None and kind.has_palette and alpha.min() == 1.0:
        alpha = None
    return Samples(np.ascontiguousarray(values[..., :3]), alpha, bits)


def _from_yuv(
    frame: "av.VideoFrame", depth: int, bits: int, matrix: int, siting: Siting | None
) -> Samples:
    """Return the samples of luma and chroma, or of luma alone."""
    name = frame.format.name
    is_full = frame.color_range == _FULL or name.startswith("yuvj")
    # PyAV's is_chroma is true for reduced chroma only.
    has_chroma = len(frame.format.components) >= len("YUV")
    if not has_chroma and frame.color_range == 0:
        # FFmpeg takes grey without a range as full.
        is_full = True
    planes = _planes(frame, depth, has_chroma=has_chroma)
    # JPEG has chroma between the columns, all later standards on them.
    siting = siting or ("center" if name.startswith("yuvj") else "left")
    convert = partial(
        yuv_to_rgb, bits=depth, matrix=matrix, is_full=is_full, siting=siting
    )
    # Of one row of chroma, the lower field has none.
    is_reduced = has_chroma and 2 <= len(planes[1]) < len(planes[0])
    if frame.interlaced_frame and is_reduced:
        rgb = _by_fields(planes, convert)
    else:
        chroma = (planes[1], planes[2]) if has_chroma else None
        rgb = convert(planes[0], chroma)
    # Alpha has full range, also in limited video.
    has_alpha = frame.format.components[-1].is_alpha
    alpha = planes[-1].astype(np.float32) / np.float32(2**depth - 1)
    return Samples(
        rgb,
        alpha if has_alpha else None,
        bits,
        _white_notes(planes[0], white_code(depth, is_full=is_full)),
    )


def _by_fields(planes: list[NDArray[Any]], convert: Callable[..., Pixels]) -> Pixels:
    """Return R'G'B' of a frame of two fields, each with the chroma of its own moment.

    Rows of chroma belong to the fields in turn. They lie a quarter below the first row
    of the upper field, and three quarters below that of the lower field (MPEG-2).
    """
    rgb = np.empty((*planes[0].shape, 3), np.float32)
    for field, row in enumerate(_FIELD_ROWS):
        luma, blue, red = (plane[field::2] for plane in planes[:3])
        rgb[field::2] = convert(luma, (blue, red), chroma_row=row)
    return rgb


def _white_notes(luma: NDArray[Any], white: int) -> tuple[str, ...]:
    """Return a note if many pixels are above white, where limited range has room."""
    above = float(np.mean(luma > white))
    if above < _MANY:
        return ()
    return (f"{above:.1%} of the pixels are above white (code {white}): clipped",)


def _planes(
    frame: "av.VideoFrame", depth: int, *, has_chroma: bool
) -> list[NDArray[Any]]:
    """Return the codes of each component, as an array of its own size."""
    parts = frame.format.components
    if frame.format.name.startswith("ya"):
        return _grey_and_alpha(frame, depth)
    is_apart = [part.plane for part in parts] == list(range(len(parts)))
    is_padded = "msb" in frame.format.name
    is_turned = any(plane.line_size < 0 for plane in frame.planes)
    if not is_apart or is_padded or is_turned:
        frame = _in_planes(frame, depth, has_chroma=has_chroma)
    held = []
    for place, part in enumerate(frame.format.components):
        held.append(_rows(frame, place, depth)[: part.height, : part.width])
    return held


def _rows(frame: "av.VideoFrame", place: int, depth: int) -> NDArray[Any]:
    """Return the codes of a plane, with the padding at the end of its rows."""
    order = ">" if frame.format.is_big_endian else "<"
    kind = np.dtype(np.uint8) if depth <= 8 else np.dtype(f"{order}u2")
    plane = frame.planes[place]
    # PyAV's types leave out that a plane is a buffer.
    codes: NDArray[Any] = np.frombuffer(cast("memoryview", plane), kind)
    return codes.reshape(-1, plane.line_size // kind.itemsize)


def _grey_and_alpha(frame: "av.VideoFrame", depth: int) -> list[NDArray[Any]]:
    """Return luma and alpha that lie side by side. swscale would drop this alpha."""
    rows = _rows(frame, 0, depth)[: frame.height, : 2 * frame.width]
    return [rows[:, 0::2], rows[:, 1::2]]


def _in_planes(
    frame: "av.VideoFrame", depth: int, *, has_chroma: bool
) -> "av.VideoFrame":
    """Return a packed frame with each component in its plane, the codes unchanged."""
    parts = frame.format.components
    ending = "" if depth == 8 else f"{depth}le"
    letter = "a" if parts[-1].is_alpha else ""
    sampling = "444"
    if has_chroma:
        reduced = (
            round(np.log2(frame.width / parts[1].width)),
            round(np.log2(frame.height / parts[1].height)),
        )
        sampling = _SUBSAMPLINGS[reduced]
    # One matrix and one range on both sides: only the layout changes.
    return frame.reformat(
        format=f"yuv{letter}{sampling}p{ending}",
        src_colorspace=_BT709,
        dst_colorspace=_BT709,
        src_color_range=_FULL,
        dst_color_range=_FULL,
    )
