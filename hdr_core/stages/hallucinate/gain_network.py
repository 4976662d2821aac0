"""C of the compact preset: how bright the clipped light was, seen from afar.

    c = mean(plate)        the whole plate, reduced to a fixed area, never enlarged
    g, e, s = m * N(c)     log2 gain of clipped light a channel, its sources, spread
    G(p) = log2(2^g(p) + e(p))
    x(p) = sum_j b(p - j) x_j         x = g, e, log2 s

N  residual U-Net with a global mean at its bottom    m  binomial, 3 x 3 samples
b  cubic B-spline at the pixel p of the plate: smooth, within the range of its
   samples, so that no highlight rings; a plate twice as fine gets the same light
j  pixels of the reduced plate

Two parts, because light comes in two kinds. A white sky or wall is some stops above
clip, and smooth in stops. A sun or lamp is a few pixels with more light than all the
rest: its *light* is what is kept when it is averaged over pixels, so it is interpolated
as light. (In stops, the spline would leave 13 stops of a one-pixel sun at 6.)

How bright a lamp is, its surroundings tell, not its flat white pixels; so the
network needs the whole plate and no detail, and costs the same for every plate.
The gain is predicted linearly: with a softplus or ReLU it collapses to "no gain",
as most clipped pixels lie just above clip.
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
START_STOPS = 0.7
START_LOG2_SPREAD = -0.5
START_SOURCE_STOPS = -3.0
# Gains beyond these are not light that a plate can show.
LEAST_STOPS, MOST_STOPS = -3.0, 17.0
LEAST_SOURCE_STOPS = -12.0
OUT_CHANNELS = 7


class GainMaps(NamedTuple):
    """What the network saw in the whole plate.

    Attributes:
        stops: Log2 gain of clipped light, (B, 3, h, w).
        log2_spread: Log2 of the scale of its Laplace law, in stops, (B, 1, h, w).
        sources: Light that sources add, 1 = sensor clip, (B, 3, h, w).
    """

    stops: Tensor
    log2_spread: Tensor
    sources: Tensor

    @classmethod
    def split(cls, told: Tensor) -> "GainMaps":
        """Return the maps that ``torch.cat(context, dim=1)`` put together."""
        return cls(*told.tensor_split([3, 4], dim=1))


# A function that predicts maps from means of a plate, (1, C, h, w) (``stack_plate``).
PredictMaps = Callable[[Tensor], GainMaps]


class ResidualPair(nn.Module):
    """Two convolutions beside a shortcut."""

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
    """N: reduced plate (B, 7, h, w) to gain, spread and sources (B, 7, h, w)."""

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
        # Without it, folded pixels leave a grid of dots in a white sky.
        self.smooth = Binomial()

    def forward(self, reduced: Tensor) -> GainMaps:
        """Return what each reduced pixel tells."""
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
        told = _as_context(crop_to(unfolded, height, width).float())
        smooth: Tensor = self.smooth(torch.cat(told, dim=1))
        return GainMaps.split(smooth)


def _as_context(result: Tensor) -> GainMaps:
    stops = (4.0 * result[:, :3] + START_STOPS).clamp(LEAST_STOPS, MOST_STOPS)
    spread = (result[:, 3:4] + START_LOG2_SPREAD).clamp(-6.0, 3.0)
    sources = (4.0 * result[:, 4:] + START_SOURCE_STOPS).clamp(
        LEAST_SOURCE_STOPS, MOST_STOPS
    )
    return GainMaps(stops, spread, torch.exp2(sources))


def reduce_plate(linear: Tensor, masks: Tensor, *, area_px: int) -> Tensor:
    """Return what the network sees of a plate.

    Args:
        linear: Scene-linear whole plate, (B, 3, H, W), 1 = sensor clip.
        masks: How clipped each channel is, same shape.
        area_px: Area of the reduced plate, at most.

    Returns:
        (B, 7, h, w): display-encoded mean light, mean mask of each channel, and of
        the brightest one.
    """
    return encode_plate(reduce_to_area(stack_plate(linear, masks), area_px))


def stack_plate(linear: Tensor, masks: Tensor) -> Tensor:
    """Return light and masks, (B, 7, H, W), of which the network sees the means."""
    return torch.cat([linear, masks, masks.amax(dim=1, keepdim=True)], dim=1)


def encode_plate(means: Tensor) -> Tensor:
    """Return the means of ``stack_plate`` as the network sees them."""
    light = means[:, :3].clamp(min=1e-5) ** (1 / 2.2)
    return torch.cat([light, means[:, 3:]], dim=1)


def spline_weights(n_samples: int, n_pixels: int, first: int, count: int) -> Tensor:
    """Return the cubic B-spline weights of pixels on coarser samples.

    Args:
        n_samples: Samples along the axis.
        n_pixels: Pixels along the whole axis.
        first: First pixel wanted.
        count: How many pixels; they may lie beyond the axis.

    Returns:
        (count, n_samples), rows sum to 1; the end samples stand for those beyond.
    """
    pixel = torch.arange(first, first + count, dtype=torch.float64)
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
