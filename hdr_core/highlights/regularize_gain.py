"""Light that stage 3 tells: one hue to a place, soft borders, no dark rings.

    H' = H 2^(d + e + r)
    d_c = a (h_c - log2 H_c / Y)        h = s (k * a Y log2 H / Y) / (k * a Y) + n
    e_c = -t b q(v) G_c (1 - G_c / 3) - u b p(v) (max_c G_c - 5)
          the first for G = log2 H from 0 to 3, the second from 5 on, in plates
    r = fill(log2 Y) - log2 Y

H  light as stage 3 tells it, of each sample of the reduced plate     Y  its luminance
a  how clipped the least clipped channel is     k  a Gaussian, a narrower one for b, v
n  what keeps the luminance: one number for all     s, t, u  constants below
b  twice the share around that is not clipped in all channels: 1 at a straight border
v  light of its least channel, in the mean; q goes from 0 to 1 as it nears the clip,
   p as soon as it is not dark

What was clipped in all channels has no color of its own. Stage 3 guesses one for each
sample, and they differ more than lights do: a glow is green here and red there. Around
a place light has one hue, so the mean of what is guessed there is nearer, and nearer
still is a part of it: on 220 val views colors of such pixels are off by 0.22 stop
instead of 0.24.

Where one channel is not clipped yet, and bright, the sky is about to clip, and on the
other side it has only just clipped. Stage 3 sees too little of the border and tells
twice as much there, in the median. Lamps of some stops are left. But what is told to be
five stops above the clip and more, right at the border of a white that does not end in
the dark, seldom is: the median of 8 such stops are 3 in truth. The energy of 220 val
views is then off by 0.91 stop in the mean instead of 0.95. A panorama's suns are told
too dim as it is: there they stay.

Around a sun the glow rises towards it. Where stage 3 gives the sun what it takes from
its surroundings, a dark ring is left. ``fill`` raises what lies lower than all ways out
of the clipped region to the lowest of them: morphological reconstruction by erosion
(Vincent 1993). As many hollows of val views have light in truth that is darker than
around as have not: errors stay the same.
"""

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.appearance import luminance
from hdr_core.highlights.blur import blur_of
from hdr_core.highlights.concentrate_highlights import ramp, samples_of
from hdr_core.highlights.predict import Prediction
from hdr_core.stages.hallucinate.gain_network import GainMaps

# Standard deviations of k, as a share of the columns of a plate, or of a view.
HUE_REACH, BORDER_REACH = 0.02, 0.01
# s, share of a guessed color that is kept.
KEEP = 0.75
# t, share of the light at a soft border that is taken away.
TAKE = 0.5
# Light of the least channel at which q leaves 0, and at which it is 1.
SOFT = (0.4, 0.8)
# Stops from which on light is a lamp's, and left.
LAMP_STOPS = 3.0
# u, share of the stops above these that are taken away at a border; and light of the
# least channel at which p leaves 0, and at which it is 1.
TAKE_TOP, TOP_STOPS = 0.5, 5.0
NOT_DARK = (0.05, 0.35)
# Light beyond these, times the clip, weighs no less and no more.
LEAST_WEIGHT, MOST_WEIGHT = 0.25, 64.0
# Samples of which at least so much is clipped may be raised.
CLIPPED = 0.5
DARKEST = 1e-6
# Less of the most weight than this is rounding.
ROUNDING = 1e-9


def regularize_gain(prediction: Prediction) -> GainMaps:
    """Return the maps with one hue to a place, soft borders and no dark rings."""
    context, is_sphere = prediction.maps, prediction.is_panorama
    light, masks, any_mask, gains = samples_of(prediction)
    white = masks.amin(dim=1, keepdim=True)
    stops = _one_hue(gains, white, is_sphere=is_sphere)
    border, level = _border(light.amin(dim=1, keepdim=True), white, is_sphere=is_sphere)
    over = torch.log2(gains) + stops
    lamp = (over / LAMP_STOPS).clamp(0.0, 1.0)
    taken = TAKE * ramp(level, *SOFT) * over * (1.0 - lamp) * (lamp > 0.0)
    if not is_sphere:
        top = (over.amax(dim=1, keepdim=True) - TOP_STOPS).clamp(min=0.0)
        taken = taken + TAKE_TOP * ramp(level, *NOT_DARK) * top
    stops = stops - border * taken
    told = luminance(light * (1.0 + masks * (gains * torch.exp2(stops) - 1.0)))
    level = torch.log2(told.clamp(min=DARKEST))
    stops = stops + fill_hollows(level, any_mask > CLIPPED, is_sphere=is_sphere) - level
    return GainMaps(
        context.stops + stops.to(context.stops),
        context.log2_spread,
        context.sources * torch.exp2(stops).to(context.sources),
    )


def _one_hue(gains: Tensor, white: Tensor, *, is_sphere: bool) -> Tensor:
    """Return d, in stops, for gains (1, 3, h, w) where ``white`` (1, 1, h, w) is."""
    blur, area = blur_of(*gains.shape[-2:], reach=HUE_REACH, is_sphere=is_sphere)
    bright = luminance(gains)
    color = torch.log2(gains / bright)
    weight = white * area * bright.clamp(LEAST_WEIGHT, MOST_WEIGHT)
    around = KEEP * _ratio(blur(weight * color), blur(weight))
    around = around - torch.log2(luminance(torch.exp2(around)))
    return white * (around - color)


def _border(least: Tensor, white: Tensor, *, is_sphere: bool) -> tuple[Tensor, Tensor]:
    """Return b and v, both (1, 1, h, w), for light of the least channel."""
    blur, area = blur_of(*white.shape[-2:], reach=BORDER_REACH, is_sphere=is_sphere)
    beyond = blur((1.0 - white) * area)
    # What is white in a sample counts as 1: the rest of its light is not white's.
    level = _ratio(blur((least - white).clamp(min=0.0) * area), beyond)
    share = 2.0 * beyond / blur(area.expand_as(white))
    return share.clamp(max=1.0), level


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    """Return part / whole; 0 where there is nothing but rounding."""
    least = max(ROUNDING * whole.max().item(), torch.finfo(whole.dtype).tiny)
    return part / whole.clamp(min=least)


def fill_hollows(values: Tensor, inside: Tensor, *, is_sphere: bool) -> Tensor:
    """Return values with hollows filled up to their lowest way out.

    Args:
        values: (1, 1, h, w).
        inside: Which may be raised, same shape; all others, and the border of a plate,
            are ways out.
        is_sphere: Columns wrap, and no border is left.
    """
    closed = inside.clone()
    if not is_sphere:
        closed[..., [0, -1], :] = False
        closed[..., [0, -1]] = False
    if closed.all():
        return values
    raised = torch.where(closed, values.max(), values)
    while True:
        lower = torch.maximum(_least_near(raised, is_sphere=is_sphere), values)
        if not (lower < raised).any():
            return raised
        raised = lower


def _least_near(values: Tensor, *, is_sphere: bool) -> Tensor:
    """Return the least of each sample and its four neighbors."""
    columns = functional.pad(
        values, (1, 1, 0, 0), mode="circular" if is_sphere else "replicate"
    )
    rows = functional.pad(values, (0, 0, 1, 1), mode="replicate")
    across = torch.minimum(columns[..., :-2], columns[..., 2:])
    down = torch.minimum(rows[..., :-2, :], rows[..., 2:, :])
    return torch.minimum(values, torch.minimum(across, down))
