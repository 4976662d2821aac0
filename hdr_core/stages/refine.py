"""Stage 4: correct what the camera model leaves out.

    sum    R = relu(H + U([H, L, D]))
    gain   R = H * 2^(a r)     r = m tanh(U([log2(1 + H) / 8, L^(1/2.2), D]) / m)

H  hallucinated plate          D  dequantized plate, encoded
L  linearized plate            a  clip mask
U  U-Net, 9 -> 3               m  largest r, in stops

Source: Liu et al. 2020, "Refinement"; the sum as released.
Differs: the gain is ours. Light spans 20 stops, so a sum that is right for a wall is
nothing for a lamp, and the L1 loss of a lamp hides the wall. So the network scales H,
in stops, and its inputs have one order of magnitude. Where nothing is clipped, a = 0
and the factor is exactly 1: such tiles can be skipped, and unclipped pixels keep the
light of the camera's curve. m bounds r smoothly, so that gradients never become 0. A
fresh U returns 0, so R starts as H.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.checks import require_rgb
from hdr_core.config import RefineConfig
from hdr_core.errors import ShapeError
from hdr_core.stages.layers.blocks import start_at_zero
from hdr_core.stages.layers.unet import UNet

# m.
MAX_STOPS = 4.0
# Below this the slope of L^(1/2.2) grows without bound.
DARKEST = 1e-6


class Refine(nn.Module):
    """R. Plates may be tiled as ``unet.stride`` and ``unet.reach_px`` require.

    Args:
        config: Sizes of the U-Net, and whether R is a gain or the paper's sum.
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
            clip_mask: a, in [0, 1], (B, 1, H, W). The sum does not use it.

        Returns:
            Refined plate, scene-linear >= 0, (B, 3, H, W).

        Raises:
            ShapeError: The shapes are not as above.
        """
        self._check(encoded, linear, hdr, clip_mask)
        if self.config.is_gain:
            r = self._predict_stops(encoded, linear, hdr)
            return hdr * torch.exp2(clip_mask * r)
        change: Tensor = self.unet(torch.cat((hdr, linear, encoded), dim=1))
        return functional.relu(hdr + change)

    def _predict_stops(self, encoded: Tensor, linear: Tensor, hdr: Tensor) -> Tensor:
        """Return r, in stops, (B, 3, H, W), at most m in size."""
        compressed = torch.log2(1.0 + hdr) / 8.0
        display = linear.clamp(min=DARKEST) ** (1.0 / 2.2)
        change = self.unet(torch.cat((compressed, display, encoded), dim=1))
        return MAX_STOPS * torch.tanh(change / MAX_STOPS)

    @staticmethod
    def _check(encoded: Tensor, linear: Tensor, hdr: Tensor, clip_mask: Tensor) -> None:
        """Raise ShapeError unless all four have the shapes of one plate."""
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
