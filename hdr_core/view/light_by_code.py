"""Light that the codes of a plate predict, so that a page stores only the difference.

    p = sum_c g(k_c) m_c        stored = o(h) - o(half(p)) + 2^15

k  codes of the plate, 8 bits    g  light of each code    m  matrix to the file's space
h  half floats of the result     o  their order: a larger light is a larger number

A pixel that was not clipped keeps its code. So its light differs from p by less than a
code, and the difference needs fewer bits than the light. The page's script computes p
with the same float64 operations in the same order, so it finds the same bits.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import Curve
from hdr_core.camera.responses import inverse_srgb

HalfBits = NDArray[np.uint16]
Codes = NDArray[np.uint8]
_MIDDLE = 2**15
# Exponents of float32 and half begin at different numbers.
_REBIAS = 112 << 10
_LARGEST_HALF = 0x7BFF
_FITTED = 200_000


@dataclass(frozen=True)
class CodeLight:
    """How light follows from the codes of a plate.

    Attributes:
        light: g of each code, (256,).
        matrix: m, (3, 3), for rows of light.
    """

    light: NDArray[np.float64]
    matrix: NDArray[np.float64]

    def order(self, codes: Codes) -> HalfBits:
        """Return o(half(p)) of codes, (H, W, 3)."""
        found = np.empty(codes.shape, np.uint16)
        for place in range(3):
            parts = [
                (self.light * self.matrix[source, place])[codes[..., source]]
                for source in range(3)
            ]
            light = ((parts[0] + parts[1]) + parts[2]).astype(np.float32)
            found[..., place] = _cut_to_half(light) + _MIDDLE
        return found


def order_halves(light: NDArray[Any]) -> HalfBits:
    """Return o(h) of light, rounded to half floats and clamped to what they hold."""
    halves = np.clip(light, -65504.0, 65504.0).astype(np.float16)
    bits = halves.view(np.uint16).astype(np.int32)
    return np.asarray(
        np.where(bits < _MIDDLE, bits + _MIDDLE, 2 * _MIDDLE - 1 - bits),
        np.uint16,
    )


def difference(light: HalfBits, predicted: HalfBits) -> HalfBits:
    """Return what is stored: differences of orders, modulo 2^16, around the middle."""
    return np.asarray(light - predicted + np.uint16(_MIDDLE))


def fit_code_light(
    codes: Codes, light: NDArray[Any], curve: Curve | None
) -> CodeLight | None:
    """Return how light follows from codes; None if no unclipped pixel shows it.

    Args:
        codes: Codes of the plate, (H, W, 3).
        light: The result, (H, W, 3).
        curve: Inverse CRF g, (N,); None means that of sRGB.
    """
    step = max(1, codes.shape[0] * codes.shape[1] // _FITTED)
    shown, result = codes.reshape(-1, 3)[::step], light.reshape(-1, 3)[::step]
    is_plain = (shown.max(axis=1) < 250) & (shown.min(axis=1) > 4)
    if is_plain.sum() < 16:
        return None
    places = np.linspace(0.0, 1.0, 256)
    if curve is None:
        g = inverse_srgb(places)
    else:
        g = np.interp(places, np.linspace(0.0, 1.0, len(curve)), curve)
    shown, result = g[shown[is_plain]], result[is_plain].astype(np.float64)
    # Errors count relative to the light, as in half floats.
    weight = 1.0 / (shown.mean(axis=1, keepdims=True) + 1e-4)
    matrix = np.linalg.lstsq(shown * weight, result * weight, rcond=None)[0]
    return CodeLight(np.asarray(g, np.float64), np.asarray(matrix, np.float64))


def _cut_to_half(light: NDArray[np.float32]) -> HalfBits:
    """Return the bits of half floats that are not above ``light``; 0 below 2^-14."""
    bits = light.view(np.uint32).astype(np.int64)
    half = (bits >> 13) - _REBIAS
    half = np.where((light > 0) & (half >= 1024), half, 0)
    return np.asarray(np.minimum(half, _LARGEST_HALF), np.uint16)
