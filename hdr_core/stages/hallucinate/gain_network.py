"""C of stage 3 in ``compact``: a gain for clipped light, from the whole reduced plate.

    c = mean(plate)                 over areas, to a fixed size
    g, e, s = m * N(c)
    G(p) = log2(2^g(p) + e(p))
    x(p) = sum_j b(p - j) x_j       x = g, e, log2 s

c  reduced plate, never enlarged     N  residual U-Net with a global mean at its bottom
g  log2 gain of each channel         m  binomial filter of 3 x 3 samples
e  light of sources, each channel    b  cubic B-spline
s  spread of G, in stops             p  pixel of the plate
j  pixel of the reduced plate

Source: none; ours. It replaces HDRCNN (hdrcnn.py) of Liu et al. 2020.

Light has two parts, because there are two kinds of it. A white sky or wall is some
stops above clip, and smooth in stops. A sun or lamp is a few pixels with more light
than all others. Averages over pixels keep the sum of its light, so it is interpolated
as light. In stops, the spline would reduce a sun of one pixel to half of its stops.

The surroundings of a lamp show how bright it is; its flat white pixels do not. So the
network needs the whole plate but no detail, and its cost does not depend on the plate.
The spline is smooth and stays within the range of its samples, so highlights do not
ring. N predicts the gain without ReLU or softplus: with these, training collapses to no
gain, because most clipped pixels lie just above clip.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.config import GainNetworkConfig
from hdr_core.execution.reduce import reduce_to_area
from hdr_core.stages.layers.blocks import (
    Binomial,
    conv,
    crop_to,
    pad_to_multiple,
    start_at_zero,
)

SLOPE = 0.1
IN_CHANNELS = 7
# Results of a fresh network.
START_STOPS = 0.7
START_LOG2_SPREAD = -0.5
START_SOURCE_STOPS = -3.0
# Range of the gain: no plate has light beyond it.
LEAST_STOPS, MOST_STOPS = -3.0, 17.0
LEAST_SOURCE_STOPS = -12.0
OUT_CHANNELS = 7


class GainMaps(NamedTuple):
    """The gain that the network predicts for a whole plate, on the reduced plate.

    Attributes:
        stops: g, log2 gain of clipped light, (B, 3, h, w).
        log2_spread: Log2 of s, the scale of the Laplace law of G, (B, 1, h, w).
        sources: e, light that sources add, 1 = sensor clip, (B, 3, h, w).
    """

    stops: Tensor
    log2_spread: Tensor
    sources: Tensor

    @classmethod
    def split(cls, stacked: Tensor) -> "GainMaps":
        """Return the maps that ``torch.cat(maps, dim=1)`` stacked, (B, 7, h, w)."""
        return cls(*stacked.tensor_split([3, 4], dim=1))


# A function that predicts maps from means of a plate, (1, C, h, w) (``stack_plate``).
PredictMaps = Callable[[Tensor], GainMaps]


class ResidualPair(nn.Module):
    """Two convolutions and a shortcut, added. Fresh, it returns the shortcut."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.first = conv(in_channels, out_channels, 3)
        self.second = conv(out_channels, out_channels, 3)
        self.shortcut: nn.Module = nn.Identity()
        if in_channels != out_channels:
            self.shortcut = conv(in_channels, out_channels, 1)
        start_at_zero(self.second)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, out_channels, H, W)."""
        change = functional.leaky_relu(self.first(features), SLOPE)
        change = functional.leaky_relu(self.second(change), SLOPE)
        return self.shortcut(features) + change  # type: ignore[no-any-return]


class GainNetwork(nn.Module):
    """N and m: reduced plate (B, 7, h, w) to gain, spread and sources (B, 7, h, w).

    Args:
        config: Channels of each level, and how many pixels are folded.
    """

    def __init__(self, config: GainNetworkConfig) -> None:
        super().__init__()
        self.config = config
        folded, widths = config.unshuffle**2, config.channels
        self.stem = conv(IN_CHANNELS * folded, widths[0], 3)
        coarser = zip(widths[:1] + widths[:-1], widths, strict=True)
        self.encoder = nn.ModuleList(ResidualPair(*pair) for pair in coarser)
        finer = zip(widths[:0:-1], widths[-2::-1], strict=True)
        self.decoder = nn.ModuleList(
            ResidualPair(below + here, here) for below, here in finer
        )
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.overall = nn.Linear(widths[-1], widths[-1])
        self.last = conv(widths[0], OUT_CHANNELS * folded, 3)
        start_at_zero(self.last)
        # m. Without it, unfolded pixels show a grid of dots in a white sky.
        self.smooth = Binomial()

    def forward(self, reduced: Tensor) -> GainMaps:
        """Return g, log2 s and e for a plate that ``reduce_plate`` reduced."""
        height, width = reduced.shape[-2:]
        stride = self.config.unshuffle * 2 ** (len(self.config.channels) - 1)
        padded = pad_to_multiple(reduced, stride)
        features = self.stem(functional.pixel_unshuffle(padded, self.config.unshuffle))
        skips: list[Tensor] = []
        for level, pair in enumerate(self.encoder):
            features = pair(functional.avg_pool2d(features, 2) if level else features)
            skips.append(features)
        skips.pop()
        overall = functional.leaky_relu(self.overall(features.mean((2, 3))), SLOPE)
        features = features + overall[:, :, None, None]
        for pair in self.decoder:
            features = pair(torch.cat([self.up(features), skips.pop()], dim=1))
        unfolded = functional.pixel_shuffle(self.last(features), self.config.unshuffle)
        maps = _as_maps(crop_to(unfolded, height, width).float())
        smooth: Tensor = self.smooth(torch.cat(maps, dim=1))
        return GainMaps.split(smooth)


def _as_maps(result: Tensor) -> GainMaps:
    """Return the maps for the network's results, (B, 7, h, w), within their ranges."""
    stops = (4.0 * result[:, :3] + START_STOPS).clamp(LEAST_STOPS, MOST_STOPS)
    spread = (result[:, 3:4] + START_LOG2_SPREAD).clamp(-6.0, 3.0)
    sources = (4.0 * result[:, 4:] + START_SOURCE_STOPS).clamp(
        LEAST_SOURCE_STOPS, MOST_STOPS
    )
    return GainMaps(stops, spread, torch.exp2(sources))


def reduce_plate(linear: Tensor, masks: Tensor, *, area_px: int) -> Tensor:
    """Return the network's input for a plate.

    Args:
        linear: Scene-linear whole plate, (B, 3, H, W), 1 = sensor clip.
        masks: Clip mask of each channel, same shape.
        area_px: Largest area of the reduced plate.

    Returns:
        (B, 7, h, w): display-encoded mean light, the mean mask of each channel, and the
        mean of the largest mask.
    """
    return encode_plate(reduce_to_area(stack_plate(linear, masks), area_px))


def stack_plate(linear: Tensor, masks: Tensor) -> Tensor:
    """Return light and masks as one tensor, (B, 7, H, W), to be averaged over areas."""
    return torch.cat([linear, masks, masks.amax(dim=1, keepdim=True)], dim=1)


def encode_plate(means: Tensor) -> Tensor:
    """Return the network's input for means of ``stack_plate``, (B, 7, h, w)."""
    light = means[:, :3].clamp(min=1e-5) ** (1 / 2.2)
    return torch.cat([light, means[:, 3:]], dim=1)


def spline_weights(
    n_samples: int, n_pixels: int | Tensor, first: int | Tensor, count: int
) -> Tensor:
    """Return b, the cubic B-spline weights of coarse samples for pixels.

    Args:
        n_samples: Number of samples along the axis.
        n_pixels: Number of pixels along the whole axis; a tensor is float64, ().
        first: Index of the first pixel; a tensor is float64, ().
        count: Number of pixels. They may lie beyond the axis.

    Returns:
        (count, n_samples). Rows sum to 1. The end samples are repeated beyond the axis.
    """
    pixel = torch.arange(count, dtype=torch.float64) + first
    place = (pixel + 0.5) * (n_samples / n_pixels) - 0.5
    left = torch.floor(place)
    t = place - left
    weights = torch.stack(
        [
            (1 - t) ** 3,
            3 * t**3 - 6 * t**2 + 4,
            -3 * t**3 + 3 * t**2 + 3 * t + 1,
            t**3,
        ],
        dim=1,
    )
    index = left[:, None].long() + torch.arange(-1, 3)
    matrix = torch.zeros(count, n_samples, dtype=torch.float64)
    matrix.scatter_add_(1, index.clamp(0, n_samples - 1), weights / 6)
    return matrix.float()
