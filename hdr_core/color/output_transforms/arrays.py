"""The arrays of this package, and functions on them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]
"""Light or codes, (..., 3), of float32 or float64."""
Function = Callable[[Values], Values]
