"""A sensor with one color filter for each pixel, and the interpolation of the others.

    R G R G        red and blue at every fourth pixel, green at every second
    G B G B

    x = mean of x over neighbors + share * Laplacian of y

x  a channel that the pixel lacks    y  the channel that it has

Source: the filter array is Bayer 1976, US patent 3,971,065. The interpolation is
Malvar, He & Cutler 2004, "High-quality linear interpolation for demosaicing of
Bayer-patterned color images".
Differs: nothing.
"""

import torch
from torch import Tensor
from torch.nn import functional

# Weights of the 5 x 5 pixels, times eight. First green at red or blue.
_GREEN = [
    [0.0, 0.0, -1.0, 0.0, 0.0],
    [0.0, 0.0, 2.0, 0.0, 0.0],
    [-1.0, 2.0, 4.0, 2.0, -1.0],
    [0.0, 0.0, 2.0, 0.0, 0.0],
    [0.0, 0.0, -1.0, 0.0, 0.0],
]
# Red or blue at a green pixel whose left and right neighbors have it.
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
    """Return the light behind the color filters, (H, W), of ``linear`` (3, H, W)."""
    red, green, blue = linear
    sensor: Tensor = green.clone()
    sensor[0::2, 0::2] = red[0::2, 0::2]
    sensor[1::2, 1::2] = blue[1::2, 1::2]
    return sensor


def demosaic(sensor: Tensor) -> Tensor:
    """Return all three channels for the light behind color filters.

    Args:
        sensor: Result of ``mosaic``, (H, W), at least 3 x 3 pixels.

    Returns:
        Scene-linear, (3, H, W), clipped to [0, 1] because the interpolation can
        overshoot.
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
