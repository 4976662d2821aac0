"""Stage 1: restore the values between the codes.

    D = clip(I + m tanh(U(x)), 0, 1)         x = [I, asinh(255 (I - b * I)) / 2]

I  encoded plate, quantized and perhaps JPEG-compressed    U  U-Net to 3 channels
D  encoded plate as it was before quantization             m  largest change
b  mean of 5 x 5 pixels

Source: Liu et al. 2020, "Dequantization"; the clip as in the released code.
Differs: in the paper m = 1 and x = I. ``compact`` has m = 8 codes, because a change is
half a code for a PNG, and a U whose unit is the whole range cannot learn such steps.
Its x has the differences from the mean, because bfloat16 cannot hold them in I: above
1/2 its neighbouring numbers are a code apart. A fresh U returns 0, so D starts as I.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.checks import require_rgb
from hdr_core.config import DequantizeConfig
from hdr_core.execution.reduce import sum_windows
from hdr_core.stages.layers.blocks import start_at_zero
from hdr_core.stages.layers.unet import UNet

# Reach of the mean b.
MEAN_REACH_PX = 2
CODES = 255.0


class Dequantize(nn.Module):
    """D. Plates may be tiled as ``unet.stride`` and ``reach_px`` require.

    Args:
        config: Sizes of the U-Net, m and x.
    """

    def __init__(self, config: DequantizeConfig) -> None:
        super().__init__()
        self.config = config
        in_channels = 6 if config.sees_codes else 3
        self.unet = UNet(config.unet, in_channels=in_channels, out_channels=3)
        start_at_zero(self.unet.last)

    @property
    def reach_px(self) -> int:
        """Distance to the farthest pixel that a cell of ``unet.stride`` depends on."""
        return self.unet.reach_px + (MEAN_REACH_PX if self.config.sees_codes else 0)

    def forward(self, encoded: Tensor) -> Tensor:
        """Return D.

        Args:
            encoded: Encoded plate in [0, 1], (B, 3, H, W), any H, W >= 1. NaN spreads
                as far as the U-Net reaches, so callers refuse it.

        Returns:
            Encoded plate in [0, 1], same shape.

        Raises:
            ShapeError: ``encoded`` is not (B, 3, H, W).
        """
        require_rgb(encoded, "encoded")
        x, m = encoded, self.config.most_change
        if self.config.sees_codes:
            x = torch.cat([encoded, difference_from_mean(encoded)], dim=1)
        return (encoded + m * torch.tanh(self.unet(x))).clamp(0.0, 1.0)


def difference_from_mean(encoded: Tensor) -> Tensor:
    """Return asinh(255 (I - b * I)) / 2, (B, 3, H, W).

    Small differences are in half 8-bit codes, large ones are logarithmic.
    """
    padded = functional.pad(encoded, (MEAN_REACH_PX,) * 4, mode="replicate")
    total = sum_windows(padded, MEAN_REACH_PX)
    change = CODES * (encoded - total.div_((2 * MEAN_REACH_PX + 1) ** 2))
    # This is asinh. torch.asinh is five times slower on a CPU.
    size = change.abs()
    logarithm = size.square().add_(1.0).sqrt_().add_(size).log_()
    return logarithm.copysign_(change).div_(2.0)
