"""The tolerance of a plate in codes: 0 for a lossless file, measured for a JPEG."""

import numpy as np

from hdr_core.plate import Plate

# Error of a decoded JPEG in codes, by its quality. It is the 95th percentile over views
# of the training scenes at 4:2:0, measured by benchmarks/jpeg_tolerance.py.
TOLERANCE_BY_QUALITY = (
    (50, 11.0),
    (60, 10.0),
    (75, 9.0),
    (85, 8.0),
    (90, 7.0),
    (92, 6.0),
    (95, 5.0),
    (98, 4.0),
)


def tolerance_for_quality(quality: int) -> float:
    """Return the tolerance, in codes of 8 bits, of a JPEG of ``quality`` (1 to 100).

    It is 4 codes from quality 98 on, 11 up to 50, and interpolated between.
    """
    qualities, codes = zip(*TOLERANCE_BY_QUALITY, strict=True)
    return float(np.interp(quality, qualities, codes))


def choose_tolerance(plate: Plate, asked: float | None) -> float:
    """Return the tolerance of ``plate``, in its own codes.

    Args:
        plate: The plate, with the quality of its file.
        asked: Tolerance that the artist chose; None means by the quality of the file.
    """
    if asked is not None:
        return asked
    return codec_tolerance(plate.lossy_quality, plate.max_code)


def codec_tolerance(quality: int | None, max_code: int) -> float:
    """Return the tolerance by the quality of a file, in its own codes.

    Args:
        quality: JPEG quality, 1 to 100; None means a lossless file.
        max_code: Largest code of the plate.
    """
    if quality is None:
        return 0.0
    # The table is for 8 bits. More bits get the same share of the range.
    return tolerance_for_quality(quality) * max_code / 255
