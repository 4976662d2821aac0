"""Light that stage 3 tells, with one hue to a place and without dark rings.

    H' = H 2^(d + r)
    d_c = a (h_c - log2 H_c / Y)        h = s (k * w log2 H / Y) / (k * w) + n
    r = fill(log2 Y) - log2 Y

H  light as stage 3 tells it, of each sample of the reduced plate     Y  its luminance
a  how clipped the least clipped channel is     w = a Y, within bounds
k  a Gaussian     s  constant below     n  what keeps the luminance: one number for all

What was clipped in all channels has no color of its own. Stage 3 guesses one for each
sample, and they differ more than lights do: a glow is green here and red there. Around
a place light has one hue, so the mean of what is guessed there is nearer, and nearer
still is a part of it: on 220 val views colors of such pixels are off by 0.22 stop
instead of 0.24, and nothing else changes.

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
from hdr_core.inference.blur import blur_of
from hdr_core.stages.context import Context

# Standard deviation of k, as a share of the columns of a plate, or of a view.
REACH = 0.02
# s, share of a guessed color that is kept.
KEEP = 0.75
# Light beyond these, times the clip, weighs no less and no more.
LEAST_WEIGHT, MOST_WEIGHT = 0.25, 64.0
# Samples of which at least so much is clipped may be raised.
CLIPPED = 0.5
DARKEST = 1e-6
# Less of the most weight than this is rounding.
ROUNDING = 1e-9


def settle_light(context: Context, means: Tensor, *, is_sphere: bool) -> Context:
    """Return what stage 3 tells, with one hue to a place and without dark rings.

    Args:
        context: Of a whole plate, (1, C, h, w).
        means: What was seen of it, (1, 7, h', w'), as ``stack_seen`` gives it.
        is_sphere: It is a panorama, w = 2 h.
    """
    size = context.stops.shape[-2:]
    seen = functional.interpolate(means.cpu().double(), size, mode="area")
    light, masks, any_mask = seen.tensor_split([3, 6], dim=1)
    gains = (torch.exp2(context.stops) + context.sources).cpu().double()
    stops = _one_hue(gains, masks.amin(dim=1, keepdim=True), is_sphere=is_sphere)
    told = luminance(light * (1.0 + masks * (gains * torch.exp2(stops) - 1.0)))
    level = torch.log2(told.clamp(min=DARKEST))
    stops = stops + fill_hollows(level, any_mask > CLIPPED, is_sphere=is_sphere) - level
    return Context(
        context.stops + stops.to(context.stops),
        context.log2_spread,
        context.sources * torch.exp2(stops).to(context.sources),
    )


def _one_hue(gains: Tensor, white: Tensor, *, is_sphere: bool) -> Tensor:
    """Return d, in stops, for gains (1, 3, h, w) where ``white`` (1, 1, h, w) is."""
    blur, area = blur_of(*gains.shape[-2:], reach=REACH, is_sphere=is_sphere)
    bright = luminance(gains)
    color = torch.log2(gains / bright)
    weight = white * area * bright.clamp(LEAST_WEIGHT, MOST_WEIGHT)
    near = blur(weight)
    least = max(ROUNDING * near.max().item(), torch.finfo(near.dtype).tiny)
    around = KEEP * blur(weight * color) / near.clamp(min=least)
    around = around - torch.log2(luminance(torch.exp2(around)))
    return white * (around - color)


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
