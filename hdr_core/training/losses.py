"""What the networks are told to get right.

    deq   log ||D - I||^2                       against the unquantized plate
    lin   ||L - min(H, 1)||^2   crf  curve      against the sensor and its curve
    hal   |log2(R + e) - log2(H + e)|           where clipped, a channel
    sat   (log2(R + e) - log2(H + e))^2         where clipped, a channel, root a plate
    look  log (PU(R) - PU(H))^2                 PU21 of luminance, a plate
    energy  |log2 sum_w R - log2 sum_w H|       light of windows w of several sizes
    perceptual  |phi(R) - phi(H)|               phi of the tone-mapped images
    tv    |grad log2 R|                         where clipped
    spread  |err| / b + log b                   Laplace law of what remains

Source: Liu et al. 2020. Differs: ``energy`` and ``spread`` are ours. A lamp is a few
pixels with most of the light: pixels ask for its look, windows for its light.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.appearance import (
    CAP_CLIPS,
    CLIP_CD_M2,
    luminance,
    pu21_encode,
)
from hdr_core.camera.response import mid_stops

# Light below this is noise to a lamp: keeps the log finite.
FLOOR = 1 / 64
WINDOW_FLOOR = 0.02
WINDOWS_PX = (8, 32)
CLIPPED_CODE = 0.985
# Errors of PU21 which nobody sees.
LEAST_LOOK = 0.5

Features = Callable[[Tensor], list[Tensor]]


def log_light(light: Tensor, floor: float = FLOOR) -> Tensor:
    """Return log2 of light over a floor."""
    return torch.log2(light.clamp(min=0.0) + floor)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of ``values`` where ``mask`` is 1; 0 where there is none."""
    mask = mask.expand_as(values)
    return (values * mask).sum() / (mask.sum() + 1.0)


def dequantize_loss(dequantized: Tensor, clean: Tensor) -> Tensor:
    """Return the mean log of each plate's squared error in codes of 8 bits.

    The log, as decibels have it: a JPEG errs a hundred times more than a PNG, and
    would alone be learnt from.
    """
    error = ((dequantized - clean) * 255.0).square().mean(dim=(1, 2, 3))
    return torch.log(error + 1e-3).mean()


def linear_loss(linear: Tensor, truth: Tensor) -> Tensor:
    """Return the mean squared error of the linearized plate."""
    return (linear - truth).square().mean()


def curve_loss(inverse_crf: Tensor, truth: Tensor) -> Tensor:
    """Return the mean root mean square error of curves (B, N).

    The root, not the square: a few odd cameras must not rule the common ones.
    """
    return (inverse_crf - truth).square().mean(dim=1).add(1e-10).sqrt().mean()


def curve_stops_loss(inverse_crf: Tensor, truth: Tensor) -> Tensor:
    """Return the mean error of mid-tones against each other, in stops."""
    error = mid_stops(inverse_crf) - mid_stops(truth)
    return error.square().mean(dim=1).add(1e-8).sqrt().mean()


def light_loss(hdr: Tensor, truth: Tensor, masks: Tensor) -> Tensor:
    """Return the mean error of clipped channels, in stops."""
    return masked_mean((log_light(hdr) - log_light(truth)).abs(), masks)


def clipped_loss(hdr: Tensor, truth: Tensor, clipped: Tensor) -> Tensor:
    """Return the mean RMS error of each plate's clipped channels, in stops.

    The square, where ``light_loss`` has the size: an evaluation has it, and it asks
    for the mean of what may be there rather than for its median.
    """
    error = log_light(hdr) - log_light(truth)
    count = clipped.sum(dim=(1, 2, 3))
    mean_square = (error.square() * clipped).sum(dim=(1, 2, 3)) / (count + 1.0)
    return ((mean_square + 1e-4).sqrt() - 1e-2).mean()


def look_loss(hdr: Tensor, truth: Tensor) -> Tensor:
    """Return the mean log of each plate's squared error as the eye has it.

    PU21 of luminance on a display, so that 0.23 less is a decibel more. Errors below
    half a value of PU21 are none.
    """
    shown = (
        pu21_encode(luminance(light).clamp(max=CAP_CLIPS) * CLIP_CD_M2)
        for light in (hdr, truth)
    )
    ours, true = shown
    error = (ours - true).square().mean(dim=(1, 2, 3))
    return torch.log1p(error / LEAST_LOOK**2).mean()


def window_energy_loss(hdr: Tensor, truth: Tensor, clipped: Tensor) -> Tensor:
    """Return the mean error of clipped light summed over windows, in stops.

    Channel by channel: asked for luminance, networks make lamps green.

    Args:
        hdr: Result, (B, 3, H, W).
        truth: Truth, same shape.
        clipped: Where the plate's channels clip, 0 or 1, same shape.
    """
    total = hdr.new_zeros(())
    for size in WINDOWS_PX:
        light_sum, true_sum, share = (
            functional.avg_pool2d(part, size, ceil_mode=True)
            for part in (hdr * clipped, truth * clipped, clipped)
        )
        error = log_light(light_sum, WINDOW_FLOOR) - log_light(true_sum, WINDOW_FLOOR)
        total = total + masked_mean(error.abs(), (share > 0.01).float())
    return total / len(WINDOWS_PX)


def plate_energy_error(hdr: Tensor, truth: Tensor, clipped: Tensor) -> Tensor:
    """Return the error of all clipped light of each channel, in stops, (B, 3).

    0 for channels with less than 20 clipped pixels: they have no light to err about.
    """
    light = (hdr * clipped).sum((2, 3))
    true = (truth * clipped).sum((2, 3))
    enough = (clipped.sum((2, 3)) > 20.0).float()
    return (torch.log2(light + 1.0) - torch.log2(true + 1.0)) * enough


def tone_mapped(hdr: Tensor) -> Tensor:
    """Return log(1 + 10 x) / log 11: the look of an HDR image, 1 at clip."""
    return torch.log1p(10.0 * hdr.clamp(min=0.0)) / torch.log(hdr.new_tensor(11.0))


def contrast_features(tone: Tensor) -> list[Tensor]:
    """Return local contrast at four scales; has no learned weights.

    Each is what a scale of a Laplacian pyramid holds (Burt & Adelson 1983).
    """
    features: list[Tensor] = []
    for _ in range(4):
        if min(tone.shape[-2:]) < 2:
            break
        coarse = functional.avg_pool2d(tone, 2, ceil_mode=True)
        around = functional.interpolate(
            coarse, tone.shape[-2:], mode="bilinear", align_corners=False
        )
        features.append(tone - around)
        tone = coarse
    return features


def perceptual_loss(
    hdr: Tensor, truth: Tensor, features: Features = contrast_features
) -> Tensor:
    """Return the mean difference of features of the tone-mapped images."""
    pairs = zip(features(tone_mapped(hdr)), features(tone_mapped(truth)), strict=True)
    return torch.stack([(ours - true).abs().mean() for ours, true in pairs]).sum()


def variation_loss(hdr: Tensor, mask: Tensor) -> Tensor:
    """Return the mean step between neighbours in stops, where clipped."""
    log = log_light(hdr)
    across = masked_mean(log.diff(dim=3).abs(), mask[..., 1:])
    return across + masked_mean(log.diff(dim=2).abs(), mask[..., 1:, :])


def spread_loss(error_stops: Tensor, spread: Tensor, mask: Tensor) -> Tensor:
    """Return the negative log likelihood of errors under a Laplace law."""
    likelihood = error_stops.abs() / spread + torch.log(2.0 * spread)
    return masked_mean(likelihood, mask)


def scale_to_truth(hdr: Tensor, truth: Tensor, plate: Tensor) -> Tensor:
    """Return the gain of each plate that fits it to the truth, (B, 1, 1, 1).

    The median ratio of luminance over well-exposed pixels, as the evaluation has
    it; 1 where a plate has none.
    """
    well = ((plate > 0.05) & (plate < 0.9)).all(dim=1).flatten(1)
    ratio = luminance(truth).flatten(1) / luminance(hdr).flatten(1).clamp(min=1e-6)
    gains = [
        row[good].median() if bool(good.any()) else row.new_ones(())
        for row, good in zip(ratio.detach(), well, strict=True)
    ]
    return torch.stack(gains).view(-1, 1, 1, 1).clamp(1 / 16, 16.0)
