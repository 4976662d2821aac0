"""Stage 3: add the light that the sensor clipped.

    H = L + a * C(L)          a = clip((max_c L - g) / (1 - g), 0, 1)

L  scene-linear plate, clipped at 1    C  the network
a  clip mask, one channel              g  clip threshold

Source: Liu et al. 2020, "Hallucination"; preset ``released`` has g = 0.88, ``paper``
0.95, and C >= 0 of HDRCNN (Eilertsen et al. 2017).
Differs: C is told as a gain, C = L (2^G - 1), so that strength, ceiling and boldness
act in stops. ``compact`` predicts G itself, in context.py, and masks each channel by
its own clipping: what a red lamp shows in green was measured, and stays. And that tells
of red: see ``hold_hue``.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.checks import require_rgb
from hdr_core.config import GainNetworkConfig, HallucinateConfig
from hdr_core.stages.hallucinate.gain_network import (
    GainMaps,
    GainNetwork,
    reduce_plate,
    spline_weights,
)
from hdr_core.stages.hallucinate.hdrcnn import Hdrcnn

# A channel darker than this has no gain which could light it.
DARKEST = 1e-4
# Light of an unclipped channel from which on it tells of the clipped ones of its pixel,
# and from which on it does so fully; and how far it is believed.
TELLING = (0.25, 0.6)
BELIEF = 0.5
# How far masks see their neighbors; and t, the factor by which the mean of these is a
# pixel's own: 1 at a straight border.
DENOISE_REACH_PX = 1
FULL_SHARE = 1.5


class Region(NamedTuple):
    """Where a tile lies: its upper left corner, and the size of the whole plate.

    A tile may reach beyond the plate, with negative ``y`` or ``x``.
    """

    y: int
    x: int
    height: int
    width: int


class Light(NamedTuple):
    """The light above clip.

    Attributes:
        stops: G, log2 gain of fully clipped light, median, (B, 3, H, W).
        spread: Scale of its Laplace law, in stops, (B, 1, H, W); 0: not known.
        masks: Share of G that each pixel takes, [0, 1], (B, 3, H, W).
    """

    stops: Tensor
    spread: Tensor
    masks: Tensor


def clip_mask(linear: Tensor, *, threshold: float) -> Tensor:
    """Return how clipped each pixel is, by its brightest channel.

    Args:
        linear: Scene-linear, (B, 3, H, W), 1 = sensor clip.
        threshold: Level at which the mask leaves 0.

    Returns:
        Mask in [0, 1], (B, 1, H, W).

    Raises:
        ShapeError: ``linear`` is not (B, 3, H, W).
    """
    return channel_masks(linear, threshold=threshold).amax(dim=1, keepdim=True)


def channel_masks(linear: Tensor, *, threshold: float) -> Tensor:
    """Return how clipped each channel is, in [0, 1], (B, 3, H, W)."""
    require_rgb(linear, "linear")
    return ((linear - threshold) / (1.0 - threshold)).clamp(0.0, 1.0)


def brighten(
    linear: Tensor,
    light: Light,
    *,
    strength: float = 1.0,
    boldness: float = 0.5,
    ceiling_stops: float | None = None,
) -> Tensor:
    """Return H, the plate with its light above clip.

    Args:
        linear: L, (B, 3, H, W).
        light: What the network predicted for these pixels.
        strength: Factor on the gain in stops, 0 to 1.
        boldness: Quantile of the gain, 0 to 1; 0.5 is the median.
        ceiling_stops: Most stops above clip; None: no limit.
    """
    stops = strength * (light.stops + light.spread * laplace_quantile(boldness))
    if ceiling_stops is not None:
        stops = stops.clamp(max=ceiling_stops)
    return linear + light.masks * linear * (torch.exp2(stops) - 1.0)


def hold_hue(
    stops: Tensor, linear: Tensor, masks: Tensor, *, sure: float = 1.0
) -> Tensor:
    """Return G of each channel with what the unclipped ones tell of it.

        G' = max(G + b p, min(G, 0))
        p = min_u w(L_u) v(L_u) (log2 L_u - (1 - a_u) max(G_u, 0))

    At the rim of a white sky red has clipped and blue has not. Had red the gain of the
    sky's middle, blue in the same hue had clipped too; so red has less, and without
    this the rim is yellow. How much less is told by p, in stops: 0 where all channels
    are clipped. Dark channels say nothing (w = 0): a red lamp is red. Nor does one that
    a codec may have taken from the clip (v = 0): its blocks would be seen in red.

    Args:
        stops: G, (B, 3, H, W).
        linear: L, same shape.
        masks: a of each channel, same shape.
        sure: Light up to which a channel is surely not clipped; 1: all that is below
            the clip.
    """
    first, last = TELLING
    weight = ((linear - first) / (last - first)).clamp(0.0, 1.0)
    weight = weight * weight * (3.0 - 2.0 * weight)
    if sure < 1.0:
        weight = weight * _sureness(linear, sure)
    missed = (1.0 - masks) * stops.clamp(min=0.0)
    told = weight * (torch.log2(linear.clamp(min=DARKEST)) - missed)
    held = stops + BELIEF * told.amin(dim=1, keepdim=True)
    return torch.maximum(held, stops.clamp(max=0.0))


def denoise_masks(linear: Tensor, masks: Tensor, *, sure: float) -> Tensor:
    """Return a of each channel as its neighbors make it likely, where a codec blurs it.

        a'_u = max(b_u, min(d(L_u) s_u, t max_c a_c), d(L_u) min_{c != u} b_c)
        b = min(a, s)        s = min(t m * a, 1)        d = 1 - v

    A codec's noise takes some values from the clip, and leaves others there: with a
    lamp's gain that is grain of all colors. What is alone at clip among its neighbors
    is less, and what is as near to clip as a codec errs is as much as they are. A
    straight border and all within it stays. Where the other two channels are clipped,
    the third most likely is as well: with no light of its own it would be a hole of the
    opposite color.

    Args:
        linear: L, (B, 3, H, W).
        masks: a of each channel, same shape.
        sure: Light up to which a channel is surely not clipped; 1: all that is below
            the clip, and masks stay.
    """
    if sure >= 1.0:
        return masks
    near = (FULL_SHARE * _mean_near(masks)).clamp(max=1.0)
    doubt = 1.0 - _sureness(linear, sure)
    calm = torch.minimum(masks, near)
    others = torch.minimum(calm.roll(1, dims=1), calm.roll(2, dims=1))
    # Pixels without a clipped channel are not looked at elsewhere: they get nothing.
    most = FULL_SHARE * masks.amax(dim=1, keepdim=True)
    raised = torch.maximum(torch.minimum(doubt * near, most), doubt * others)
    return torch.maximum(calm, raised)


def _mean_near(values: Tensor) -> Tensor:
    """Return m * values, the binomial mean of 3 x 3 pixels.

    Sums of two, twice each way: a fifth of the time of ``avg_pool2d`` on a CPU.
    """
    near = functional.pad(values, (DENOISE_REACH_PX,) * 4, mode="replicate")
    for _ in range(2):
        near = near[..., :-1] + near[..., 1:]
        near = near[..., :-1, :] + near[..., 1:, :]
    return near / 16.0


def _sureness(linear: Tensor, sure: float) -> Tensor:
    """Return v: 1 up to ``sure``, which is below 1, and down to 0 at the clip."""
    return ((1.0 - linear) / (1.0 - sure)).clamp(0.0, 1.0)


def laplace_quantile(share: float) -> float:
    """Return the quantile of a Laplace law of scale 1, within 1 % of its ends."""
    share = min(max(share, 0.01), 0.99)
    tail = torch.tensor(2 * min(share, 1 - share))
    return float(torch.log(tail)) * (1.0 if share < 0.5 else -1.0)


class Hallucinate(nn.Module):
    """C, told as a gain.

    Look once at the whole plate with ``predict``, then ask for the light of tiles.
    """

    def __init__(self, config: HallucinateConfig) -> None:
        super().__init__()
        self.config = config
        self.network: GainNetwork | Hdrcnn
        if isinstance(config.network, GainNetworkConfig):
            self.network = GainNetwork(config.network)
        else:
            self.network = Hdrcnn(config.network)

    def predict(self, linear: Tensor, *, flip_average: bool = False) -> GainMaps | None:
        """Return what the network learns from the whole plate, if it looks.

        Args:
            linear: Scene-linear, (B, 3, H, W), 1 = sensor clip.
            flip_average: Look at the mirrored plate too, and take the mean: light does
                not know left from right, so what differs is the network's error.
        """
        if isinstance(self.network, Hdrcnn):
            return None
        masks = channel_masks(linear, threshold=self.config.threshold)
        area_px = self.network.config.area_px
        reduced = reduce_plate(linear, masks, area_px=area_px)
        return self.predict_reduced(reduced, flip_average=flip_average)

    def predict_reduced(self, reduced: Tensor, *, flip_average: bool) -> GainMaps:
        """Return what the network learns from a reduced plate, as ``predict`` does."""
        context: GainMaps = self.network(reduced)
        if not flip_average:
            return context
        mirrored: GainMaps = self.network(reduced.flip(3))
        pairs = zip(context, mirrored, strict=True)
        return GainMaps(*((here + there.flip(3)) / 2 for here, there in pairs))

    def forward(
        self,
        linear: Tensor,
        context: GainMaps | None,
        region: Region,
        *,
        sure: float = 1.0,
    ) -> Light:
        """Return the light above clip of a tile.

        Args:
            linear: The tile, scene-linear, (B, 3, h, w).
            context: What ``predict`` returned for its plate.
            region: Where the tile lies.
            sure: Light up to which a channel is surely not clipped, see ``hold_hue``.
        """
        threshold = self.config.threshold
        if context is None:
            stops = torch.log2(1.0 + self.network(linear) / linear.clamp(min=DARKEST))
            mask = clip_mask(linear, threshold=threshold)
            return Light(stops, torch.zeros_like(mask), mask.expand_as(stops))
        height, width = linear.shape[-2:]
        low_height, low_width = context.stops.shape[-2:]
        rows = spline_weights(low_height, region.height, region.y, height)
        columns = spline_weights(low_width, region.width, region.x, width)
        told = torch.cat(context, dim=1)
        # bfloat16 would round the light of a lamp to sixteenths of a stop.
        with torch.autocast(told.device.type, enabled=False):
            fine = rows.to(told) @ told @ columns.to(told).T
            stops, log2_spread, sources = GainMaps.split(fine)
            stops = torch.log2(torch.exp2(stops) + sources)
        masks = channel_masks(linear, threshold=threshold)
        masks = denoise_masks(linear, masks, sure=sure)
        return Light(
            stops=hold_hue(stops, linear.float(), masks.float(), sure=sure),
            spread=torch.exp2(log2_spread),
            masks=masks,
        )
