"""The ways in which a plate may have got its codes, each as a function and its inverse.

They are all output transforms, and three that are none:

    codes    the plate was made smaller or blurred as codes: its edges say nothing
    half     the same, in part
    camera   the mean response of cameras in use (``filmic`` in camera/responses.py)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.camera.responses import (
    FILMIC_LOG_WHITE,
    FILMIC_TOE,
    SAMPLES,
    filmic,
    inverse_srgb,
)
from hdr_core.color.output_transforms import NAMES, find_output_transform

Values = NDArray[np.floating]
# Samples over which the slope is taken, and the least slope.
SLOPE_REACH, LEAST_SLOPE = 6, 1e-3
OTHERS = ("codes", "half", "camera")
HYPOTHESES = (*NAMES, *OTHERS)


@dataclass(frozen=True)
class Hypothesis:
    """One way in which codes were made.

    Attributes:
        name: One of ``HYPOTHESES``.
        encode: Light (..., 3) to codes in [0, 1].
        decode: Codes (..., 3) to light.
        greys: ``decode`` of greys, at codes uniform on [0, 1], (1024,).
        slope: Slope of ``greys``, (1024,).
        is_curve: Whether it is one curve for each channel.
    """

    name: str
    encode: Callable[[Values], Values]
    decode: Callable[[Values], Values]
    greys: Curve
    slope: Curve
    is_curve: bool


@lru_cache(maxsize=1)
def all_hypotheses() -> tuple[Hypothesis, ...]:
    """Return the hypotheses, in the order of ``HYPOTHESES``."""
    found = []
    for name in NAMES:
        transform = find_output_transform(name)
        parts = transform.encode, transform.decode
        found.append(_describe(name, *parts, is_curve=transform.is_curve))
    x = curve_grid(SAMPLES)
    camera = filmic(x, white=math.exp(FILMIC_LOG_WHITE[0]), toe=FILMIC_TOE[0])
    curves = (x, (x + inverse_srgb(x)) / 2.0, np.interp(x, camera, x))
    for name, curve in zip(OTHERS, curves, strict=True):
        found.append(_of_curve(name, curve))
    return tuple(found)


def _of_curve(name: str, inverse: Curve) -> Hypothesis:
    x = curve_grid(len(inverse))
    return _describe(
        name,
        lambda light: np.interp(light, inverse, x),
        lambda codes: np.interp(codes, x, inverse),
        is_curve=True,
    )


def _describe(
    name: str,
    encode: Callable[[Values], Values],
    decode: Callable[[Values], Values],
    *,
    is_curve: bool,
) -> Hypothesis:
    x = curve_grid(SAMPLES)
    greys = decode(np.repeat(x[:, None], 3, axis=1))[:, 1].astype(np.float64)
    reach = SLOPE_REACH / (SAMPLES - 1)
    rise = np.interp(x + reach, x, greys) - np.interp(x - reach, x, greys)
    slope = np.maximum(rise / (2.0 * reach), LEAST_SLOPE)
    return Hypothesis(name, encode, decode, greys, slope, is_curve)
