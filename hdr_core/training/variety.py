"""Augmentation of scene-linear views: color, light, focus, exposure.

All of it happens before the camera, so it does not change what a plate says about its
camera. It keeps the networks from memorizing the scenes.
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.appearance import luminance
from hdr_core.camera.capture import expose, exposure_for_clipped_share
from hdr_core.camera.processing import blur

# Uneven light is interpolated from a small grid: from 2 to 4 rows and columns.
CORNERS = (2, 5)
MOST_UNEVEN_STOPS = 1.0
# Blur of a lens that is out of focus: standard deviation in pixels.
LEAST_BLUR_PX, MOST_BLUR_PX = 0.7, 5.0
# Difference in exposure of two joined views: standard deviation in stops.
JOINED_STOPS = 1.2
# Largest clipped share of a view: with more, too little is left to learn from.
MOST_CLIPPED = 0.7


def draw_exposure(
    hdr: Tensor, rng: np.random.Generator, *, metered: Tensor | None = None
) -> Tensor:
    """Return ``hdr`` exposed as photographers do: a small share of it clips.

    Of half of the plates 2-15 % clip, of four in ten 0.1-25 %, of one in ten nothing.

    Args:
        hdr: Scene-linear view to expose, (3, H, W).
        rng: Random generator.
        metered: Picture whose clipped share is chosen, for a ``hdr`` that is a part
            of it; None means ``hdr`` itself. The exposure is lowered if more than
            ``MOST_CLIPPED`` of ``hdr`` would clip.
    """
    kind = rng.random()
    if kind < 0.5:
        share = rng.uniform(0.02, 0.15)
    elif kind < 0.9:
        share = math.exp(rng.uniform(math.log(0.001), math.log(0.25)))
    else:
        share = 0.0
    stops = exposure_for_clipped_share(hdr, share=share)
    if metered is not None:
        least = exposure_for_clipped_share(hdr, share=MOST_CLIPPED)
        stops = min(exposure_for_clipped_share(metered, share=share), least)
    if share == 0.0:
        stops -= rng.uniform(0.0, 1.5)
    return expose(hdr, stops=stops)


def vary_color(hdr: Tensor, rng: np.random.Generator) -> Tensor:
    """Return ``hdr`` with random mirroring, white balance and saturation."""
    if rng.random() < 0.5:
        hdr = hdr.flip(2)
    gains = np.exp(rng.normal(0.0, 0.12, 3))
    hdr = hdr * torch.tensor(gains / gains[1], dtype=hdr.dtype)[:, None, None]
    grey = luminance(hdr)
    saturation = rng.uniform(0.6, 1.3)
    return (grey + saturation * (hdr - grey)).clamp(min=0.0)


def relight(hdr: Tensor, rng: np.random.Generator) -> Tensor:
    """Return a view (3, H, W) under a smooth, uneven light (random gains)."""
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
    """Return two views (3, H, W) joined at a random line with a hard or soft edge."""
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
    """Return a view (3, H, W) out of focus: its smooth gradients show banding."""
    blur_px = math.exp(rng.uniform(math.log(LEAST_BLUR_PX), math.log(MOST_BLUR_PX)))
    return blur(hdr, deviation_px=blur_px)
