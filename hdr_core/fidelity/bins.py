"""The re-shoot promise: project a result onto the scenes that a plate allows.

    g((k - 1/2 - t) / n) <= H < g((k + 1/2 + t) / n)     code k below clip
    H >= g((n - 1/2 - t) / n)                            code k at clip, k = n

g  inverse CRF    n  largest code    t  tolerance in codes, 0 for lossless plates

Each channel is projected by itself. A small margin keeps values inside their bin when
they are rounded to half floats, or converted to another color space and back. If a bin
is so narrow that no float32 lies in it, the promise cannot be kept. This happens at
flat parts of g with more than 10 bits.
"""

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import Curve, curve_edges, curve_grid
from hdr_core.errors import ShapeError

# Share of a bin that stays free at each of its ends.
MARGIN = 0.1
# A code that lies this many tolerances below the clip is surely not clipped. One
# tolerance is for the code, the other for its neighbor.
SURE_TOLERANCES = 2.0


def bounds(
    inverse_crf: Curve, *, max_code: int, tolerance_codes: float = 0.0
) -> tuple[Curve, Curve]:
    """Return the least and the largest light of each code.

    Args:
        inverse_crf: g, (N,).
        max_code: Largest code n.
        tolerance_codes: Codes by which each bin is widened on both sides.

    Returns:
        Two arrays (n + 1,). The bin of code 0 begins where g does, which is 0, or
        below it for a log encoding. A code that may be clipped has no upper end (inf).
    """
    codes = np.arange(max_code + 1)
    places = curve_grid(len(inverse_crf))
    low_code = (codes - 0.5 - tolerance_codes) / max_code
    high_code = (codes + 0.5 + tolerance_codes) / max_code
    low = np.interp(low_code, places, inverse_crf)
    high = np.interp(high_code, places, inverse_crf)
    # If the true code may be n, its light has no upper limit.
    high[codes + tolerance_codes >= max_code] = np.inf
    return low, high


def sure_light(inverse_crf: Curve, *, max_code: int, tolerance_codes: float) -> float:
    """Return the light up to which a code is surely below the clip, 1 = clip.

    Args:
        inverse_crf: g, (N,).
        max_code: Largest code n.
        tolerance_codes: Codes by which a code may be off; 0 means that only n is
            clipped, from its lower edge n - 1/2 on.
    """
    below = max(SURE_TOLERANCES * tolerance_codes, 0.5)
    code = max(1.0 - below / max_code, 0.0)
    places = curve_grid(len(inverse_crf))
    return float(np.interp(code, places, inverse_crf) / inverse_crf[-1])


def project(
    hdr: NDArray[np.float32],
    codes: NDArray[np.integer],
    inverse_crf: Curve,
    *,
    max_code: int,
    tolerance_codes: float = 0.0,
) -> NDArray[np.float32]:
    """Return the scene nearest to ``hdr`` that the plate allows.

    Args:
        hdr: Scene-linear, (..., 3). NaN stays NaN, and is a violation.
        codes: Codes of the plate, 0 to ``max_code``, same shape.
        inverse_crf: g, (N,).
        max_code: Largest code n.
        tolerance_codes: Codes by which each bin is widened on both sides.

    Returns:
        Scene-linear light, float32, same shape.

    Raises:
        ShapeError: The shapes of ``hdr`` and ``codes`` differ.
    """
    if hdr.shape != codes.shape:
        raise ShapeError(
            f"project: found {hdr.shape} light for {codes.shape} codes. "
            "Pass arrays of the same shape."
        )
    low, high = bounds(inverse_crf, max_code=max_code, tolerance_codes=tolerance_codes)
    below_clip = np.isfinite(high)
    margin = MARGIN * (np.where(below_clip, high, 1.0) - low)
    # Code 0 may be black itself: only its upper end needs a margin.
    low_inner = np.where(low > inverse_crf[0], low + margin, low).astype(np.float32)
    high_inner = np.where(below_clip, high - margin, np.inf).astype(np.float32)
    # If rounding takes an end out of a narrow bin, use the nearest float32 within it.
    is_out = (low_inner < low) | (low_inner >= high)
    low_inner[is_out] = _round_up(low[is_out])
    is_out = below_clip & ((high_inner < low) | (high_inner >= high))
    high_inner[is_out] = -_round_up(-high[is_out], strictly=True)
    return np.clip(hdr, low_inner[codes], high_inner[codes]).astype(np.float32)


def _round_up(values: Curve, *, strictly: bool = False) -> NDArray[np.float32]:
    """Return the least float32 at or above each value; with ``strictly``, above it."""
    rounded = values.astype(np.float32)
    is_low = rounded <= values if strictly else rounded < values
    return np.where(is_low, np.nextafter(rounded, np.float32(np.inf)), rounded)


def count_violations(
    hdr: NDArray[np.floating],
    codes: NDArray[np.integer],
    inverse_crf: Curve,
    *,
    max_code: int,
    tolerance_codes: float = 0.0,
) -> int:
    """Return how many values do not photograph back to their code.

    Args:
        hdr: Scene-linear, (..., 3).
        codes: Codes of the plate, 0 to ``max_code``, same shape.
        inverse_crf: g, (N,).
        max_code: Largest code n.
        tolerance_codes: Codes by which each bin is widened on both sides.
    """
    is_broken = find_violations(
        hdr, codes, inverse_crf, max_code=max_code, tolerance_codes=tolerance_codes
    )
    return int(np.count_nonzero(is_broken))


def find_violations(
    hdr: NDArray[np.floating],
    codes: NDArray[np.integer],
    inverse_crf: Curve,
    *,
    max_code: int,
    tolerance_codes: float = 0.0,
) -> NDArray[np.bool_]:
    """Return which values do not photograph back to their code.

    With a tolerance, these are the values outside of the widened bin of their code. NaN
    is always a violation.

    Args:
        hdr: Scene-linear, (..., 3).
        codes: Codes of the plate, 0 to ``max_code``, same shape.
        inverse_crf: g, (N,).
        max_code: Largest code n.
        tolerance_codes: Codes by which each bin is widened on both sides.

    Returns:
        Booleans, same shape.
    """
    if tolerance_codes == 0.0:
        edges = curve_edges(inverse_crf, max_code=max_code)
        # Comparing with both edges of the code is faster than a search for the code.
        first, end = np.append(-np.inf, edges), np.append(edges, np.inf)
        return np.asarray(~((hdr >= first[codes]) & (hdr < end[codes])))
    low, high = bounds(inverse_crf, max_code=max_code, tolerance_codes=tolerance_codes)
    is_dark = low[codes] <= inverse_crf[0]
    return np.asarray(~(((hdr >= low[codes]) | is_dark) & (hdr <= high[codes])))
