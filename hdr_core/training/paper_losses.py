"""The losses of Liu et al. 2020, one number for each plate of a batch.

    deq         ||D - I||^2                    D  dequantized    I  before quantization
    lin         ||L - min(H, 1)||^2            L  linearized     H  true light
    crf         ||g - g_true||^2               g  inverse curve, 1024 samples
    hal         |T(R) - T(H)|                  R  result
    perceptual  sum_l |phi_l(T(R)) - phi_l(T(H))|
    tv          |T(R)_x| + |T(R)_y|
    normalized  |T(R / 2 mean R) - T(H / 2 mean H)|

T    tone map log(1 + 10 x) / log 11      phi_l  layer l of VGG-16 (vgg_features.py)
_x   difference from the next column      _y     difference from the next row

All are means over pixels, channels and samples. A difference beyond the border is 0.

Source: Liu et al. 2020, as released; in the paper ``hal`` is an L2.
Differs: ``tv`` is the mean of each plate, so that a plate that is left out
(``is_well_exposed``) has no part in it.
"""

import torch
from torch import Tensor

from hdr_core.training.losses import Features, tone_mapped

# Codes of a grey value that is badly exposed, and the largest share of them.
DARK_CODE, BRIGHT_CODE, MOST_BAD = 6.0, 249.0, 0.5
# Rec.601 luma.
LUMA = (0.299, 0.587, 0.114)
# Mean light of ``normalized``, and a light that keeps black finite.
NORMAL_MEAN, BLACK = 0.5, 1e-6


def squared_error(ours: Tensor, truth: Tensor) -> Tensor:
    """Return the mean squared error of each plate or curve, (B,)."""
    return (ours - truth).square().flatten(1).mean(dim=1)


def absolute_error(ours: Tensor, truth: Tensor) -> Tensor:
    """Return the mean absolute error of each plate, (B,)."""
    return (ours - truth).abs().flatten(1).mean(dim=1)


def tone_error(hdr: Tensor, truth: Tensor) -> Tensor:
    """Return ``hal`` of light (B, 3, H, W), (B,)."""
    return absolute_error(tone_mapped(hdr), tone_mapped(truth))


def feature_error(hdr: Tensor, truth: Tensor, features: Features) -> Tensor:
    """Return ``perceptual`` of light (B, 3, H, W), (B,)."""
    pairs = zip(features(tone_mapped(hdr)), features(tone_mapped(truth)), strict=True)
    return torch.stack([absolute_error(ours, true) for ours, true in pairs]).sum(dim=0)


def tone_variation(hdr: Tensor) -> Tensor:
    """Return ``tv`` of light (B, 3, H, W), (B,)."""
    tone = tone_mapped(hdr)
    total = sum(tone.diff(dim=dim).abs().flatten(1).sum(dim=1) for dim in (2, 3))
    return torch.as_tensor(total) / tone[0].numel()


def normalized_error(hdr: Tensor, truth: Tensor) -> Tensor:
    """Return ``normalized`` of light (B, 3, H, W), (B,)."""
    return tone_error(_normalized(hdr), _normalized(truth))


def _normalized(hdr: Tensor) -> Tensor:
    """Return light with the mean 0.5."""
    return NORMAL_MEAN * hdr / (hdr.mean(dim=(1, 2, 3), keepdim=True) + BLACK)


def is_well_exposed(plate: Tensor) -> Tensor:
    """Return 0 for plates that are mostly white or black, else 1, (B,).

    Grey is the luma as a whole code.

    Args:
        plate: Encoded, (B, 3, H, W), in [0, 1].
    """
    luma = torch.tensor(LUMA, dtype=plate.dtype, device=plate.device)
    grey = 255.0 * (plate * luma[:, None, None]).sum(dim=1).flatten(1)
    grey = grey.round()
    is_bad = torch.stack(
        [
            (part.to(plate).mean(dim=1) > MOST_BAD)
            for part in (grey >= BRIGHT_CODE, grey <= DARK_CODE)
        ]
    ).any(dim=0)
    return (~is_bad).to(plate)
