"""Light that stage 3 spread, as it did not know where it was, gathered where it peaks.

    H' = H f + w (k * x / (k * m w))        x = m H (1 - f)
    f = (c / Y)^(b (1 - s)) where Y > c, else 1        w = Y^q (1 - c / Y)

H  light as stage 3 tells it, of each sample of the reduced plate     Y  its luminance
m  how clipped a sample is; x is what f takes away     c, s, q  constants below
k  a Gaussian, scaled (Sinkhorn & Knopp 1967) so that k * m is 1 where m is
b  0 where little around is clipped or light is dim beside the brightest, else 1

A sun behind a white sky is half a degree wide. Stage 3 knows that there is one better
than where: it tells a mound of light around the likeliest place. Here half of the
stops above c are left where they are, as the glow, and the rest goes to where there is
most: every sample shares out what it gives in proportion to w, so that the sum of light
is kept, channel by channel. What is even stays so, as of a window. A lamp fills the
white that it makes, and has no place to be gathered to.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.appearance import luminance
from hdr_core.highlights.blur import Blur, blur_of
from hdr_core.highlights.predict import Prediction
from hdr_core.stages.hallucinate.gain_network import GainMaps

# c, times the clip: skies and walls are dimmer.
FROM_LIGHT = 4.0
# s, share of the stops above c that stay.
STAY = 0.5
# q: the higher, the more the brightest sample gets of what lies around.
POWER = 8.0
# Standard deviation of k, as a share of the columns of a plate, or of a view.
REACH = 0.05
# Share of clipped samples around at which b leaves 0, and at which it is 1.
WHITE = (0.3, 0.6)
# What light reaches of the weights, as a share of the most that any does, at which b
# leaves 0, and at which it is 1: below, there is more rounding than light.
NEAR_BRIGHTEST = (1e-10, 1e-6)
ROUNDING = 1e-11
SINKHORN_STEPS = 10
# Less than this share of a sample is not clipped.
NO_MASS = 1e-6


def concentrate_highlights(prediction: Prediction) -> GainMaps:
    """Return the maps with the light of suns moved to where it peaks."""
    context, is_sphere = prediction.maps, prediction.is_panorama
    height, width = context.stops.shape[-2:]
    light, masks, any_mask, gains = samples_of(prediction)
    bright = luminance(light * (1.0 + masks * (gains - 1.0)))
    if bright.max() <= FROM_LIGHT:
        return context
    blur, area = blur_of(height, width, reach=REACH, is_sphere=is_sphere)
    over, weights = peaks_of(bright)
    clipped = light * masks * area
    share = _shared(blur, any_mask * area)
    reached = share(clipped * weights)
    most = reached.max()
    reached = reached.clamp(min=ROUNDING * most)
    white = blur(any_mask * area) / blur(area.expand_as(any_mask))
    # One factor for all channels of a sample, or its hue would go.
    near = torch.log(reached.amax(dim=1, keepdim=True) / most)
    freely = ramp(white, *WHITE) * ramp(near, *map(math.log, NEAR_BRIGHTEST))
    factor = over ** (freely * (STAY - 1.0))
    gathered = weights * share(clipped * gains * (1.0 - factor) / reached)
    return GainMaps(
        context.stops + torch.log2(factor).to(context.stops),
        context.log2_spread,
        (context.sources.cpu() * factor + gathered).to(context.sources),
    )


def samples_of(prediction: Prediction) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return light, masks, the greatest mask, and gains of each sample, in float64."""
    context = prediction.maps
    size = context.stops.shape[-2:]
    means = functional.interpolate(prediction.means.cpu().double(), size, mode="area")
    light, masks, any_mask = means.tensor_split([3, 6], dim=1)
    gains = (torch.exp2(context.stops) + context.sources).cpu().double()
    return light, masks, any_mask, gains


def peaks_of(bright: Tensor) -> tuple[Tensor, Tensor]:
    """Return luminance over c, at least 1, and w, as a share of what the most has."""
    over = (bright / FROM_LIGHT).clamp(min=1.0)
    return over, (over / over.max()) ** POWER * (1.0 - 1.0 / over)


def ramp(values: Tensor, low: float, high: float) -> Tensor:
    """Return 0 up to ``low``, 1 from ``high`` on, and what lies between linearly."""
    return ((values - low) / (high - low)).clamp(0.0, 1.0)


def _shared(blur: Blur, mass: Tensor) -> Blur:
    """Return a blur scaled so that ``mass`` (1, 1, h, w) becomes 1 where it is.

    Elsewhere it gives nothing: what is left there is rounding, scaled up without end.
    """
    least = torch.finfo(torch.float64).eps * mass.max()
    is_there = mass > NO_MASS * mass.max()
    scale = torch.ones_like(mass)
    for _ in range(SINKHORN_STEPS):
        scale = (scale / blur(mass * scale).clamp(min=least)).sqrt() * is_there
    return lambda planes: scale * blur(scale * planes)
