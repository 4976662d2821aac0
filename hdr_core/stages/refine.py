"""Stage 4: what the simple camera model leaves out.

    sum    R = relu(H + U([H, L, D]))
    gain   R = H * 2^(a r)     r = m tanh(U([log2(1 + H) / 8, L^(1/2.2), D]) / m)

H  hallucinated plate          D  dequantized plate, encoded
L  linearized plate            a  clip mask
U  U-Net, 9 -> 3               m  most stops that r may change

Source: Liu et al. 2020, "Refinement"; the sum as released.
Differs: the gain is ours. Light spans 20 stops: a sum that is right for a wall is
nothing on a lamp, and the L1 of a lamp drowns the wall, so the network scales, in
stops, and sees inputs of one order of magnitude. Where nothing is clipped a = 0
and the factor is exactly 1: such tiles may be skipped, and unclipped pixels stay
what the camera's curve says. m keeps r finite, smoothly, so that its gradient never
dies. A fresh U starts at 0, so R starts as H.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.checks import require_rgb
from hdr_core.config import RefineConfig
from hdr_core.errors import ShapeError
from hdr_core.stages.layers.blocks import start_at_zero
from hdr_core.stages.layers.unet import UNet

MAX_STOPS = 4.0
DARKEST = 1e-6  # below it the slope of L^(1/2.2) grows without bound


class Refine(nn.Module):
    """R. ``unet.stride`` and ``unet.reach_px`` say how a plate may be tiled.

    Args:
        config: The U-Net, and whether R is a gain or the paper's sum.
    """

    def __init__(self, config: RefineConfig) -> None:
        super().__init__()
        self.config = config
        self.unet = UNet(config.unet, in_channels=9, out_channels=3)
        start_at_zero(self.unet.last)

    def forward(
        self, encoded: Tensor, linear: Tensor, hdr: Tensor, clip_mask: Tensor
    ) -> Tensor:
        """Return R.

        Args:
            encoded: D, in [0, 1], (B, 3, H, W), any H, W >= 1.
            linear: L, scene-linear in [0, 1], same shape, 1 = sensor clip.
            hdr: H, scene-linear >= 0 and finite, same shape.
            clip_mask: a, in [0, 1], (B, 1, H, W); the sum does not read it.

        Returns:
            Refined plate, scene-linear >= 0, (B, 3, H, W).

        Raises:
            ShapeError: The shapes are not those above.
        """
        self._check(encoded, linear, hdr, clip_mask)
        if self.config.is_gain:
            stops = self._predict_stops(encoded, linear, hdr)
            return hdr * torch.exp2(clip_mask * stops)
        change: Tensor = self.unet(torch.cat((hdr, linear, encoded), dim=1))
        return functional.relu(hdr + change)

    def _predict_stops(self, encoded: Tensor, linear: Tensor, hdr: Tensor) -> Tensor:
        """Return r, in stops, (B, 3, H, W), within MAX_STOPS."""
        compressed = torch.log2(1.0 + hdr) / 8.0
        display = linear.clamp(min=DARKEST) ** (1.0 / 2.2)
        change = self.unet(torch.cat((compressed, display, encoded), dim=1))
        return MAX_STOPS * torch.tanh(change / MAX_STOPS)

    @staticmethod
    def _check(encoded: Tensor, linear: Tensor, hdr: Tensor, clip_mask: Tensor) -> None:
        """Raise ShapeError unless all four are of one plate."""
        for tensor, name in ((encoded, "encoded"), (linear, "linear"), (hdr, "hdr")):
            require_rgb(tensor, name)
        batch, _, height, width = hdr.shape
        sizes = encoded.shape, linear.shape, clip_mask.shape
        if sizes != (hdr.shape, hdr.shape, (batch, 1, height, width)):
            found = ", ".join(str(tuple(size)) for size in sizes)
            raise ShapeError(
                f"refine: hdr is {tuple(hdr.shape)}; encoded, linear, clip_mask "
                f"are {found}."
            )
