"""Stage 3: add the light that the sensor clipped.

    H = L + a * C(L)          a = clip((max_c L - g) / (1 - g), 0, 1)
    C = M (2^G - 1)

H  plate with its light, scene-linear  C  the network
L  scene-linear plate, clipped at 1    G  gain in stops
a  clip mask, one channel              g  clip threshold
M  light that the gain multiplies: L, but at least ``DARKEST`` for HDRCNN

Source: Liu et al. 2020, "Hallucination". C >= 0 is HDRCNN (Eilertsen et al. 2017);
preset ``released`` has g = 0.88, ``paper`` 0.95.
Differs: C is expressed as a gain, so that strength, ceiling and boldness work in stops.
``compact`` predicts G itself (gain_network.py), and a is the clip mask of each channel:
the green of a red lamp was measured, so it stays. Such unclipped channels also limit
the light of the clipped ones (``hold_hue``), and the neighbors of a pixel show whether
it is clipped (``denoise_masks``).
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

# Least M for HDRCNN: a gain cannot add light to black. Also the least of ``hold_hue``.
DARKEST = 1e-4
# Light of an unclipped channel at which w of ``hold_hue`` leaves 0, and reaches 1.
HUE_RAMP = (0.25, 0.6)
# Added to the width of the ramp of v, which may be 0.
LEAST_LIGHT = 1e-9
# Reach of the mean m of ``denoise_masks``.
DENOISE_REACH_PX = 1
# t of ``denoise_masks``. With it, the pixels at a straight border keep their mask.
FULL_SHARE = 1.5


class Region(NamedTuple):
    """Where a tile lies in its plate.

    Attributes:
        y: Row of the tile's upper left pixel; negative beyond the plate.
        x: Column of that pixel; negative beyond the plate.
        height: Height of the whole plate.
        width: Width of the whole plate.

    In a captured graph, which receives them, they are float64 tensors, ().
    """

    y: int | Tensor
    x: int | Tensor
    height: int | Tensor
    width: int | Tensor


class Light(NamedTuple):
    """The light above clip.

    Attributes:
        stops: G, log2 gain of fully clipped light, the median, (B, 3, H, W).
        base: M, the light that the gain multiplies, (B, 3, H, W).
        spread: Scale of the Laplace law of G, in stops, (B, 1, H, W). 0 means that it
            is not known.
        masks: a of each channel, in [0, 1], (B, 3, H, W).
    """

    stops: Tensor
    base: Tensor
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
    """Return how clipped each channel is, in [0, 1], (B, 3, H, W).

    Arguments and errors are those of ``clip_mask``.
    """
    require_rgb(linear, "linear")
    return ((linear - threshold) / (1.0 - threshold)).clamp(0.0, 1.0)


def brighten(linear: Tensor, light: Light, *, boldness: float = 0.5) -> Tensor:
    """Return H, the plate with its light above clip.

    Args:
        linear: L, (B, 3, H, W).
        light: Light that the network predicts for these pixels.
        boldness: Quantile of the gain, 0 to 1. 0.5 is the median.
    """
    stops = light.stops + light.spread * laplace_quantile(boldness)
    return linear + light.masks * light.base * (torch.exp2(stops) - 1.0)


def hold_hue(stops: Tensor, linear: Tensor, *, sure: float | Tensor = 1.0) -> Tensor:
    """Return G', the gain of each channel, held by the pixel's unclipped channels.

        G' = max(G + p, min(G, 0))
        p = min_u w(L_u) v(L_u) (log2 L_u - max(G_u, 0))

    A channel below the clip was measured. With the gain G it would be brighter than
    measured, so the pixel as a whole gets less gain, and keeps the predicted hue. p is
    the difference in stops; it is 0 where all channels are clipped. Without this, a
    white sky has a yellow border, and white that a codec or a smaller size left just
    below the clip becomes pixels of all colors. A dark channel has w = 0: a red lamp is
    red. A channel that a codec may have taken from the clip has v < 1.
    Decision: docs/decisions/015.

    Args:
        stops: G, (B, 3, H, W).
        linear: L, same shape.
        sure: Light up to which a channel is certainly not clipped, at most 1.
    """
    first, last = HUE_RAMP
    w = ((linear - first) / (last - first)).clamp(0.0, 1.0)
    w = w * w * (3.0 - 2.0 * w) * _certainty(linear, sure)
    p = w * (torch.log2(linear.clamp(min=DARKEST)) - stops.clamp(min=0.0))
    held = stops + p.amin(dim=1, keepdim=True)
    return torch.maximum(held, stops.clamp(max=0.0))


def denoise_masks(linear: Tensor, masks: Tensor, *, sure: float | Tensor) -> Tensor:
    """Return a', the masks without the noise of a codec.

        a'_u = max(b_u, min(d(L_u) s_u, t max_c a_c), d(L_u) min_{c != u} b_c)
        b = min(a, s)        s = min(t m * a, 1)        d = 1 - v

    A codec's noise takes some values from the clip and leaves others there. With the
    gain of a lamp, that becomes grain of all colors. So a mask is at most t times the
    mean of its neighborhood (b), and a value which may be clipped (d > 0) is at least
    as clipped as its neighborhood. Straight borders and all pixels within them keep
    their mask. Where the other two channels are clipped, the third is probably clipped
    too: without light it would be a hole of the opposite color.

    Args:
        linear: L, (B, 3, H, W).
        masks: a of each channel, same shape.
        sure: Light up to which a channel is certainly not clipped.
    """
    a, t = masks, FULL_SHARE
    s = (t * _binomial_mean(a)).clamp(max=1.0)
    d = 1.0 - _certainty(linear, sure)
    b = torch.minimum(a, s)
    others = torch.minimum(b.roll(1, dims=1), b.roll(2, dims=1))
    # Pixels without a clipped channel get no light anywhere else, and none here.
    most = t * a.amax(dim=1, keepdim=True)
    return torch.maximum(b, torch.maximum(torch.minimum(d * s, most), d * others))


def _binomial_mean(values: Tensor) -> Tensor:
    """Return m * values, the binomial mean of 3 x 3 pixels."""
    # Sums of pairs, twice in each direction: on a CPU, faster than ``avg_pool2d``.
    total = functional.pad(values, (DENOISE_REACH_PX,) * 4, mode="replicate")
    for _ in range(2):
        total = total[..., :-1] + total[..., 1:]
        total = total[..., :-1, :] + total[..., 1:, :]
    return total / 16.0


def _certainty(linear: Tensor, sure: float | Tensor) -> Tensor:
    """Return v: 1 up to ``sure``, then down to 0 at the clip."""
    return ((1.0 - linear) / (1.0 - sure + LEAST_LIGHT)).clamp(0.0, 1.0)


def laplace_quantile(share: float) -> float:
    """Return the quantile of a Laplace law of scale 1; ``share`` is 0.01 to 0.99."""
    share = min(max(share, 0.01), 0.99)
    tail = torch.tensor(2 * min(share, 1 - share))
    return float(torch.log(tail)) * (1.0 if share < 0.5 else -1.0)


class Hallucinate(nn.Module):
    """C, expressed as a gain: ``predict`` maps of a plate once, then light of tiles.

    Args:
        config: Clip threshold, and kind and sizes of the network.
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
        """Return the gain maps of whole plates, or None if HDRCNN predicts by tiles.

        Args:
            linear: Scene-linear, (B, 3, H, W), 1 = sensor clip.
            flip_average: Whether to average with the prediction for the mirrored plate.
                Light does not depend on left and right, so this reduces the error.
        """
        if isinstance(self.network, Hdrcnn):
            return None
        masks = channel_masks(linear, threshold=self.config.threshold)
        area_px = self.network.config.area_px
        reduced = reduce_plate(linear, masks, area_px=area_px)
        return self.predict_reduced(reduced, flip_average=flip_average)

    def predict_reduced(self, reduced: Tensor, *, flip_average: bool) -> GainMaps:
        """Return the gain maps of plates that ``reduce_plate`` reduced.

        Args:
            reduced: Light and masks, (B, 7, h, w).
            flip_average: As for ``predict``.
        """
        maps: GainMaps = self.network(reduced)
        if not flip_average:
            return maps
        mirrored: GainMaps = self.network(reduced.flip(3))
        pairs = zip(maps, mirrored, strict=True)
        return GainMaps(*((one + other.flip(3)) / 2 for one, other in pairs))

    def forward(
        self,
        linear: Tensor,
        maps: GainMaps | None,
        region: Region,
        *,
        sure: float | Tensor = 1.0,
        is_lossy: bool = False,
    ) -> Light:
        """Return the light above clip of a tile.

        Args:
            linear: The tile, scene-linear, (B, 3, h, w).
            maps: Result of ``predict`` for the whole plate.
            region: Where the tile lies in the plate.
            sure: Light up to which a channel is certainly not clipped, at most 1.
            is_lossy: Whether a codec changed the codes of the plate.
        """
        if maps is None:
            return self._predict_tile(linear)
        stops, log2_spread = _interpolate(maps, region, linear)
        masks = channel_masks(linear, threshold=self.config.threshold)
        if is_lossy:
            masks = denoise_masks(linear, masks, sure=sure)
        return Light(
            stops=hold_hue(stops, linear.float(), sure=sure),
            base=linear,
            spread=torch.exp2(log2_spread),
            masks=masks,
        )

    def _predict_tile(self, linear: Tensor) -> Light:
        """Return the light of a tile by HDRCNN, as a gain."""
        base = linear.clamp(min=DARKEST)
        stops = torch.log2(1.0 + self.network(linear) / base)
        mask = clip_mask(linear, threshold=self.config.threshold)
        return Light(stops, base, torch.zeros_like(mask), mask.expand_as(stops))


def _interpolate(
    maps: GainMaps, region: Region, linear: Tensor
) -> tuple[Tensor, Tensor]:
    """Return G and log2 s at the pixels of the tile ``linear``."""
    height, width = linear.shape[-2:]
    low_height, low_width = maps.stops.shape[-2:]
    rows = spline_weights(low_height, region.height, region.y, height)
    columns = spline_weights(low_width, region.width, region.x, width)
    stacked = torch.cat(maps, dim=1)
    # bfloat16 would round the light of a lamp to sixteenths of a stop.
    with torch.autocast(stacked.device.type, enabled=False):
        fine = rows.to(stacked) @ stacked @ columns.to(stacked).T
        stops, log2_spread, sources = GainMaps.split(fine)
        return torch.log2(torch.exp2(stops) + sources), log2_spread
