"""Processing in cameras in addition to the curve: shading, tones, noise, sharpness.

    lens shading        H' = H / (1 + k r^2)^2          cos^4 law, r = 1 in the corner
    local tones         H' = H 2^(-s b)                 b  base layer of log2 H
    color filter array  one channel a pixel, the others interpolated (demosaic.py)
    noise reduction     guided filter of luma, wider blur of chroma
    sharpening          I' = I + a (I - blur(I))        unsharp mask
    smaller size        I' = means of I over areas      codes, not light, are averaged

H  scene-linear, 1 = sensor clip        I  encoded
r  distance from the middle             s  strength of local tones
k  from the stops lost in the corner    a  amount of sharpening

Local tones do not change white, because its base layer is 0. Darker light gets brighter
by s of its stops below white, and brighter light gets darker in the same way.

Source: He, Sun & Tang 2010, "Guided image filtering"; base and detail as Durand &
Dorsey 2002, "Fast bilateral filtering for the display of high-dynamic-range images".
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.appearance import luminance
from hdr_core.camera.demosaic import demosaic, mosaic
from hdr_core.camera.jpeg import jpeg

# Darker light is noise: its base layer is that of this light.
DARKEST = 2.0**-9
BRIGHTEST_STOPS = 3.0
# Variance of log2 of light that is smoothed into one base layer, in stops squared.
SAME_BASE = 0.5**2
# Variance of luma that is smoothed: noise, but not edges.
SAME_LUMA = 0.01**2
CHROMA_BLUR_PX = 1.5
# Standard deviation of the blur for sharpening after the picture was made smaller.
LAST_RADIUS_PX = 0.6


@dataclass(frozen=True)
class Processing:
    """Settings of a camera's processing. The defaults change nothing.

    Attributes:
        local_tone: s, share of the stops below white that local tones remove.
        noise_reduction: Share of the smoothed picture in the result.
        sharpness: a of the unsharp mask.
        radius_px: Standard deviation of the blur of the unsharp mask.
        reduction: Factor by which the picture is made smaller, along a side.
        is_mosaic: Whether the sensor has one color filter for each pixel.
        camera_quality: Quality of the camera's own JPEG, before the picture was made
            smaller. None means that it was lossless.
        last_sharpness: a of the unsharp mask after the picture was made smaller.
    """

    local_tone: float = 0.0
    noise_reduction: float = 0.0
    sharpness: float = 0.0
    radius_px: float = 1.0
    reduction: float = 1.0
    is_mosaic: bool = False
    camera_quality: int | None = None
    last_sharpness: float = 0.0

    def develop(self, hdr: Tensor) -> Tensor:
        """Return scene-linear light (3, H, W) as it comes to the curve."""
        if self.is_mosaic:
            hdr = demosaic(mosaic(hdr.clamp(0.0, 1.0)))
        return tone_map_locally(hdr, strength=self.local_tone)

    def finish(self, encoded: Tensor) -> Tensor:
        """Return the picture (3, h, w) in [0, 1] that is written for ``encoded``."""
        if self.noise_reduction:
            smooth = reduce_noise(encoded)
            encoded = torch.lerp(encoded, smooth, self.noise_reduction)
        encoded = sharpen(encoded, self.sharpness, radius_px=self.radius_px)
        if self.camera_quality is not None:
            encoded = jpeg(encoded, quality=self.camera_quality, subsampling="4:2:0")
        encoded = reduce_size(encoded, self.reduction)
        return sharpen(encoded, self.last_sharpness, radius_px=LAST_RADIUS_PX)


def draw_processing(rng: np.random.Generator, *, reduction: float) -> Processing:
    """Draw random settings; each of three kinds of processing has a chance of one half.

    Args:
        rng: Random generator.
        reduction: As in ``Processing``. It is not drawn, because the caller knows the
            size of the picture.
    """
    uses = rng.random(3) < 0.5
    local_tone, noise_reduction, sharpness = uses * rng.random(3)
    return Processing(
        local_tone=0.4 * local_tone,
        noise_reduction=noise_reduction,
        sharpness=1.2 * sharpness,
        radius_px=rng.uniform(0.5, 1.5),
        reduction=reduction,
    )


def draw_real_processing(rng: np.random.Generator, *, reduction: float) -> Processing:
    """Draw random settings of a camera that writes photographs.

    All of these interpolate a color filter array. Most reduce noise and sharpen. Few
    map tones locally.

    Args:
        rng: Random generator.
        reduction: As in ``Processing``. It is not drawn, because the caller knows the
            size of the picture.
    """
    is_used = rng.random(4) < (0.7, 0.9, 0.15, 0.5)
    noise_reduction, sharpness, local_tone = is_used[:3] * rng.random(3)
    is_sharpened_last = rng.random() < 0.5
    return Processing(
        local_tone=0.3 * local_tone,
        noise_reduction=noise_reduction,
        sharpness=2.0 * sharpness,
        radius_px=rng.uniform(0.5, 1.5),
        reduction=reduction,
        is_mosaic=True,
        camera_quality=int(rng.integers(88, 99)) if is_used[3] else None,
        last_sharpness=rng.uniform(0.1, 0.8) if is_sharpened_last else 0.0,
    )


def reduce_size(planes: Tensor, reduction: float) -> Tensor:
    """Return ``planes`` (n, H, W), smaller by a factor: means over areas."""
    if reduction == 1.0:
        return planes
    size = [round(side / reduction) for side in planes.shape[1:]]
    return functional.interpolate(planes[None], size, mode="area")[0]


def shade(hdr: Tensor, *, stops: float) -> Tensor:
    """Return light (3, H, W) behind a lens that is ``stops`` darker in the corners."""
    height, width = hdr.shape[1:]
    down = torch.linspace(-1.0, 1.0, height).to(hdr)[:, None] * height
    across = torch.linspace(-1.0, 1.0, width).to(hdr) * width
    squared = (down.square() + across.square()) / (height**2 + width**2)
    falloff: Tensor = 1.0 + (2.0 ** (stops / 2) - 1.0) * squared
    return hdr / falloff.square()


def tone_map_locally(hdr: Tensor, *, strength: float) -> Tensor:
    """Return light with a base layer of fewer stops.

    Args:
        hdr: Scene-linear, (3, H, W), 1 = sensor clip.
        strength: s, in [0, 1].
    """
    if not strength:
        return hdr
    stops = torch.log2(luminance(hdr).clamp(min=DARKEST)).clamp(max=BRIGHTEST_STOPS)
    radius_px = max(2, min(hdr.shape[1:]) // 16)
    base = guided_filter(stops, radius_px=radius_px, same=SAME_BASE)
    return hdr * torch.exp2(-strength * base)


def sharpen(encoded: Tensor, amount: float, *, radius_px: float) -> Tensor:
    """Return a picture (3, H, W) after an unsharp mask, in [0, 1]."""
    if amount:
        detail = encoded - blur(encoded, deviation_px=radius_px)
        encoded = encoded + amount * detail
    return encoded.clamp(0.0, 1.0)


def reduce_noise(encoded: Tensor) -> Tensor:
    """Return a picture (3, H, W) with smooth luma and smoother chroma."""
    luma = encoded.mean(dim=0, keepdim=True)
    chroma = blur(encoded - luma, deviation_px=CHROMA_BLUR_PX)
    return guided_filter(luma, radius_px=2, same=SAME_LUMA) + chroma


def guided_filter(planes: Tensor, *, radius_px: int, same: float) -> Tensor:
    """Return ``planes`` smoothed, with their edges kept.

    Args:
        planes: Any values, (n, H, W).
        radius_px: Radius of the windows.
        same: Variance up to which the values of a window count as the same.
    """
    mean = _window_mean(planes, radius_px)
    variance = (_window_mean(planes.square(), radius_px) - mean.square()).clamp(min=0.0)
    slope = variance / (variance + same)
    level = mean - slope * mean
    return _window_mean(slope, radius_px) * planes + _window_mean(level, radius_px)


def blur(planes: Tensor, *, deviation_px: float) -> Tensor:
    """Return ``planes`` (n, H, W) blurred by a Gaussian."""
    reach = min(math.ceil(3 * deviation_px), min(planes.shape[1:]) - 1)
    place = torch.arange(-reach, reach + 1).to(planes)
    weights = torch.exp(-0.5 * (place / deviation_px) ** 2)
    weights = weights / weights.sum()
    padded = functional.pad(planes[:, None], (reach,) * 4, mode="reflect")
    across = functional.conv2d(padded, weights[None, None, None])
    return functional.conv2d(across, weights[None, None, :, None])[:, 0]


def _window_mean(planes: Tensor, radius_px: int) -> Tensor:
    """Return the mean over a square window around each pixel, (n, H, W)."""
    # Rows, then columns: the same mean as over the square, but faster.
    for rows, columns in ((radius_px, 0), (0, radius_px)):
        planes = functional.avg_pool2d(
            planes[None],
            (2 * rows + 1, 2 * columns + 1),
            stride=1,
            padding=(rows, columns),
            count_include_pad=False,
        )[0]
    return planes
