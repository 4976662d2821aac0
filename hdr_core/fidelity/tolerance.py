"""By how many codes a plate may be off: 0 for a lossless file, measured for a JPEG."""

import numpy as np

from hdr_core.plate import Plate

# Codes by which a decoded JPEG strays from what was encoded, by its quality: the 95th
# percentile over views of the training scenes at 4:2:0, measured by
# benchmarks/jpeg_tolerance.py.
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
    """Return the tolerance, in codes, of a JPEG of ``quality``.

    Measured: 4 codes at quality 98 and above, 11 at 50 and below, linear between.
    """
    qualities, codes = zip(*TOLERANCE_BY_QUALITY, strict=True)
    return float(np.interp(quality, qualities, codes))


def choose_tolerance(plate: Plate, asked: float | None) -> float:
    """Return the tolerance for ``plate``, in codes: what was asked, or by its file."""
    if asked is not None:
        return asked
    if plate.lossy_quality is None:
        return 0.0
    # Measured on 8 bits; the same share of the range for more.
    return tolerance_for_quality(plate.lossy_quality) * plate.max_code / 255
