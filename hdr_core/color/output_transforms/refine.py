"""Newton's method on light that encodes nearly, but not quite, to its codes.

    y = arsinh(H / h)        y <- y + (J' J + m I)^-1 J' r        r = d(c - F(y))

F  transform, with light as y    J  its differences, column by column    c  codes
h  light below which y is straight, so that negative light has a y too
m  damping of Levenberg and Marquardt, of each pixel: less after a step that helped
d  in the first pass d(r) = r; pixels that are left half a code off try a second pass,
   in which nothing is missing within ``_FREE_CODES``: their exact codes are rounded,
   and lie just outside of what the transform reaches

Source: Levenberg 1944; Marquardt 1963.
"""

import numpy as np
from numpy.typing import NDArray

from hdr_core.color.output_transforms.arrays import Function, Values

WITHIN_CODES = 0.1
"""How near refined light encodes to its codes, in codes, where that is possible."""
_FREE_CODES, _HALF_CODE = 0.35, 0.495
_LEAST, _STEP, _LONGEST = 1e-3, 2e-3, 2.0
_ROUNDS = 16
_DAMPING, _LESS, _MORE, _MOST = 1e-6, 0.2, 10.0, 1e3


def refine(encode: Function, codes: Values, light: Values, max_code: int) -> Values:
    """Return light that encodes to ``codes``, as near as it is found.

    Args:
        encode: Light (n, 3) to codes in [0, 1].
        codes: (..., 3), in [0, 1].
        light: Light that encodes nearly to the codes, (..., 3).
        max_code: Largest code n. Pixels that are within a tenth of a code stay as they
            are.

    Returns:
        (..., 3). Pixels for which nothing better is found stay as they are.
    """
    flat, wanted = np.array(light.reshape(-1, 3)), codes.reshape(-1, 3)
    for free, within in ((0.0, WITHIN_CODES), (_FREE_CODES, _HALF_CODE)):
        missing = _largest(wanted - encode(flat))
        places = np.flatnonzero(missing > within / max_code)
        if not places.size:
            break
        problem = _Problem(encode, wanted[places], free / max_code)
        flat[places] = problem.solve(flat[places], WITHIN_CODES / max_code)
    return flat.reshape(light.shape)


class _Problem:
    """Codes whose light is looked for.

    Args:
        encode: Light (n, 3) to codes in [0, 1].
        wanted: The codes, (n, 3).
        free: Differences up to this count as 0.
    """

    def __init__(self, encode: Function, wanted: Values, free: float) -> None:
        self.encode, self.wanted, self.free = encode, wanted, free

    def solve(self, light: Values, within: float) -> Values:
        """Return light (n, 3) that encodes nearer to the codes than ``light``."""
        found = np.arcsinh(light / _LEAST)
        shot = self.encode(light)
        missing = self._missing(shot, slice(None))
        damping = np.full(len(found), _DAMPING)
        for _ in range(_ROUNDS):
            is_open = (_largest(missing) > within) & (damping < _MOST)
            places = np.flatnonzero(is_open)
            if not places.size:
                break
            jacobian = self._jacobian(found[places], shot[places])
            step = damped_step(jacobian, missing[places], damping[places])
            tried = found[places] + np.clip(step, -_LONGEST, _LONGEST)
            shot_try = self.encode(_to_light(tried))
            left = self._missing(shot_try, places)
            is_better = _size(left) < _size(missing[places])
            damping[places] *= np.where(is_better, _LESS, _MORE)
            better = places[is_better]
            found[better], shot[better] = tried[is_better], shot_try[is_better]
            missing[better] = left[is_better]
        return _to_light(found)

    def _missing(self, shot: Values, places: NDArray[np.intp] | slice) -> Values:
        """Return r, (n, 3)."""
        missing = self.wanted[places] - shot
        if self.free > 0.0:
            missing -= np.clip(missing, -self.free, self.free)
        return missing

    def _jacobian(self, y: Values, shot: Values) -> Values:
        """Return J by its columns, (3, n, 3)."""
        columns = np.empty((3, *y.shape))
        for channel in range(3):
            moved = y.copy()
            moved[:, channel] += _STEP
            columns[channel] = (self.encode(_to_light(moved)) - shot) / _STEP
        return columns


def damped_step(jacobian: Values, missing: Values, damping: Values) -> Values:
    """Return (J' J + m I)^-1 J' r of each pixel, (n, 3).

    Args:
        jacobian: J by its columns, (3, n, 3).
        missing: r, (n, 3).
        damping: m, (n,).
    """
    one, two, three = jacobian
    m = damping + 1e-12
    a, d, f = _dot(one, one) + m, _dot(two, two) + m, _dot(three, three) + m
    b, c, e = _dot(one, two), _dot(one, three), _dot(two, three)
    x, y, z = _dot(one, missing), _dot(two, missing), _dot(three, missing)
    # The inverse of a symmetric matrix by its cofactors.
    aa, bb, cc = d * f - e * e, c * e - b * f, b * e - c * d
    dd, ee, ff = a * f - c * c, b * c - a * e, a * d - b * b
    rows = (
        aa * x + bb * y + cc * z,
        bb * x + dd * y + ee * z,
        cc * x + ee * y + ff * z,
    )
    return np.stack(rows, axis=-1) / (a * aa + b * bb + c * cc)[:, None]


def _to_light(y: Values) -> Values:
    return np.asarray(np.sinh(y) * _LEAST)


def _dot(one: Values, two: Values) -> Values:
    return one[:, 0] * two[:, 0] + one[:, 1] * two[:, 1] + one[:, 2] * two[:, 2]


def _size(missing: Values) -> Values:
    return _dot(missing, missing)


def _largest(missing: Values) -> Values:
    """Return the largest difference of each pixel, (n,)."""
    size = np.abs(missing)
    return np.maximum(np.maximum(size[:, 0], size[:, 1]), size[:, 2])
