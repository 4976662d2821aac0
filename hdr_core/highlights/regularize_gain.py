"""Give clipped regions one hue at each place, soft borders and no dark rings.

    H' = H 2^(d + e + r)
    d_c = a (h_c - log2 H_c / Y)        h = s (k * a Y log2 H / Y) / (k * a Y) + n
    e_c = -t b q(v) G_c (1 - G_c / 3) - u b p(v) (max_c G_c - 5)
          the first for G = log2 H + d from 0 to 3, the second from 5 on, in plates
    r = fill(y) - y        y: log2 luminance after d and e

H  ``gains``: predicted gain of clipped light, for each sample     Y  its luminance
a  how clipped the least clipped channel is
k  Gaussian; a narrower one for b and v
n  one number for all channels that keeps the luminance
b  twice the share of the surroundings that is not clipped in all channels, at most 1:
   1 at a straight border
v  mean light of the least channel beside the clipped region; q goes from 0 to 1 as v
   nears the clip, p as soon as v is not dark
s, t, u  the constants KEEP, TAKE and TAKE_TOP

Hue (d): light that clipped in all channels has no measured color. Stage 3 predicts one
for each sample, and these vary more than real lights do. Around a place, light has one
hue. So the mean of the predicted colors is nearer to the truth, and a part of the mean
is nearer still.

Borders (e): where the least channel is bright but not clipped, the sky is about to
clip. On the other side of this border it has only just clipped. Stage 3 has too little
detail for such borders and predicts too much there. Lamps of some stops are left as
they are. Five stops and more at a border that is not dark are mostly a sun in the wrong
place. Panoramas keep these, because their suns are predicted too dim.

Rings (r): around a sun the glow rises towards it. Where stage 3 takes the light of the
sun from its surroundings, a dark ring is left. ``fill_hollows`` raises each hollow to
the level of its lowest way out of the clipped region. This is morphological
reconstruction by erosion (Vincent 1993). Decision: docs/decisions/017.
"""

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.appearance import luminance
from hdr_core.checks import has_values
from hdr_core.highlights.blur import make_blur
from hdr_core.highlights.concentrate_highlights import ramp, read_samples
from hdr_core.highlights.predict import Prediction
from hdr_core.stages.hallucinate.gain_network import GainMaps

# Standard deviations of k, as a share of the columns of a plate or of a view.
HUE_REACH, BORDER_REACH = 0.02, 0.01
# s: share of the mean predicted color that is kept.
KEEP = 0.75
# t: share of the stops at a soft border that is removed.
TAKE = 0.5
# Light v at which q leaves 0, and at which it reaches 1.
SOFT = (0.4, 0.8)
# From these stops on, light counts as a lamp and is left as it is.
LAMP_STOPS = 3.0
# u: share of the stops above TOP_STOPS that is removed at a border.
TAKE_TOP, TOP_STOPS = 0.5, 5.0
# Light v at which p leaves 0, and at which it reaches 1.
NOT_DARK = (0.05, 0.35)
# Limits of the weight of light in the mean color, as multiples of the clip.
LEAST_WEIGHT, MOST_WEIGHT = 0.25, 64.0
# A hollow may be filled in samples that are clipped by more than this.
CLIPPED = 0.5
# Luminance below this counts as black.
DARKEST = 1e-6
# Weights below this share of the largest one are rounding errors.
ROUNDING = 1e-9
# Weights are at least this where all of them are 0. A float32 must hold it, as captured
# graphs store constants so.
NOTHING = 1e-30


def regularize_gain(prediction: Prediction) -> GainMaps:
    """Return the maps with one hue at each place, soft borders and no dark rings."""
    maps, is_sphere = prediction.maps, prediction.is_panorama
    light, masks, any_mask, gains = read_samples(prediction)
    a = masks.amin(dim=1, keepdim=True)
    d = _regularize_hue(gains, a, is_sphere=is_sphere)
    b, v = _measure_border(light.amin(dim=1, keepdim=True), a, is_sphere=is_sphere)
    stops = d - b * _removed_stops(torch.log2(gains) + d, v, is_sphere=is_sphere)
    bright = luminance(light * (1.0 + masks * (gains * torch.exp2(stops) - 1.0)))
    y = torch.log2(bright.clamp(min=DARKEST))
    stops = stops + fill_hollows(y, any_mask > CLIPPED, is_sphere=is_sphere) - y
    return GainMaps(
        maps.stops + stops.to(maps.stops),
        maps.log2_spread,
        maps.sources * torch.exp2(stops).to(maps.sources),
    )


def _regularize_hue(gains: Tensor, a: Tensor, *, is_sphere: bool) -> Tensor:
    """Return d in stops, (1, 3, h, w), for gains of this shape and a (1, 1, h, w)."""
    blur, area = make_blur(*gains.shape[-2:], reach=HUE_REACH, is_sphere=is_sphere)
    bright = luminance(gains)
    color = torch.log2(gains / bright)
    weight = a * area * bright.clamp(LEAST_WEIGHT, MOST_WEIGHT)
    h = KEEP * _ratio(blur(weight * color), blur(weight))
    h = h - torch.log2(luminance(torch.exp2(h)))
    return a * (h - color)


def _measure_border(
    least: Tensor, a: Tensor, *, is_sphere: bool
) -> tuple[Tensor, Tensor]:
    """Return b and v, both (1, 1, h, w), for light of the least channel and a."""
    blur, area = make_blur(*a.shape[-2:], reach=BORDER_REACH, is_sphere=is_sphere)
    unclipped = blur((1.0 - a) * area)
    # The clipped part of a sample has light 1. The rest belongs to the unclipped part.
    v = _ratio(blur((least - a).clamp(min=0.0) * area), unclipped)
    share = 2.0 * unclipped / blur(area.expand_as(a))
    return share.clamp(max=1.0), v


def _removed_stops(g: Tensor, v: Tensor, *, is_sphere: bool) -> Tensor:
    """Return -e / b, the stops to remove at a full border, for G and v."""
    lamp = (g / LAMP_STOPS).clamp(0.0, 1.0)
    removed = TAKE * ramp(v, *SOFT) * g * (1.0 - lamp) * (lamp > 0.0)
    if is_sphere:
        return removed
    top = (g.amax(dim=1, keepdim=True) - TOP_STOPS).clamp(min=0.0)
    return removed + TAKE_TOP * ramp(v, *NOT_DARK) * top


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    """Return part / whole; 0 where ``whole`` is only a rounding error."""
    least = (ROUNDING * whole.max()).clamp(min=NOTHING)
    return part / whole.clamp(min=least)


def fill_hollows(values: Tensor, inside: Tensor, *, is_sphere: bool) -> Tensor:
    """Return values with each hollow filled up to its lowest way out.

    Args:
        values: Height of each sample, such as a luminance in stops, (1, 1, h, w).
        inside: Which samples may be raised, same shape. All other samples and the
            border of a plate are ways out.
        is_sphere: Whether the samples are those of a sphere. Its columns wrap, and it
            has no border.
    """
    if has_values(values):
        return raise_hollows(values, inside, is_sphere)
    # A captured graph has the loop as one operator (export/capture.py).
    raised: Tensor = torch.ops.hdr_core.raise_hollows(values, inside, is_sphere)
    return raised


def raise_hollows(values: Tensor, inside: Tensor, is_sphere: bool) -> Tensor:
    """Return ``fill_hollows``, in the part of Python that TorchScript compiles."""
    closed = inside
    if not is_sphere:
        row = torch.arange(values.shape[2], device=values.device)[:, None]
        column = torch.arange(values.shape[3], device=values.device)
        closed = inside & (row > 0) & (row < values.shape[2] - 1)
        closed = closed & (column > 0) & (column < values.shape[3] - 1)
    if bool(closed.all()):
        return values
    raised = torch.where(closed, values.max(), values)
    lower = torch.maximum(_least_neighbor(raised, is_sphere), values)
    while bool((lower < raised).any()):
        raised = lower
        lower = torch.maximum(_least_neighbor(raised, is_sphere), values)
    return raised


def _least_neighbor(values: Tensor, is_sphere: bool) -> Tensor:
    """Return the least value of each sample and its four neighbors."""
    columns = functional.pad(
        values, [1, 1, 0, 0], mode="circular" if is_sphere else "replicate"
    )
    rows = functional.pad(values, [0, 0, 1, 1], mode="replicate")
    across = torch.minimum(columns[..., :-2], columns[..., 2:])
    down = torch.minimum(rows[..., :-2, :], rows[..., 2:, :])
    return torch.minimum(values, torch.minimum(across, down))
