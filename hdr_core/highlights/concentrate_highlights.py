"""Move the light of suns to where it peaks.

    G' = G f + w (k * (x / r))        x = m L G (1 - f)        r = k * (m L w)
    f = (c / Y)^(b (1 - s)) where Y > c, else 1        w = Y^q (1 - c / Y)

G, L  ``gains``: predicted gain of clipped light; ``light`` of the reduced plate
Y     ``bright``: luminance of the light with its gain
m     ``masks``: how clipped each channel of a sample is
x, f  the light that f removes; f is the share that stays
k     Gaussian, scaled (Sinkhorn & Knopp 1967) so that k * m is 1 where m is not 0
w     weight with which a sample receives the removed light
b     0 where little of the surroundings is clipped, or where all light is dim; else 1
c, s, q  the constants FROM_LIGHT, STAY and POWER

A sun behind a white sky is half a degree wide. Stage 3 knows that there is a sun, but
hardly where. So it predicts a broad peak around the likeliest place. Here a share of
the stops above c stays where it is, as the glow. The rest moves to the brightest
samples: each sample distributes its light x in proportion to w. This keeps the sum of
the light, channel by channel. Even light stays even, such as a window's. A lamp fills
the white region that it makes, so there b is 0. Decision: docs/decisions/016.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.appearance import luminance
from hdr_core.checks import has_values
from hdr_core.highlights.blur import Blur, make_blur
from hdr_core.highlights.predict import Prediction
from hdr_core.stages.hallucinate.gain_network import GainMaps

# c, as a multiple of the clip. Skies and walls are dimmer.
FROM_LIGHT = 4.0
# s: share of the stops above c that stay.
STAY = 0.5
# q: a higher power moves more of the light to the brightest sample.
POWER = 8.0
# Standard deviation of k, as a share of the columns of a plate or of a view.
REACH = 0.05
# Clipped share of the surroundings at which b leaves 0, and at which it reaches 1.
WHITE = (0.3, 0.6)
# r, as a share of its maximum, at which b leaves 0, and at which it reaches 1. Below,
# rounding errors are larger than the light.
BRIGHT_ENOUGH = (1e-10, 1e-6)
# r is at least this share of its maximum, so that no rounding error is divided by.
ROUNDING = 1e-11
# Least r and least mass. Where nothing is bright or clipped, no 0 is divided by 0.
NO_LIGHT = 1e-30
SINKHORN_STEPS = 10
# A sample counts as clipped from this share of the largest mass on.
NO_MASS = 1e-6


def concentrate_highlights(prediction: Prediction) -> GainMaps:
    """Return the maps with the light of suns moved to where it peaks."""
    maps, is_sphere = prediction.maps, prediction.is_panorama
    height, width = maps.stops.shape[-2:]
    light, masks, any_mask, gains = read_samples(prediction)
    bright = luminance(light * (1.0 + masks * (gains - 1.0)))
    is_dim = bright.max() <= FROM_LIGHT
    if has_values(is_dim) and is_dim:
        return maps
    blur, area = make_blur(height, width, reach=REACH, is_sphere=is_sphere)
    over, w = peak_weights(bright)
    clipped = light * masks * area
    k = _scale_blur(blur, any_mask * area)
    r = k(clipped * w)
    most = r.max().clamp(min=NO_LIGHT)
    r = r.clamp(min=ROUNDING * most)
    white = blur(any_mask * area) / blur(area.expand_as(any_mask))
    # One factor for all channels of a sample, so that its hue stays.
    log_r = torch.log(r.amax(dim=1, keepdim=True) / most)
    b = ramp(white, *WHITE) * ramp(log_r, *map(math.log, BRIGHT_ENOUGH))
    f = over ** (b * (STAY - 1.0))
    concentrated = w * k(clipped * gains * (1.0 - f) / r)
    stops = maps.stops + torch.log2(f).to(maps.stops)
    sources = (maps.sources.cpu() * f + concentrated).to(maps.sources)
    if not has_values(is_dim):
        stops = torch.where(is_dim, maps.stops, stops)
        sources = torch.where(is_dim, maps.sources, sources)
    return GainMaps(stops, maps.log2_spread, sources)


def read_samples(prediction: Prediction) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return what a prediction holds for each sample of its maps, in float64.

    Returns:
        Light (1, 3, h, w); clip mask of each channel, same shape; the largest of these
        masks (1, 1, h, w); gain of clipped light, with that of sources (1, 3, h, w).
    """
    maps = prediction.maps
    size = maps.stops.shape[-2:]
    means = prediction.means.cpu().double()
    if means.shape[-2:] != size:
        means = functional.interpolate(means, size, mode="area")
    light, masks, any_mask = means.tensor_split([3, 6], dim=1)
    gains = (torch.exp2(maps.stops) + maps.sources).cpu().double()
    return light, masks, any_mask, gains


def peak_weights(bright: Tensor) -> tuple[Tensor, Tensor]:
    """Return Y / c, at least 1, and w as a share of its largest possible value.

    Args:
        bright: Luminance Y, 1 = sensor clip, any shape.
    """
    over = (bright / FROM_LIGHT).clamp(min=1.0)
    return over, (over / over.max()) ** POWER * (1.0 - 1.0 / over)


def ramp(values: Tensor, low: float, high: float) -> Tensor:
    """Return 0 up to ``low``, 1 from ``high`` on, and a straight line between them."""
    return ((values - low) / (high - low)).clamp(0.0, 1.0)


def _scale_blur(blur: Blur, mass: Tensor) -> Blur:
    """Return a blur scaled so that ``mass`` (1, 1, h, w) becomes 1 where it is not 0.

    Elsewhere the result is 0, because the scale would only enlarge rounding errors.
    """
    least = (torch.finfo(torch.float64).eps * mass.max()).clamp(min=NO_LIGHT)
    is_there = mass > NO_MASS * mass.max()
    scale = torch.ones_like(mass)
    for _ in range(SINKHORN_STEPS):
        scale = (scale / blur(mass * scale).clamp(min=least)).sqrt() * is_there
    return lambda planes: scale * blur(scale * planes)
