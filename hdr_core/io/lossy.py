"""The quality of lossy files.

A JPEG stores its quantization tables, but not its quality q. Most encoders scale the
luminance table K.1 of ITU-T T.81 as the Independent JPEG Group (IJG) does:

    s = 5000 / q  for q < 50,  200 - 2 q  otherwise        t = (K.1 * s + 50) // 100

So the quality is that of the nearest scaled table t. For cameras with their own tables,
it is that of the table with the most similar ratios.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

ASSUMED_QUALITY = 75
"""Quality of files that do not store it: the default of cjpeg and cwebp."""

_MAYBE_LOSSLESS = ("jpegxl", "avif", "heif")
_K1 = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    dtype=np.int64,
).ravel()


def lossy_quality(path: Path, file_format: str, compression: str) -> int | None:
    """Return the estimated quality of a lossy file.

    Args:
        path: Path of an existing, readable picture.
        file_format: OpenImageIO's name of its format.
        compression: OpenImageIO's name of its compression, or "".

    Returns:
        1 to 100 on the JPEG scale; ``ASSUMED_QUALITY`` for lossy files that do not
        store it (lossy WebP, JPEG inside TIFF, JPEG XL, AVIF,
        HEIF); None if lossless.
    """
    if file_format == "jpeg":
        return jpeg_quality(path)
    is_lossy_webp = file_format == "webp" and not _is_lossless_webp(path)
    is_jpeg_tiff = file_format == "tiff" and compression == "jpeg"
    # They can be lossless, but nothing reports it.
    is_lossy = is_lossy_webp or is_jpeg_tiff or file_format in _MAYBE_LOSSLESS
    return ASSUMED_QUALITY if is_lossy else None


def jpeg_quality(path: Path) -> int:
    """Return the quality of the JPEG ``path``, by its luminance table."""
    from PIL.JpegImagePlugin import JpegImageFile  # noqa: PLC0415 - slow to import

    try:
        with JpegImageFile(path) as image:
            tables = image.quantization
    except (OSError, SyntaxError, ValueError):
        return ASSUMED_QUALITY
    return estimate_quality(tables[min(tables)]) if tables else ASSUMED_QUALITY


def estimate_quality(table: Sequence[int]) -> int:
    """Return the IJG quality whose luminance table is nearest to ``table``.

    Args:
        table: 64 divisors in row order, each 1 or more.

    Returns:
        1 to 100; exact for baseline tables of IJG encoders, except for the lowest
        qualities, which share one table.
    """
    quality = np.arange(1, 101)[:, None]
    scale = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    scaled = np.clip((_K1 * scale + 50) // 100, 1, 255)
    ratio = np.log(scaled) - np.log(np.maximum(np.asarray(table), 1))
    return int(np.abs(ratio).mean(axis=1).argmin()) + 1


def _is_lossless_webp(path: Path) -> bool:
    """Return whether the first picture of a WebP is VP8L; animations are lossy."""
    with path.open("rb") as file:
        file.seek(12)
        while len(head := file.read(8)) == 8:
            if head[:4] in {b"VP8 ", b"VP8L", b"ANMF"}:
                return head[:4] == b"VP8L"
            size = int.from_bytes(head[4:], "little")
            file.seek(size + size % 2, 1)
    return False
