"""Stage 1: give back the values between the codes.

    D = clip(I + m tanh(U(x)), 0, 1)         x = [I, asinh(255 (I - b * I)) / 2]

I  encoded plate, quantized and perhaps JPEG-compressed    U  U-Net to 3 channels
D  encoded plate as it was before quantization             m  most that it may change
b  mean of 5 x 5 pixels

Source: Liu et al. 2020, "Dequantization"; the clip as in the released code.
Differs: there m = 1 and x = I. ``compact`` has 8 codes: a change is half a code of a
PNG, and a U whose unit is the whole range cannot learn such steps. Nor can it see them
in bfloat16, where neighbours from 1/2 up are a code apart, so it is shown the steps
themselves. A fresh U starts at 0, so D starts as I.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.checks import require_rgb
from hdr_core.config import DequantizeConfig
from hdr_core.execution.reduce import sum_windows
from hdr_core.stages.layers.blocks import start_at_zero
from hdr_core.stages.layers.unet import UNet

# How far a value's surroundings reach, and the codes in which it differs from them.
AROUND_PX = 2
CODES = 255.0


class Dequantize(nn.Module):
    """D. ``unet.stride`` and ``reach_px`` say how a plate may be tiled.

    Args:
        config: The U-Net.
    """

    def __init__(self, config: DequantizeConfig) -> None:
        super().__init__()
        self.config = config
        in_channels = 6 if config.sees_codes else 3
        self.unet = UNet(config.unet, in_channels=in_channels, out_channels=3)
        start_at_zero(self.unet.last)

    @property
    def reach_px(self) -> int:
        """Farthest pixel beyond a cell of ``unet.stride`` pixels which it sees."""
        return self.unet.reach_px + (AROUND_PX if self.config.sees_codes else 0)

    def forward(self, encoded: Tensor) -> Tensor:
        """Return D.

        Args:
            encoded: Encoded plate in [0, 1], (B, 3, H, W), any H, W >= 1. NaN stays
                NaN and spreads as far as the U-Net reaches: refuse it before.

        Returns:
            Encoded plate in [0, 1], same shape.

        Raises:
            ShapeError: ``encoded`` is not (B, 3, H, W).
        """
        require_rgb(encoded, "encoded")
        seen = encoded
        if self.config.sees_codes:
            seen = torch.cat([encoded, steps(encoded)], dim=1)
        residual = self.config.most_change * torch.tanh(self.unet(seen))
        return (encoded + residual).clamp(0.0, 1.0)


def steps(encoded: Tensor) -> Tensor:
    """Return how far each value lies from its surroundings, (B, 3, H, W).

    In halves of 8-bit codes where that is little, as their logarithm where it is much.
    """
    padded = functional.pad(encoded, (AROUND_PX,) * 4, mode="replicate")
    total = sum_windows(padded, AROUND_PX)
    change = CODES * (encoded - total.div_((2 * AROUND_PX + 1) ** 2))
    # As asinh, in a fifth of its time on a CPU.
    size = change.abs()
    logarithm = size.square().add_(1.0).sqrt_().add_(size).log_()
    return logarithm.copysign_(change).div_(2.0)
