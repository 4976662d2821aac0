"""The U-Net of stages 1 and 4.

    e_1 = P_1(x)            e_l = P_l(mean2x2(e_(l-1)))        l = 2..L
    d_L = e_L               d_l = K_l([W_l(up(d_(l+1))), e_l])  l = L-1..1
    U(x) = last(d_1)

P    two convolutions, kernel k_l   W, K  convolution, kernel 3
up   bilinear, twice the size       last  convolution, kernel 3, linear
LeakyReLU with slope 0.1 follows each convolution but the last.

Source: Ronneberger et al. 2015, as released by Liu et al. 2020.
Differs: ``config.unshuffle`` folds n x n pixels into channels first and unfolds the
result, which is n * n times cheaper. ``config.is_smooth`` does not unfold the result:
it has one sample for n x n pixels, interpolated linearly, because unfolded pixels can
show the grid. Without ``config.legacy_resize``, pixel centres stay in place, where the
released graph shifts them by a quarter of a pixel.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.config import UNetConfig
from hdr_core.stages.layers.blocks import conv, crop_to, double_size, pad_to_multiple

SLOPE = 0.1


class ConvPair(nn.Module):
    """P: two convolutions, each with LeakyReLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int) -> None:
        super().__init__()
        self.first = conv(in_channels, out_channels, kernel)
        self.second = conv(out_channels, out_channels, kernel)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, out_channels, H, W)."""
        features = functional.leaky_relu(self.first(features), SLOPE, inplace=True)
        return functional.leaky_relu(self.second(features), SLOPE, inplace=True)


class UpStep(nn.Module):
    """K([W(up(x)), skip]): from a level to the next finer one."""

    def __init__(self, in_channels: int, out_channels: int, *, is_legacy: bool) -> None:
        super().__init__()
        self.is_legacy = is_legacy
        self.narrow = conv(in_channels, out_channels, 3)
        self.merge = conv(2 * out_channels, out_channels, 3)

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        """Return (B, out_channels, 2H, 2W); ``skip`` has that shape."""
        doubled = double_size(features, is_legacy=self.is_legacy)
        narrowed = functional.leaky_relu(self.narrow(doubled), SLOPE, inplace=True)
        return functional.leaky_relu(
            self.merge(torch.cat((narrowed, skip), dim=1)), SLOPE
        )


class UNet(nn.Module):
    """U: (B, in_channels, H, W) -> (B, out_channels, H, W), any H, W >= 1.

    A tile gives the same result as the whole plate if it is cut at multiples of
    ``stride`` (or at the border of the plate) and has ``reach_px`` more pixels on each
    side.

    Args:
        config: Channels and kernels of each level, and how to resize.
        in_channels: Channels of the input.
        out_channels: Channels of the result, which has no bounds.
    """

    def __init__(self, config: UNetConfig, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.config = config
        folded = config.unshuffle**2
        unfolded = 1 if config.is_smooth else folded
        inputs = (in_channels * folded, *config.channels[:-1])
        levels = zip(inputs, config.channels, config.kernels, strict=True)
        self.encoder = nn.ModuleList(ConvPair(*level) for level in levels)
        coarse_first = config.channels[::-1]
        self.decoder = nn.ModuleList(
            UpStep(coarse, fine, is_legacy=config.legacy_resize)
            for coarse, fine in pairwise(coarse_first)
        )
        self.last = conv(config.channels[0], out_channels * unfolded, 3)

    @property
    def stride(self) -> int:
        """Pixels of the plate, along a side, in one sample of the coarsest level."""
        return self.config.unshuffle * int(2 ** (len(self.config.channels) - 1))

    @property
    def reach_px(self) -> int:
        """Distance to the farthest pixel that a cell of ``stride`` pixels depends on.

        Counted from the result back to the input along the deepest path, in samples of
        each level. Skips depend on fewer pixels.
        """
        reach = 1 + self.config.is_smooth  # the last convolution, and a neighbour
        for _ in self.decoder:
            reach += 2  # merge, narrow
            reach = reach // 2 + 1  # up: each sample comes from two neighbours
        for level in reversed(range(len(self.config.kernels))):
            reach += 2 * (self.config.kernels[level] // 2)
            reach *= 2 if level else self.config.unshuffle  # mean2x2, or folding
        return reach

    def forward(self, pixels: Tensor) -> Tensor:
        """Return U(pixels), (B, out_channels, H, W).

        The input is padded to a multiple of the stride, and the result is cropped.
        """
        height, width = pixels.shape[-2:]
        padded = pad_to_multiple(pixels, self.stride)
        features = functional.pixel_unshuffle(padded, self.config.unshuffle)
        skips: list[Tensor] = []
        for level, pair in enumerate(self.encoder):
            features = pair(functional.avg_pool2d(features, 2) if level else features)
            skips.append(features)
        skips.pop()
        for up_step in self.decoder:
            features = up_step(features, skips.pop())
        return crop_to(self._unfold(self.last(features)), height, width)

    def _unfold(self, result: Tensor) -> Tensor:
        """Return the result at the size of the plate."""
        factor = self.config.unshuffle
        if not self.config.is_smooth:
            return functional.pixel_shuffle(result, factor)
        return functional.interpolate(
            result, scale_factor=factor, mode="bilinear", align_corners=False
        )
