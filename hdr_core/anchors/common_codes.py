"""Codes of two exposures that show the same light.

The pixels of one frame are sorted into bins by their codes. Each bin gives a pair: its
mean code, and the median code of the other frame there. Medians do not mind things that
moved, nor codes that clip.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hdr_core.anchors.statement import Values
from hdr_core.plate import Pixels

N_BINS, LEAST_IN_BIN = 64, 40
# Codes of 255 below which a code is noise, and the codes below the largest one from
# which a code may be clipped. Shoulders are steep: the last codes hold much light.
DARKEST, BELOW_CLIP = 4.0, 1.5
# Pixels that are compared, at most.
MOST_PIXELS = 150_000


@dataclass(frozen=True)
class Frame:
    """One exposure, laid over the plate.

    Attributes:
        name: Name of its file.
        codes: Encoded values at the pixels of the plate, (H, W, 3), in [0, 1]; NaN
            outside of the frame.
        max_code: Its largest code.
        tolerance_codes: Codes by which a codec may have changed it.
        stops: Its exposure above that of the plate; None means that it is not known.
    """

    name: str
    codes: Pixels
    max_code: int
    tolerance_codes: float
    stops: float | None


def common_codes(first: Frame, second: Frame) -> Values:
    """Return pairs of codes that show the same light, (n, 2)."""
    height, width, _ = first.codes.shape
    step = max(1, int(np.sqrt(height * width / MOST_PIXELS)))
    one, other = (
        frame.codes[::step, ::step].reshape(-1).astype(np.float64)
        for frame in (first, second)
    )
    is_inside = np.isfinite(one) & np.isfinite(other)
    # The brighter frame has finer codes of what is dark: it sorts the pixels.
    if np.mean(one[is_inside]) < np.mean(other[is_inside]):
        return _medians(other[is_inside], one[is_inside], second, first)[:, ::-1]
    return _medians(one[is_inside], other[is_inside], first, second)


def _medians(by: Values, of: Values, sorting: Frame, other: Frame) -> Values:
    """Return pairs of a mean code and the median code of the other frame, (n, 2)."""
    pairs = binned_medians(by, of, *exposed_range(sorting))
    least, most = exposed_range(other)
    return pairs[(pairs[:, 1] >= least) & (pairs[:, 1] <= most)]


def binned_medians(
    by: Values, of: Values, low: float, high: float, *, n_bins: int = N_BINS
) -> Values:
    """Return the mean of ``by`` and the median of ``of`` in each bin, (n, 2).

    Args:
        by: Values that are sorted into bins, (m,).
        of: Values that belong to them, (m,).
        low: Start of the first bin.
        high: End of the last bin. Bins with few values are left out.
        n_bins: Number of bins.
    """
    bins = np.floor((by - low) / (high - low) * n_bins).astype(np.int64)
    is_in = (bins >= 0) & (bins < n_bins)
    order = np.argsort(bins[is_in], kind="stable")
    by, of, bins = by[is_in][order], of[is_in][order], bins[is_in][order]
    ends = np.searchsorted(bins, np.arange(n_bins + 1))
    pairs = [
        (by[start:end].mean(), _middle(of[start:end]))
        for start, end in pairwise(ends)
        if end - start >= LEAST_IN_BIN
    ]
    return np.array(pairs).reshape(-1, 2)


def _middle(values: Values) -> float:
    """Return the mean of the middle fifth: a median that is finer than a code."""
    ordered = np.sort(values)
    tenth = max(1, len(ordered) // 10)
    center = len(ordered) // 2
    return float(ordered[center - tenth : center + tenth + 1].mean())


def exposed_range(frame: Frame) -> tuple[float, float]:
    """Return the encoded values between which a frame is neither black nor clipped."""
    return range_of_codes(frame.max_code, frame.tolerance_codes)


def range_of_codes(max_code: int, tolerance_codes: float) -> tuple[float, float]:
    """Return the encoded values of codes that are neither black nor clipped."""
    below = max(BELOW_CLIP, 2.0 * tolerance_codes)
    return DARKEST / 255, 1.0 - below / max_code
