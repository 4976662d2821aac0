"""Curves as samples, without torch."""

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]
# a of ``lift_black``.
BLACK = 0.6


def curve_grid(n_samples: int) -> Curve:
    """Return the positions of the samples of a curve, (N,), uniform on [0, 1]."""
    return np.linspace(0.0, 1.0, n_samples)


def follow_curve(values: NDArray[np.float32], curve: Curve) -> NDArray[np.float32]:
    """Return values through a curve, linear between its samples, in float32.

    The result is that of ``apply_curve`` (response.py), to the last bit.

    Args:
        values: Any shape. Values outside [0, 1] are clipped. NaN stays NaN.
        curve: Samples, (N,).
    """
    samples = curve.astype(np.float32)
    place = np.clip(values, np.float32(0.0), np.float32(1.0))
    place *= np.float32(len(samples) - 1)
    # Where a value is NaN, any sample does.
    left = np.nan_to_num(place).astype(np.intp)
    np.minimum(left, len(samples) - 2, out=left)
    low = samples[left]
    rise = samples[left + 1] - low
    return np.asarray(low + rise * (place - left.astype(np.float32)), np.float32)


def curve_edges(inverse_crf: Curve, *, max_code: int) -> Curve:
    """Return the scene-linear edges between codes.

    Args:
        inverse_crf: g, (N,).
        max_code: Largest code n: 255 for 8 bits.

    Returns:
        (n,) float64. Edge k is g((k + 1/2) / n), where code k + 1 begins.
    """
    grid = curve_grid(len(inverse_crf))
    return np.interp((np.arange(max_code) + 0.5) / max_code, grid, inverse_crf)


def lift_black(inverse_crf: Curve, *, max_code: int) -> Curve:
    """Return g with a typical light for code 0, where g has the least.

        g'(x) = a u + (1 - a) g(x)    for x below 1/2n, u = g(1/2n)

    A camera that crushes blacks writes code 0 for all light up to u, and g gives this
    code the light 0. But most pixels of code 0 are not black, so a share a of u is
    closer to their light.

    Args:
        inverse_crf: g, (N,), from 0 on.
        max_code: Largest code n, less than N.
    """
    grid = curve_grid(len(inverse_crf))
    u = curve_edges(inverse_crf, max_code=max_code)[0]
    lifted = BLACK * u + (1.0 - BLACK) * inverse_crf
    return np.where(grid < 0.5 / max_code, lifted, inverse_crf)
