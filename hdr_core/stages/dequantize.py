"""Stage 1: give back the values between the codes.

    D = clip(I + m tanh(U(I)), 0, 1)

I  encoded plate, quantized and perhaps JPEG-compressed    U  U-Net, 3 -> 3
D  encoded plate as it was before quantization             m  most that it may change

Source: Liu et al. 2020, "Dequantization"; the clip as in the released code.
Differs: m is 1 there. ``compact`` has 8 codes: a change is half a code of a PNG, and a
U whose unit is the whole range cannot learn such steps. A fresh U starts at 0, so D
starts as I.
"""

import torch
from torch import Tensor, nn

from hdr_core.checks import require_rgb
from hdr_core.config import DequantizeConfig
from hdr_core.stages.blocks import start_at_zero
from hdr_core.stages.unet import UNet


class Dequantize(nn.Module):
    """D. ``unet.stride`` and ``unet.reach_px`` say how a plate may be tiled.

    Args:
        config: The U-Net.
    """

    def __init__(self, config: DequantizeConfig) -> None:
        super().__init__()
        self.config = config
        self.unet = UNet(config.unet, in_channels=3, out_channels=3)
        start_at_zero(self.unet.last)

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
        residual = self.config.most_change * torch.tanh(self.unet(encoded))
        return (encoded + residual).clamp(0.0, 1.0)
