"""PQ, the code of HDR displays for light.

    N = ((c1 + c2 p) / (1 + c3 p))^m2                       p = Y^m1
    Y = (max(q - c1, 0) / (c2 - c3 q))^(1/m1)               q = N^(1/m2)

N  code in [0, 1]    Y  light of the display as a share of 10000 cd/m2

Source: ITU-R BT.2100-2, table 4.
"""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]
PQ_PEAK_NITS = 10000.0
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def pq(light: Values) -> Values:
    """Return the code N of light Y, in the precision of ``light``."""
    power = light**_M1
    return np.asarray(((_C1 + _C2 * power) / (1.0 + _C3 * power)) ** _M2)


def inverse_pq(codes: Values) -> Values:
    """Return the light Y of codes N."""
    power = codes ** (1.0 / _M2)
    ratio = np.maximum(power - _C1, 0.0) / (_C2 - _C3 * power)
    return np.asarray(ratio ** (1.0 / _M1))
