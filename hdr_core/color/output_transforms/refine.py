"""Newton's method on light that encodes nearly, but not quite, to its codes.

    y = arsinh(H / h)        y <- y + (J' J + m I)^-1 J' (c - F(y))

F  transform, with light as y    J  its differences, column by column    c  codes
h  light below which y is straight, so that negative light has a y too
m  damping of Levenberg and Marquardt, of each pixel: less after a step that helped

Where the transform is at an end of its range and so is the code, nothing is missing.

Source: Levenberg 1944; Marquardt 1963.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]
Function = Callable[[Values], Values]

_LEAST = 1e-3
_STEP = 2e-3
_ROUNDS = 12
_LONGEST = 2.0
_DAMPING, _LESS, _MORE = 1e-6, 0.2, 10.0


def refine(encode: Function, codes: Values, light: Values, within: float) -> Values:
    """Return light that encodes to ``codes``, as near as it is found.

    Args:
        encode: Light (n, 3) to codes in [0, 1].
        codes: (..., 3), in [0, 1].
        light: Light that encodes nearly to the codes, (..., 3).
        within: How near codes have to be. Pixels that are so already stay as they are.

    Returns:
        (..., 3). Pixels for which nothing better was found stay as they are.
    """
    flat, wanted = np.array(light.reshape(-1, 3)), codes.reshape(-1, 3)
    missing = wanted - encode(flat)
    places = np.flatnonzero(np.abs(missing).max(axis=-1) > within)
    if not places.size:
        return flat.reshape(light.shape)
    y, wanted, missing = (
        np.arcsinh(flat[places] / _LEAST),
        wanted[places],
        missing[places],
    )
    damping = np.full(len(places), _DAMPING)
    for _ in range(_ROUNDS):
        tried = y + _steps(encode, y, missing, wanted, damping)
        left = wanted - encode(_to_light(tried))
        is_better = _size(left) < _size(missing)
        y[is_better], missing[is_better] = tried[is_better], left[is_better]
        damping *= np.where(is_better, _LESS, _MORE)
        flat[places] = _to_light(y)
        is_open = (np.abs(missing).max(axis=-1) > within) & (damping < 1e6)
        if not is_open.any():
            break
        places, y, damping = places[is_open], y[is_open], damping[is_open]
        wanted, missing = wanted[is_open], missing[is_open]
    return flat.reshape(light.shape)


def _steps(
    encode: Function, y: Values, missing: Values, wanted: Values, damping: Values
) -> Values:
    """Return the damped Newton step of each pixel, (n, 3)."""
    base = wanted - missing
    jacobian = np.empty((len(y), 3, 3))
    for channel in range(3):
        moved = y.copy()
        moved[:, channel] += _STEP
        jacobian[:, :, channel] = (encode(_to_light(moved)) - base) / _STEP
    normal = np.einsum("nki,nkj->nij", jacobian, jacobian)
    normal[:, range(3), range(3)] += damping[:, None] + 1e-12
    right = np.einsum("nki,nk->ni", jacobian, missing)
    step = np.linalg.solve(normal, right[..., None])[..., 0]
    return np.clip(step, -_LONGEST, _LONGEST)


def _to_light(y: Values) -> Values:
    return np.sinh(y) * _LEAST


def _size(missing: Values) -> Values:
    return np.einsum("ni,ni->n", missing, missing)
