"""Write a result as an AVIF: 10 bits, PQ, BT.2020, with its light level.

    Y = 0.2627 R + 0.6780 G + 0.0593 B
    Cb = (B - Y) / 1.8814               Cr = (R - Y) / 1.4746

R, G, B  PQ codes in [0, 1]    chroma is the mean of 2 x 2 pixels; full range

SVT-AV1 in PyAV encodes (extra "av"). The boxes are written here, because FFmpeg's
writer knows neither light level nor Exif.

Source: ITU-R BT.2020 (non-constant luminance), ITU-T H.273; AOMedia, AV1 Image File
Format 1.1; ISO/IEC 23008-12 (items, clli).
"""

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import OptionError, OutputError, PlateError
from hdr_core.gain_map.base import make_exif
from hdr_core.headers.boxes import boxes
from hdr_core.io.atomic import require_free, whole_file
from hdr_core.io.heif import read_heif
from hdr_core.pictures.avif_boxes import AvifParts, write_boxes
from hdr_core.pictures.display_light import LightLevel, LightOptions, pq_codes
from hdr_core.plate import Plate

if TYPE_CHECKING:
    import av

_MAX_CODE = 1023
_BT2020, _PQ, _FULL = 9, 16, 2
# Quality of SVT-AV1: rate factor and speed.
_SETTINGS = {"crf": "14", "preset": "6"}
# The least width and height of SVT-AV1.
LEAST_PX = 16
_LUMA = np.array([0.2627, 0.6780, 0.0593], np.float32)
_BLUE, _RED = 1.8814, 1.4746
# Mean error in codes of 1023 beyond which a file that is read back is damaged.
_MOST_ERROR = 16.0


def write_pq_avif(
    path: Path,
    hdr: Plate,
    *,
    light: LightOptions = LightOptions(),  # noqa: B008 - frozen
    overwrite: bool = False,
) -> LightLevel:
    """Write a result as a picture for HDR displays.

    Args:
        path: Path of the file, which ends in .avif.
        hdr: The result, in a space of ``INTEROP_IDS``, 16 pixels or more a side. Alpha
            is left out.
        light: Reference white and peak.
        overwrite: Replace an existing file.

    Returns:
        MaxCLL and MaxFALL, and how many values were clipped at the peak.

    Raises:
        OutputError: The file exists, cannot be written, or reads back damaged.
        OptionError: PyAV is not installed, or the space of ``hdr`` has no known
            primaries.
        PlateError: ``hdr`` has NaN or infinite values, or is too small.
    """
    if path.suffix.lower() != ".avif":
        raise OutputError(f"{path}: this picture is an AVIF. End the name in .avif.")
    if min(hdr.width, hdr.height) < LEAST_PX:
        raise PlateError(
            f"{path}: AVIF needs {LEAST_PX} pixels a side, found {hdr.width}x"
            f"{hdr.height}. Choose --deliver png."
        )
    require_free(path, overwrite=overwrite)
    codes, level = pq_codes(hdr, light, _MAX_CODE)
    config, coded = _encode(path, codes)
    parts = AvifParts(
        hdr.width, hdr.height, config, coded, level, make_exif(hdr.metadata)
    )
    with whole_file(path, overwrite=overwrite) as hidden:
        hidden.write_bytes(write_boxes(parts))
        _verify(path, hidden, codes)
    return level


def _encode(path: Path, codes: NDArray[np.uint16]) -> tuple[bytes, bytes]:
    """Return the configuration and the coded picture of SVT-AV1."""
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise OptionError(
            f"{path}: AVIF needs PyAV. Install it with `pip install hdr-core[av]`, or "
            "choose --deliver png."
        ) from error
    os.environ.setdefault("SVT_LOG", "1")  # Errors only; it would log to stderr.
    target = io.BytesIO()
    try:
        with av.open(target, "w", format="avif") as container:
            stream = container.add_stream("libsvtav1", rate=1, options=_SETTINGS)
            stream.height, stream.width = codes.shape[:2]
            stream.pix_fmt = "yuv420p10le"
            context = stream.codec_context
            context.color_primaries, context.color_trc = _BT2020, _PQ
            context.colorspace, context.color_range = _BT2020, _FULL
            for packet in (*stream.encode(_frame(codes)), *stream.encode()):
                container.mux(packet)
    except (av.FFmpegError, ValueError) as error:
        raise OutputError(f"{path}: AV1 cannot be written ({error}).") from error
    return _config_and_picture(target.getvalue())


def _frame(codes: NDArray[np.uint16]) -> "av.VideoFrame":
    """Return PQ codes (H, W, 3) as a frame of luma and chroma."""
    import av  # noqa: PLC0415 - an extra

    height, width = codes.shape[:2]
    rgb = codes.astype(np.float32) / np.float32(_MAX_CODE)
    luma = rgb @ _LUMA
    chroma = [(rgb[..., 2] - luma) / _BLUE, (rgb[..., 0] - luma) / _RED]
    planes = [luma, *(_halved(one) for one in chroma)]
    middles = (0, (_MAX_CODE + 1) // 2, (_MAX_CODE + 1) // 2)
    frame = av.VideoFrame(width, height, "yuv420p10le")
    frame.colorspace, frame.color_range = _BT2020, _FULL
    for plane, values, middle in zip(frame.planes, planes, middles, strict=True):
        held = np.frombuffer(memoryview(plane), np.uint16).reshape(plane.height, -1)
        scaled = np.clip(values * _MAX_CODE + middle, 0, _MAX_CODE)
        whole = np.rint(scaled).astype(np.uint16)
        held[:, : whole.shape[1]] = whole
    return frame


def _halved(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the means of 2 x 2 pixels; the last row or column counts twice."""
    height, width = values.shape
    even = np.pad(values, ((0, height % 2), (0, width % 2)), mode="edge")
    return np.asarray(
        even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2).mean(axis=(1, 3))
    )


def _config_and_picture(data: bytes) -> tuple[bytes, bytes]:
    """Return the boxes av1C and mdat of FFmpeg's AVIF, without their heads."""
    found = dict(boxes(data))
    properties = dict(boxes(dict(boxes(found["meta"][4:]))["iprp"]))["ipco"]
    return dict(boxes(properties))["av1C"], found["mdat"]


def _verify(path: Path, hidden: Path, codes: NDArray[np.uint16]) -> None:
    """Read the file back, and raise unless it holds the picture and its colors."""
    try:
        found = read_heif(hidden)
    except PlateError as error:
        raise OutputError(f"{path}: reads back damaged ({error}). Not kept.") from error
    cicp = tuple(found.spec.get("CICP") or ())
    if found.samples.shape != codes.shape or cicp[:2] != (_BT2020, _PQ):
        raise OutputError(f"{path}: reads back as another picture. Not kept.")
    scaled = found.samples.astype(np.float32) * np.float32(_MAX_CODE / 65535)
    if float(np.abs(scaled - codes).mean()) > _MOST_ERROR:
        raise OutputError(f"{path}: reads back with other values. Not kept.")
