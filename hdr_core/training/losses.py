"""The training losses.

    deq         log ||D - I||^2                   against the unquantized plate
    lin         ||L - min(H, 1)||^2               against the clipped sensor values
    crf         ||g - g_true||                    of the inverse curve g
    crf_stops   error of g in the mid-tones       in stops
    hal         |log2(R + e) - log2(H + e)|       clipped channels
    sat         (log2(R + e) - log2(H + e))^2     clipped channels, root per plate
    perceived   log ||PU(R) - PU(H)||^2           PU21 of luminance, per plate
    window      |log2 sum_w R - log2 sum_w H|     light in windows w of two sizes
    energy      |log2 sum R - log2 sum H|         all clipped light of a plate
    perceptual  |phi(R) - phi(H)|                 phi of the tone-mapped images
    tv          |grad log2 R|                     clipped pixels
    spread      |err| / b + log b                 Laplace law of the error, scale b

D  dequantized plate     I  plate before quantization    L  linearized plate
R  result                H  true scene-linear HDR        e  ``FLOOR``

Source: ours, after Liu et al. 2020, whose own losses are in docs/paper.md. A lamp
covers few pixels and holds most of the light: losses per pixel train its shape, losses
per window train its energy.
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

# Added to light before the log, so that the log of 0 is finite.
FLOOR = 1 / 64
WINDOW_FLOOR = 0.02
WINDOWS_PX = (8, 32)
CLIPPED_CODE = 0.985
# PU21 errors below this are not visible.
LEAST_PERCEIVED = 0.5

Features = Callable[[Tensor], list[Tensor]]


def log_light(light: Tensor, floor: float = FLOOR) -> Tensor:
    """Return log2 of ``light + floor``; negative light counts as 0."""
    return torch.log2(light.clamp(min=0.0) + floor)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of ``values`` where ``mask`` is 1; 0 if the mask is empty."""
    mask = mask.expand_as(values)
    return (values * mask).sum() / (mask.sum() + 1.0)


def dequantize_loss(dequantized: Tensor, clean: Tensor) -> Tensor:
    """Return the mean log of each plate's squared error in 8-bit codes.

    The error of a JPEG is a hundred times that of a PNG. The log keeps JPEGs from
    dominating the batch.
    """
    error = ((dequantized - clean) * 255.0).square().mean(dim=(1, 2, 3))
    return torch.log(error + 1e-3).mean()


def linear_loss(linear: Tensor, truth: Tensor) -> Tensor:
    """Return the mean squared error of the linearized plate."""
    return (linear - truth).square().mean()


def curve_loss(inverse_crf: Tensor, truth: Tensor) -> Tensor:
    """Return the mean root mean square error of curves (B, N).

    The root, so that a few unusual cameras do not dominate the batch.
    """
    return (inverse_crf - truth).square().mean(dim=1).add(1e-10).sqrt().mean()


def curve_stops_loss(inverse_crf: Tensor, truth: Tensor) -> Tensor:
    """Return the mean error of the ratios between mid-tones, in stops."""
    error = mid_stops(inverse_crf) - mid_stops(truth)
    return error.square().mean(dim=1).add(1e-8).sqrt().mean()


def light_loss(hdr: Tensor, truth: Tensor, masks: Tensor) -> Tensor:
    """Return the mean error of clipped channels, in stops."""
    return masked_mean((log_light(hdr) - log_light(truth)).abs(), masks)


def clipped_loss(hdr: Tensor, truth: Tensor, clipped: Tensor) -> Tensor:
    """Return the mean RMS error of each plate's clipped channels, in stops.

    The evaluation measures the same. A squared error trains the mean of the possible
    light; the absolute error of ``light_loss`` trains its median.
    """
    error = log_light(hdr) - log_light(truth)
    count = clipped.sum(dim=(1, 2, 3))
    mean_square = (error.square() * clipped).sum(dim=(1, 2, 3)) / (count + 1.0)
    return ((mean_square + 1e-4).sqrt() - 1e-2).mean()


def perceived_loss(hdr: Tensor, truth: Tensor) -> Tensor:
    """Return the mean log of each plate's squared error in PU21 units.

    PU21 of the luminance on a display. A loss lower by 0.23 is 1 dB of PU21-PSNR.
    Errors below ``LEAST_PERCEIVED`` hardly count.
    """
    shown = (
        pu21_encode(luminance(light).clamp(max=CAP_CLIPS) * CLIP_CD_M2)
        for light in (hdr, truth)
    )
    ours, true = shown
    error = (ours - true).square().mean(dim=(1, 2, 3))
    return torch.log1p(error / LEAST_PERCEIVED**2).mean()


def window_energy_loss(hdr: Tensor, truth: Tensor, clipped: Tensor) -> Tensor:
    """Return the mean error of clipped light summed over windows, in stops.

    Measured per channel: trained on luminance, networks make lamps green.

    Args:
        hdr: Result, (B, 3, H, W).
        truth: Truth, same shape.
        clipped: 1 where a channel of the plate clips, else 0; same shape.
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
    """Return the error of each channel's total clipped light, in stops, (B, 3).

    0 for channels with at most 20 clipped pixels: too few to measure.
    """
    light = (hdr * clipped).sum((2, 3))
    true = (truth * clipped).sum((2, 3))
    enough = (clipped.sum((2, 3)) > 20.0).float()
    return (torch.log2(light + 1.0) - torch.log2(true + 1.0)) * enough


def tone_mapped(hdr: Tensor) -> Tensor:
    """Return log(1 + 10 x) / log 11: a tone-mapped HDR image, 1 at clip."""
    return torch.log1p(10.0 * hdr.clamp(min=0.0)) / torch.log(hdr.new_tensor(11.0))


def contrast_features(tone: Tensor) -> list[Tensor]:
    """Return local contrast at four scales; there are no learned weights.

    The scales of a Laplacian pyramid (Burt & Adelson 1983).
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
    """Return the mean difference of neighboring clipped pixels, in stops."""
    log = log_light(hdr)
    across = masked_mean(log.diff(dim=3).abs(), mask[..., 1:])
    return across + masked_mean(log.diff(dim=2).abs(), mask[..., 1:, :])


def spread_loss(error_stops: Tensor, spread: Tensor, mask: Tensor) -> Tensor:
    """Return the negative log likelihood of errors under a Laplace law."""
    likelihood = error_stops.abs() / spread + torch.log(2.0 * spread)
    return masked_mean(likelihood, mask)


def scale_to_truth(hdr: Tensor, truth: Tensor, plate: Tensor) -> Tensor:
    """Return the gain of each plate that fits it to the truth, (B, 1, 1, 1).

    The median ratio of luminance over the well-exposed pixels, as in the evaluation;
    1 if a plate has no such pixels.
    """
    well = ((plate > 0.05) & (plate < 0.9)).all(dim=1).flatten(1)
    ratio = luminance(truth).flatten(1) / luminance(hdr).flatten(1).clamp(min=1e-6)
    gains = [
        row[good].median() if bool(good.any()) else row.new_ones(())
        for row, good in zip(ratio.detach(), well, strict=True)
    ]
    return torch.stack(gains).view(-1, 1, 1, 1).clamp(1 / 16, 16.0)
