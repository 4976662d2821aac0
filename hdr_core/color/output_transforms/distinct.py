"""The distinct colors of a plate: far fewer than its pixels, if its codes are whole."""

import numpy as np
from numpy.typing import NDArray

from hdr_core.color.output_transforms.arrays import Values

_WORTHWHILE = 4096
_MOST_CODE = 4095
_WHOLE = 1e-3


def find_distinct(
    codes: Values, max_code: int
) -> tuple[Values, NDArray[np.intp]] | None:
    """Return the distinct colors of ``codes``, and which of them each pixel has.

    Args:
        codes: (..., 3), in [0, 1].
        max_code: Largest code n.

    Returns:
        Colors (m, 3), and places (n,) in them; None if codes lie between whole ones, or
        if there is nothing to gain.
    """
    flat = codes.reshape(-1, 3)
    if len(flat) < _WORTHWHILE or max_code > _MOST_CODE:
        return None
    scaled = flat * max_code
    whole = np.rint(scaled)
    if not np.abs(scaled - whole).max() < _WHOLE:
        return None
    base = max_code + 1
    keys = whole.astype(np.int64) @ np.array([base * base, base, 1])
    _, first, places = np.unique(keys, return_index=True, return_inverse=True)
    return flat[first], places
