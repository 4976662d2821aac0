"""Find the white of pictures that never reach their largest code.

Generated and graded pictures often have their white a little below the largest code.
Then nothing counts as clipped, and no light is added. The picture cannot prove that
this code is white, so it is only reported: ``--clip-level`` says it.
"""

import numpy as np

from hdr_core.execution.scratch import bands
from hdr_core.plate import Pixels

# White is at least this share of the largest code.
LEAST_WHITE = 0.85
# Share of the pixels at the largest code there is, from which it looks like a white.
LEAST_SHARE = 0.002
# It is this many times as frequent as each of the codes below it, in the mean.
PEAK = 4.0
BELOW = 6


def white_note(pixels: Pixels, max_code: int) -> str | None:
    """Return a note on a white below the largest code; None if there is none.

    Args:
        pixels: Encoded pixels, (H, W, 3), in [0, 1].
        max_code: Largest code n. Only plates of 8 bits are examined: with more bits
            a white is spread over many codes.
    """
    if max_code != 255:
        return None
    counts = np.zeros(max_code + 1, np.int64)
    for band in bands(pixels):
        # numpy is slow along an axis of three.
        red, green, blue = np.moveaxis(pixels[band], 2, 0)
        most = np.maximum(np.maximum(red, green), blue)
        codes = np.rint(most * max_code).astype(np.int64)
        counts += np.bincount(codes.ravel(), minlength=max_code + 1)
    top = int(np.flatnonzero(counts)[-1])
    share = counts[top] / counts.sum()
    usual = counts[max(top - BELOW, 0) : top].mean() if top else 0.0
    if not LEAST_WHITE * max_code <= top < max_code:
        return None
    if share < LEAST_SHARE or counts[top] < PEAK * usual:
        return None
    return (
        f"no pixel has code {max_code}, but {share:.1%} have the largest, {top}: if "
        f"that is white, choose --clip-level {top}"
    )
