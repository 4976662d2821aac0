"""Luma and chroma of video to R'G'B' codes, by the integers of the standards.

    limited   Y' = (y - 16 s) / (219 s)    P = (c - 128 s) / (224 s)    s = 2^(n - 8)
    full      Y' = y / (2^n - 1)           P = (c - 2^(n-1)) / (2^n - 1)

    R = Y' + 2 (1 - Kr) Pr    B = Y' + 2 (1 - Kb) Pb    G = (Y' - Kr R - Kb B) / Kg

y, c    codes of n bits    Kr, Kb  weights of red and blue in the luma
Pb, Pr  chroma, -1/2 to 1/2    Kg = 1 - Kr - Kb

So white is exactly 1: code 235 of 8 bits, 940 of 10, 3760 of 12 in limited range.
Reduced chroma is interpolated linearly between its samples.

Source: ITU-T H.273, equations 1 to 6 and 20 to 32, 38 to 40; ITU-R BT.601, 709, 2020.
"""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hdr_core.plate import Pixels

Siting = Literal["left", "center"]
"""Columns of chroma: on every second column of luma, or between two. Rows of chroma
lie between two rows of luma."""
Codes = NDArray[Any]

# Kr and Kb by the matrix coefficients of H.273.
WEIGHTS = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.601, 625 lines
    6: (0.299, 0.114),  # BT.601, 525 lines
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020, non-constant luminance
}


def yuv_to_rgb(
    luma: Codes,
    chroma: tuple[Codes, Codes] | None,
    *,
    bits: int,
    matrix: int,
    is_full: bool,
    siting: Siting = "left",
    chroma_row: float | None = None,
) -> Pixels:
    """Return R'G'B' (H, W, 3) in [0, 1]; what lies outside is clipped.

    Args:
        luma: Codes of the luma, (H, W).
        chroma: Codes of Cb and Cr, each (ceil(H / m), ceil(W / k)) for chroma that is
            reduced by m and k; None means grey.
        bits: Bits of a code.
        matrix: Matrix coefficients by their number in H.273, one of ``WEIGHTS``.
        is_full: Whether codes fill 0 to 2^bits - 1; otherwise limited range.
        siting: Where the columns of reduced chroma lie.
        chroma_row: Row of luma at which the first row of reduced chroma lies; None:
            in the middle of the rows that share it.
    """
    grey = _unit_luma(luma, bits, is_full=is_full)
    if chroma is None:
        return np.repeat(np.clip(grey, 0.0, 1.0)[..., None], 3, axis=2)
    red_weight, blue_weight = WEIGHTS[matrix]
    blue, red = (
        _upsample(
            _unit_chroma(part, bits, is_full=is_full), luma.shape, siting, chroma_row
        )
        for part in chroma
    )
    rgb = np.empty((*luma.shape, 3), np.float32)
    green_weight = 1.0 - red_weight - blue_weight
    rgb[..., 0] = grey + np.float32(2.0 * (1.0 - red_weight)) * red
    rgb[..., 2] = grey + np.float32(2.0 * (1.0 - blue_weight)) * blue
    # Kr R + Kb B taken out of Y' leaves these weights, so that greys stay equal.
    red *= np.float32(2.0 * red_weight * (1.0 - red_weight) / green_weight)
    blue *= np.float32(2.0 * blue_weight * (1.0 - blue_weight) / green_weight)
    rgb[..., 1] = grey - red - blue
    return np.clip(rgb, 0.0, 1.0, out=rgb)


def expand_range(values: Pixels, bits: int) -> Pixels:
    """Return R'G'B' of limited range as 0 (black) to 1 (white), clipped.

    Args:
        values: Codes as code / (2^n - 1).
        bits: Bits n of a code.
    """
    codes = values * np.float32(2**bits - 1)
    return np.clip(_unit_luma(codes, bits, is_full=False), 0.0, 1.0)


def white_code(bits: int, *, is_full: bool) -> int:
    """Return the luma code of white."""
    return int(2**bits - 1) if is_full else 235 << (bits - 8)


def _unit_luma(codes: Codes, bits: int, *, is_full: bool) -> Pixels:
    """Return luma codes as 0 (black) to 1 (white), not clipped."""
    values = codes.astype(np.float32)
    if is_full:
        return values / np.float32(2**bits - 1)
    step = 2 ** (bits - 8)
    return (values - np.float32(16 * step)) / np.float32(219 * step)


def _unit_chroma(codes: Codes, bits: int, *, is_full: bool) -> Pixels:
    """Return chroma codes as -1/2 to 1/2, 0 for grey."""
    values = codes.astype(np.float32) - np.float32(2 ** (bits - 1))
    return values / np.float32(2**bits - 1 if is_full else 224 * 2 ** (bits - 8))


def _upsample(
    chroma: Pixels, shape: tuple[int, ...], siting: Siting, row: float | None
) -> Pixels:
    """Return chroma at every pixel of luma, interpolated linearly."""
    rows = _interpolate(chroma, shape[0], 0, row)
    return _interpolate(rows, shape[1], 1, None if siting == "center" else 0.0)


def _interpolate(values: Pixels, count: int, axis: int, first: float | None) -> Pixels:
    """Return ``values`` at ``count`` places along an axis; ends are repeated.

    The first value lies at place ``first``; None: in the middle of those that share it.
    """
    n_values = values.shape[axis]
    # Of an odd size, the last sample of chroma has fewer pixels.
    ratio = 2 ** math.ceil(math.log2(count / n_values)) if n_values > 1 else count
    if count == n_values:
        return values
    shape = (count, values.shape[1]) if axis == 0 else (values.shape[0], count)
    result = np.empty(shape, np.float32)
    padded = np.pad(
        values, [(1, 1) if axis == way else (0, 0) for way in (0, 1)], "edge"
    )
    source, target = np.moveaxis(padded, axis, 0), np.moveaxis(result, axis, 0)
    offset = (ratio - 1) / 2 if first is None else first
    for phase in range(ratio):
        # Place j of the chroma lies ``share`` before this phase of its pixels.
        share = (phase - offset) / ratio
        part = target[phase::ratio]
        own = source[1 : len(part) + 1]
        start = 0 if share < 0 else 2
        other = source[start : start + len(part)]
        np.subtract(other, own, out=part)
        part *= np.float32(abs(share))
        part += own
    return result
