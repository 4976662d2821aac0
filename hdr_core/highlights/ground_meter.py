"""Use the ground of a panorama as a light meter.

    G' = 1 + (1 + s w) (G - 1)        w = L^q (1 - c / L), L from c on, else 0
    E' = E 2^t        t = max(k (m - d), n - d, 0)        d = log2(E / (pi Y))

G  ``gains``: predicted gain of clipped light     L  ``bright``: luminance with gain
E  illuminance of a level ground by everything above the horizon
Y  mean luminance of the ground: 15 degrees below the horizon and lower
s  one factor for the whole sphere, such that E becomes E'
w  weight over its maximum, with c and q of concentrate_highlights.py
k, m, n  the constants SHARE, USUAL_STOPS and LEAST_STOPS

The light of a sun behind a white sky is hard to predict from the sky. But a panorama
shows the ground that this light falls on. Ground of reflectance a has a luminance of
a E / pi. So d is -log2 a, and more in shade. No ground reflects more than snow: that
limits d from below. If stage 3 predicts too little light, d is too small. The error of
stage 3 and the spread of d are independent. So the likeliest d lies between the
measured one and the median, a third of the way by their variances. Light is only
added, because ground may be dark for many reasons.

The added light goes to the brightest samples, such as suns and lamps, because stage 3
predicts too little for these. An even white sky stays. Decision: docs/decisions/018.
"""

import math

import torch
from torch import Tensor

from hdr_core.camera.appearance import luminance
from hdr_core.highlights.concentrate_highlights import peak_weights, read_samples
from hdr_core.highlights.predict import Prediction
from hdr_core.panorama.geometry import row_angles
from hdr_core.panorama.irradiance import axis_weights
from hdr_core.stages.hallucinate.gain_network import GainMaps

# k: variance of stage 3's error, over the sum of this variance and that of d.
SHARE = 1 / 3
# m: median of d over the training panoramas.
USUAL_STOPS = 2.6
# n: d of a reflectance of 0.9, such as that of snow.
LEAST_STOPS = 0.15
# Angle below the horizon where the ground begins, in radians. Walls, trees and hills
# are nearer to the horizon.
BELOW = math.radians(15)
# Largest s. The ground alone must not make a sun that stage 3 hardly predicts.
MOST_FACTOR = 16.0


def meter_ground(prediction: Prediction) -> GainMaps:
    """Return the maps, with more light if the ground of a panorama shows that."""
    maps = prediction.maps
    if not prediction.is_panorama:
        return maps
    light, masks, _, gains = read_samples(prediction)
    added = luminance(light * masks * (gains - 1.0))[0, 0]
    bright = luminance(light)[0, 0] + added
    t = missing_stops(bright)
    _, w = peak_weights(bright)
    from_weighted = _illuminance(added * w)
    if t <= 0.0 or from_weighted <= 0.0:
        return maps
    missing = _illuminance(bright) * (2.0**t - 1.0)
    s = min(missing / from_weighted, MOST_FACTOR)
    factor = 1.0 + w * s
    above_clip = (torch.exp2(maps.stops.cpu().double()) - 1.0).clamp(min=0.0)
    more = torch.log2(1.0 + factor * above_clip).to(maps.stops)
    return GainMaps(
        torch.maximum(maps.stops, more),
        maps.log2_spread,
        maps.sources * factor.to(maps.sources),
    )


def missing_stops(bright: Tensor) -> float:
    """Return t, the stops of illuminance that the ground shows to be missing.

    Args:
        bright: Luminance of the sphere, (h, 2h), 1 = sensor clip.

    Returns:
        t in stops, at least 0. It is 0 if the ground or the sky is black.
    """
    polar = row_angles(len(bright))
    area = torch.sin(polar) * (polar > math.pi / 2 + BELOW)
    ground = float(area @ bright.mean(dim=1) / area.sum())
    illuminance = _illuminance(bright)
    if ground <= 0.0 or illuminance <= 0.0:
        return 0.0
    d = math.log2(illuminance / (math.pi * ground))
    return max(SHARE * (USUAL_STOPS - d), LEAST_STOPS - d, 0.0)


def _illuminance(bright: Tensor) -> float:
    """Return the illuminance of a level ground by a sphere of luminance (h, 2h)."""
    rows, columns = axis_weights(*bright.shape)["up"]
    return float(torch.from_numpy(rows) @ bright @ torch.from_numpy(columns))
