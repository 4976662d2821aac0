"""The 9/7 wavelet: planes of a picture as coarse planes and details, and back.

    o += a (e + e')    e += b (o + o')    o += c (e + e')    e += d (o + o')
    low = K e          high = o / K

e, o  even and odd samples; a primed one is the neighbor on the other side

At borders the nearest sample is repeated. A step reaches half a sample, so that the
inverse is exact but for rounding.

Source: Cohen, Daubechies & Feauveau 1992; lifting by Daubechies & Sweldens 1998.
"""

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.float32]
Details = tuple[Planes, Planes, Planes]

_STEPS = (-1.586134342, -0.052980118, 0.882911075, 0.443506852)
_SCALE = 1.230174105


def transform(planes: Planes, *, levels: int) -> tuple[Planes, list[Details]]:
    """Return the coarsest planes, and the details of each level, the finest first.

    Args:
        planes: (C, H, W); H and W are multiples of ``2**levels``.
        levels: Number of times that the picture is halved.
    """
    details: list[Details] = []
    for _ in range(levels):
        low, high = _split(planes, 2)
        planes, upright = _split(low, 1)
        flat, both = _split(high, 1)
        details.append((both, flat, upright))
    return planes, details


def restore(planes: Planes, details: list[Details]) -> Planes:
    """Return the planes that ``transform`` was given, within rounding."""
    for both, flat, upright in reversed(details):
        planes = _join(_join(planes, upright, 1), _join(flat, both, 1), 2)
    return planes


def _split(planes: Planes, axis: int) -> tuple[Planes, Planes]:
    """Return the low and the high half along an axis."""
    moved = np.moveaxis(planes, axis, 0)
    even, odd = moved[::2].astype(np.float32), moved[1::2].astype(np.float32)
    for number, weight in enumerate(_STEPS):
        if number % 2 == 0:
            odd += np.float32(weight) * (even + _next(even))
        else:
            even += np.float32(weight) * (odd + _previous(odd))
    even *= np.float32(_SCALE)
    odd /= np.float32(_SCALE)
    return np.moveaxis(even, 0, axis), np.moveaxis(odd, 0, axis)


def _join(low: Planes, high: Planes, axis: int) -> Planes:
    """Return the planes that ``_split`` was given."""
    even = np.moveaxis(low, axis, 0) / np.float32(_SCALE)
    odd = np.moveaxis(high, axis, 0) * np.float32(_SCALE)
    for number, weight in reversed(list(enumerate(_STEPS))):
        if number % 2 == 0:
            odd -= np.float32(weight) * (even + _next(even))
        else:
            even -= np.float32(weight) * (odd + _previous(odd))
    whole = np.empty((2 * len(even), *even.shape[1:]), np.float32)
    whole[::2], whole[1::2] = even, odd
    return np.moveaxis(whole, 0, axis)


def _next(samples: Planes) -> Planes:
    return np.concatenate([samples[1:], samples[-1:]])


def _previous(samples: Planes) -> Planes:
    return np.concatenate([samples[:1], samples[:-1]])
