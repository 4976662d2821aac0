"""One color filter a pixel, and what interpolates the other two channels.

    R G R G        red and blue at every fourth pixel, green at every second
    G B G B

Source: the filter array by Bayer 1976, US patent 3,971,065; the interpolation is
Malvar, He & Cutler 2004, "High-quality linear interpolation for demosaicing of
Bayer-patterned color images": a channel's mean of its neighbors, plus a share of the
bend of the channel that the pixel has.
"""

import torch
from torch import Tensor
from torch.nn import functional

# Weights of the 5 x 5 pixels around, times eight.
_GREEN = [
    [0.0, 0.0, -1.0, 0.0, 0.0],
    [0.0, 0.0, 2.0, 0.0, 0.0],
    [-1.0, 2.0, 4.0, 2.0, -1.0],
    [0.0, 0.0, 2.0, 0.0, 0.0],
    [0.0, 0.0, -1.0, 0.0, 0.0],
]
# Red or blue at a green pixel that has them at its left and right.
_BESIDE = [
    [0.0, 0.0, 0.5, 0.0, 0.0],
    [0.0, -1.0, 0.0, -1.0, 0.0],
    [-1.0, 4.0, 5.0, 4.0, -1.0],
    [0.0, -1.0, 0.0, -1.0, 0.0],
    [0.0, 0.0, 0.5, 0.0, 0.0],
]
# Red at blue, and blue at red.
_ACROSS = [
    [0.0, 0.0, -1.5, 0.0, 0.0],
    [0.0, 2.0, 0.0, 2.0, 0.0],
    [-1.5, 0.0, 6.0, 0.0, -1.5],
    [0.0, 2.0, 0.0, 2.0, 0.0],
    [0.0, 0.0, -1.5, 0.0, 0.0],
]


def mosaic(linear: Tensor) -> Tensor:
    """Return what a sensor with color filters holds of ``linear`` (3, H, W): (H, W)."""
    red, green, blue = linear
    sensor: Tensor = green.clone()
    sensor[0::2, 0::2] = red[0::2, 0::2]
    sensor[1::2, 1::2] = blue[1::2, 1::2]
    return sensor


def demosaic(sensor: Tensor) -> Tensor:
    """Return a picture (3, H, W) of what a sensor holds.

    Args:
        sensor: Light behind color filters, (H, W), of at least 3 x 3 pixels.

    Returns:
        Scene-linear, within [0, 1]: the interpolation may swing beyond its pixels.
    """
    beside = torch.tensor(_BESIDE)
    kernels = torch.stack(
        [torch.tensor(_GREEN), beside, beside.T, torch.tensor(_ACROSS)]
    )
    padded = functional.pad(sensor[None, None], (2, 2, 2, 2), mode="reflect")
    kernels = kernels[:, None].to(sensor) / 8.0
    green, beside, above, across = functional.conv2d(padded, kernels)[0]
    picture = sensor.expand(3, -1, -1).clone()
    picture[1, 0::2, 0::2] = green[0::2, 0::2]
    picture[1, 1::2, 1::2] = green[1::2, 1::2]
    for channel, own in ((0, 0), (2, 1)):
        other = 1 - own
        picture[channel, own::2, other::2] = beside[own::2, other::2]
        picture[channel, other::2, own::2] = above[other::2, own::2]
        picture[channel, other::2, other::2] = across[other::2, other::2]
    bounded: Tensor = picture.clamp(0.0, 1.0)
    return bounded
