"""Curves as samples, without torch: what color spaces and dry runs need."""

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]


def curve_grid(n_samples: int) -> Curve:
    """Return the positions of the samples of a curve, (N,), uniform on [0, 1]."""
    return np.linspace(0.0, 1.0, n_samples)
