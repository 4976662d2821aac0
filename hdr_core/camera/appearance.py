"""Luminance and its perceptually uniform encoding, for metrics and losses."""

from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

# ITU-R BT.709: luminance of linear red, green and blue.
REC709_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
# How results are displayed: luminance of the sensor's clip, and the highest luminance
# in multiples of it.
CLIP_CD_M2 = 200.0
CAP_CLIPS = 50.0

Luminance = TypeVar("Luminance", NDArray[np.float64], "Tensor")


def luminance(linear: "Tensor") -> "Tensor":
    """Return the luminance, (..., 1, H, W), of Linear Rec.709, (..., 3, H, W)."""
    weights = linear.new_tensor(REC709_LUMINANCE).view(3, 1, 1)
    return (linear * weights).sum(dim=-3, keepdim=True)


def pu21_encode(luminance_cd_m2: Luminance) -> Luminance:
    """Return perceptually uniform values of luminance: "banding and glare".

        V = p7 (((p1 + p2 Y^p4) / (1 + p3 Y^p4))^p5 - p6)

    Y  luminance in cd/m2, clipped to 0.005 to 10,000
    V  0 to 595; 100 cd/m2 gives 256

    Source: Mantiuk & Azimi 2021, "PU21: A novel perceptually uniform encoding for
    adapting existing quality metrics for HDR", equation and table 1.
    """
    p1, p2, p3, p4, p5, p6, p7 = (
        0.353487901,
        0.3734658629,
        8.277049286e-05,
        0.9062562627,
        0.09150303166,
        0.9099517204,
        596.3148142,
    )
    y = luminance_cd_m2.clip(0.005, 10_000.0) ** p4
    return p7 * (((p1 + p2 * y) / (1 + p3 * y)) ** p5 - p6)
