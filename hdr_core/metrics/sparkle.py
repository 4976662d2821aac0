"""Sparkle: clipped pixels whose hue differs from that of the pixels around them.

    q = log2(R / G), log2(B / G)
    a pixel sparkles where |q - median of q over 5x5| > 1/2     in either of the two

If each channel of each pixel is reconstructed independently, clipped white becomes
colored confetti. Displayed at -2 stops this is very visible, but mean errors do not
show it. The 5x5 pixels are centered on the pixel and include unclipped ones. Beyond
the border, the border pixels are repeated. Light below ``LEAST_LUMINANCE`` is set to
it, so that black has a hue, too.
"""

import math

import numpy as np
from numpy.typing import NDArray

from hdr_core.metrics.plate_metrics import LEAST_LUMINANCE, Image, Mask

WINDOW_PX = 5
MOST_STOPS = 0.5
# Number of windows per batch: the windows of a batch take 26 MB.
_BATCH = 65_536


def sparkle(hdr: Image, mask: Mask) -> float:
    """Return the share of ``mask`` that sparkles; NaN if the mask is empty.

    Args:
        hdr: Scene-linear, (H, W, 3), at any exposure.
        mask: Mask of the clipped pixels, (H, W).
    """
    if not mask.any():
        return math.nan
    return float(np.count_nonzero(sparkling(hdr, mask)) / np.count_nonzero(mask))


def sparkling(hdr: Image, mask: Mask) -> Mask:
    """Return the mask (H, W) of the pixels of ``mask`` that sparkle."""
    hue = _hue(hdr)
    margin = WINDOW_PX // 2
    padded = np.pad(hue, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(
        padded, (WINDOW_PX, WINDOW_PX), axis=(0, 1)
    )
    found = np.zeros(mask.shape, dtype=np.bool_)
    rows, columns = np.nonzero(mask)
    for start in range(0, len(rows), _BATCH):
        some = slice(start, start + _BATCH)
        place = rows[some], columns[some]
        off = np.abs(hue[place] - np.median(windows[place], axis=(-2, -1)))
        found[place] = (off > MOST_STOPS).any(axis=-1)
    return found


def _hue(hdr: Image) -> NDArray[np.float64]:
    """Return log2 of red and of blue over green, (H, W, 2)."""
    stops = np.log2(np.maximum(hdr.astype(np.float64), LEAST_LUMINANCE))
    return np.asarray(stops[..., ::2] - stops[..., 1:2])
