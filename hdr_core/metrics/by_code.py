"""PU21-PSNR by part of a plate: pixels grouped by the code of their brightest channel.

    gain = PSNR with the truth in the pixels of a part, minus the PSNR       in dB

Most of a plate's error is in one part, so gains do not add up. A gain is at most
``MOST_DB``: it is infinite if all errors are in one part.
"""

import math

import numpy as np

from hdr_core.metrics.plate_metrics import (
    Image,
    Mask,
    all_clipped,
    clipped,
    pu21_errors,
)

MOST_DB = 20.0
# Highest 8-bit code of each part that is not clipped.
LAST_CODES = (0, 25, 127, 229)
PARTS = (
    "clipped in all channels",
    "clipped in some",
    "codes 230 and above",
    "128 to 229",
    "26 to 127",
    "1 to 25",
    "0",
)


def parts_of(encoded: Image) -> list[Mask]:
    """Return the mask (H, W) of each of ``PARTS`` on a plate (H, W, 3)."""
    white, some = all_clipped(encoded), clipped(encoded)
    codes = np.rint(encoded.max(axis=-1) * 255.0)
    step = np.where(some, -1, np.searchsorted(LAST_CODES, codes))
    tones = [step == index for index in reversed(range(len(LAST_CODES) + 1))]
    return [white, some & ~white, *tones]


def gains_by_code(hdr: Image, truth: Image, encoded: Image) -> tuple[float, ...]:
    """Return the gain in PSNR if each of ``PARTS`` held the truth, in dB.

    Args:
        hdr: Result at the exposure of the truth, scene-linear, (H, W, 3).
        truth: True light, scene-linear, (H, W, 3).
        encoded: Plate, (H, W, 3).
    """
    squares = pu21_errors(hdr, truth) ** 2
    least = 10.0 ** (-MOST_DB / 10.0)
    total = squares.sum()
    if total == 0.0:
        return (0.0,) * len(PARTS)
    return tuple(
        -10.0 * math.log10(max(squares[~mask].sum() / total, least))
        for mask in parts_of(encoded)
    )
