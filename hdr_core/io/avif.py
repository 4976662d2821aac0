"""Decode the pictures of an AVIF with PyAV, tile by tile, and turn them upright.

FFmpeg's own AVIF reader knows neither tiles nor mirrors, so the coded pictures are
handed to its AV1 decoder one by one.

Source: AOMedia, AV1 Image File Format 1.1; ISO/IEC 23008-12 (grid, clap, irot, imir).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.headers.heif import DEFAULT_COLORS, HeifFile, Nclx
from hdr_core.video.colors import UNSPECIFIED, require_matrix
from hdr_core.video.samples import Samples, is_yuv, take_samples, to_codes

if TYPE_CHECKING:
    import av

_BT601, _FULL, _LIMITED = 6, 2, 1
_DECODERS = ("libdav1d", "libaom-av1")


def read_avif(
    path: Path, held: HeifFile, nclx: Nclx | None
) -> tuple[NDArray[Any], int, Nclx]:
    """Return codes (H, W, C), bits and colors of the primary picture, upright.

    Args:
        path: Path of the file, for errors.
        held: Its items.
        nclx: The colors that the file names; None: the coded picture's own count.

    Raises:
        PlateError: PyAV is not installed, or the matrix is not known.
        ValueError: The picture is damaged.
    """
    colors, parts = _tiles(path, held, held.primary, nclx)
    values = [part.rgb for part in parts]
    rgb = _joined(held, held.primary, values)
    picture, bits = rgb, parts[0].bits
    if (alpha := held.alpha(held.primary)) is not None:
        full = Nclx(UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, True)
        _, masks = _tiles(path, held, alpha, full)
        mask = _joined(held, alpha, [part.rgb[..., :1] for part in masks])
        if mask.shape[:2] != rgb.shape[:2]:
            raise ValueError("its alpha has another size")
        picture = np.concatenate([rgb, mask], axis=2)
    codes = np.rint(_turned(held, held.primary, picture) * np.float32(2**bits - 1))
    return to_codes(codes.astype(np.uint16), bits), bits, colors


def _tiles(
    path: Path, held: HeifFile, item: int, nclx: Nclx | None
) -> tuple[Nclx, list[Samples]]:
    """Return the decoded tiles of an item; one if it is not a grid."""
    is_grid = held.kinds.get(item) == "grid"
    parts = held.parts(item, "dimg") if is_grid else (item,)
    if not parts:
        raise ValueError("a grid has no tiles")
    colors, samples = DEFAULT_COLORS, []
    for part in parts:
        frame = _decode(path, held, part)
        colors = nclx or held.nclx(part) or _colors_of(frame)
        frame.color_range = _FULL if colors.is_full else _LIMITED
        matrix = colors.matrix
        if is_yuv(frame):
            matrix = _BT601 if matrix == UNSPECIFIED else require_matrix(path, matrix)
        samples.append(take_samples(path, frame, matrix=matrix, siting="center"))
    return colors, samples


def _decode(path: Path, held: HeifFile, item: int) -> "av.VideoFrame":
    """Return the decoded frame of a coded picture."""
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise PlateError(
            f"{path}: AVIF needs PyAV. Install it with `pip install hdr-core[heif]`, "
            "or save it as PNG."
        ) from error
    width, height = held.size(item)
    name = next(name for name in _DECODERS if name in av.codecs_available)
    context = cast("av.VideoCodecContext", av.CodecContext.create(name, "r"))
    context.thread_count = 1
    # A damaged header must not ask for more memory than the file's own size says.
    context.options = {"max_pixels": str(max(width * height, 1))}
    for config in held.held(item, "av1C"):
        context.extradata = config
    try:
        frames = [*context.decode(av.Packet(held.read(item))), *context.decode(None)]
    except av.FFmpegError as error:
        raise ValueError(f"AV1: {error.strerror}") from error
    frame = next(iter(frames), None)
    if not isinstance(frame, av.VideoFrame) or (frame.width, frame.height) != (
        width,
        height,
    ):
        raise ValueError("its coded picture is not whole")
    return frame


def _colors_of(frame: "av.VideoFrame") -> Nclx:
    """Return the colors that the coded picture names."""
    named = (
        int(getattr(frame, "color_primaries", UNSPECIFIED)),
        int(getattr(frame, "color_trc", UNSPECIFIED)),
        int(frame.colorspace),
    )
    if named == (UNSPECIFIED,) * 3:
        return DEFAULT_COLORS._replace(is_full=frame.color_range != _LIMITED)
    return Nclx(*named, frame.color_range != _LIMITED)


def _joined(
    held: HeifFile, item: int, parts: list[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Return the tiles of an item as one picture."""
    if held.kinds.get(item) != "grid":
        return parts[0]
    grid = held.grid(item)
    height, width, channels = parts[0].shape
    if len(parts) < grid.rows * grid.columns:
        raise ValueError("a grid has too few tiles")
    if any(part.shape != parts[0].shape for part in parts):
        raise ValueError("tiles have different sizes")
    if grid.width > width * grid.columns or grid.height > height * grid.rows:
        raise ValueError("a grid is larger than its tiles")
    whole = np.empty((grid.height, grid.width, channels), np.float32)
    for place, part in enumerate(parts[: grid.rows * grid.columns]):
        top, left = place // grid.columns * height, place % grid.columns * width
        target = whole[top : top + height, left : left + width]
        target[:] = part[: target.shape[0], : target.shape[1]]
    return whole


def read_hidden(path: Path, held: HeifFile, item: int) -> tuple[NDArray[Any], int]:
    """Return codes (H, W, C) and bits of a coded picture that is not shown, upright.

    Its codes mean no color: luma is read as it is, with its full range.

    Args:
        path: Path of the file, for errors.
        held: Its items.
        item: Number of the picture.

    Raises:
        PlateError: PyAV is not installed.
        ValueError: The picture is damaged.
    """
    _, parts = _tiles(path, held, item, held.nclx(item))
    whole = _turned(held, item, _joined(held, item, [part.rgb for part in parts]))
    bits = parts[0].bits
    codes = np.rint(whole * np.float32(2**bits - 1)).astype(np.uint16)
    return to_codes(codes, bits), bits


def _turned(
    held: HeifFile, item: int, picture: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return a picture cropped, turned and mirrored by its properties, in their order.

    irot turns against the clock by quarters. imir 0 exchanges top and bottom, 1 left
    and right.
    """
    for kind, data in held.properties.get(item, []):
        if kind == "irot" and data:
            picture = np.rot90(picture, data[0] & 3)
        elif kind == "imir" and data:
            picture = picture[:, ::-1] if data[0] & 1 else picture[::-1]
        elif kind == "clap" and len(data) >= 32:
            picture = _cropped(picture, data)
    return np.ascontiguousarray(picture)


def _cropped(picture: NDArray[np.float32], clap: bytes) -> NDArray[np.float32]:
    """Return the clean aperture of a picture."""
    numbers = [
        int.from_bytes(clap[at : at + 4], "big", signed=at >= 16)
        for at in range(0, 32, 4)
    ]
    if not all(numbers[1::2]):
        raise ValueError("its crop has a size of x/0")
    width, height, across, down = (
        numbers[at] / numbers[at + 1] for at in range(0, 8, 2)
    )
    top = round((picture.shape[0] - height) / 2 + down)
    left = round((picture.shape[1] - width) / 2 + across)
    part = picture[
        max(top, 0) : top + round(height), max(left, 0) : left + round(width)
    ]
    if 0 in part.shape:
        raise ValueError("its crop is empty")
    return part
