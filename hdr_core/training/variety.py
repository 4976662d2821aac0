"""Scenes from scenes: what may change in a view while it stays light.

All of it happens before the camera, so it says nothing of the camera; what a network
learns of scenes by heart, it cannot.
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.appearance import REC709_LUMINANCE

# Corners of an uneven light: fewest and most rows and columns.
CORNERS = (2, 5)
MOST_UNEVEN_STOPS = 1.0
# Blur of a lens that is out of focus, in pixels, standard deviation.
LEAST_BLUR_PX, MOST_BLUR_PX = 0.7, 5.0
# How far apart in stops two joined views are exposed, standard deviation.
JOINED_STOPS = 1.2


def vary_color(hdr: Tensor, rng: np.random.Generator) -> Tensor:
    """Return ``hdr`` mirrored by chance, with other white balance and saturation."""
    if rng.random() < 0.5:
        hdr = hdr.flip(2)
    gains = np.exp(rng.normal(0.0, 0.12, 3))
    hdr = hdr * torch.tensor(gains / gains[1], dtype=hdr.dtype)[:, None, None]
    luminance = torch.einsum("c,chw->hw", hdr.new_tensor(REC709_LUMINANCE), hdr)
    saturation = rng.uniform(0.6, 1.3)
    return (luminance + saturation * (hdr - luminance)).clamp(min=0.0)


def relight(hdr: Tensor, rng: np.random.Generator) -> Tensor:
    """Return a view (3, H, W) under a smooth, uneven light."""
    size = (1, 1, int(rng.integers(*CORNERS)), int(rng.integers(*CORNERS)))
    corners = rng.normal(0.0, rng.uniform(0.3, MOST_UNEVEN_STOPS), size)
    stops = functional.interpolate(
        torch.from_numpy(corners).to(hdr),
        hdr.shape[1:],
        mode="bicubic",
        align_corners=True,
    )
    return hdr * torch.exp2(stops[0])


def join(hdr: Tensor, other: Tensor, rng: np.random.Generator) -> Tensor:
    """Return two views (3, H, W) side by side, along a random line, hard or soft."""
    apart = hdr.median() / other.median().clamp(min=1e-6)
    other = other * apart * 2.0 ** rng.normal(0.0, JOINED_STOPS)
    height, width = hdr.shape[1:]
    angle = rng.uniform(0.0, 2.0 * math.pi)
    down = torch.linspace(-1.0, 1.0, height)[:, None] * math.sin(angle)
    across = torch.linspace(-1.0, 1.0, width) * (width / height * math.cos(angle))
    beyond = down + across - rng.normal(0.0, 0.3)
    if rng.random() < 0.7:
        share = (beyond > 0.0).to(hdr)
    else:
        share = torch.sigmoid(beyond * rng.uniform(3.0, 30.0)).to(hdr)
    return torch.lerp(hdr, other, share)


def defocus(hdr: Tensor, rng: np.random.Generator) -> Tensor:
    """Return a view (3, H, W) out of focus: smooth, so that few codes make bands."""
    blur_px = math.exp(rng.uniform(math.log(LEAST_BLUR_PX), math.log(MOST_BLUR_PX)))
    reach = min(math.ceil(3 * blur_px), min(hdr.shape[1:]) - 1)
    place = torch.arange(-reach, reach + 1).to(hdr)
    weights = torch.exp(-0.5 * (place / blur_px) ** 2)
    weights = weights / weights.sum()
    padded = functional.pad(hdr[:, None], (reach,) * 4, mode="reflect")
    across = functional.conv2d(padded, weights[None, None, None])
    return functional.conv2d(across, weights[None, None, :, None])[:, 0]
