"""Where on a plate the decibels are: by what its brightest channel says.

    gain = PSNR with the truth in the pixels of a part, over PSNR as it is     in dB

A plate's error is mostly in one part, so gains do not add up. One where nothing else
errs would gain without end: it counts as ``MOST_DB``.
"""

import math

import numpy as np

from hdr_core.evaluation.metrics import Image, Mask, all_clipped, clipped, pu21_errors

MOST_DB = 20.0
# The highest code, as of eight bits, of each part that is not clipped.
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
    """Return where each of ``PARTS`` is on a plate (H, W, 3): masks (H, W)."""
    white, some = all_clipped(encoded), clipped(encoded)
    codes = np.rint(encoded.max(axis=-1) * 255.0)
    step = np.where(some, -1, np.searchsorted(LAST_CODES, codes))
    tones = [step == index for index in reversed(range(len(LAST_CODES) + 1))]
    return [white, some & ~white, *tones]


def gains_by_code(hdr: Image, truth: Image, encoded: Image) -> tuple[float, ...]:
    """Return what the PSNR would gain were each of ``PARTS`` true, in dB.

    Args:
        hdr: The result at the exposure of the truth, (H, W, 3).
        truth: (H, W, 3).
        encoded: The plate, (H, W, 3).
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
