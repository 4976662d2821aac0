"""The ground of a panorama as a light meter.

    G' = 1 + (1 + s w) (G - 1)        w = L^q (1 - c / L), L from c on, else 0
    E' = E 2^t        t = max(k (m - d), n - d, 0)        d = log2(E / pi Y)

G  gain that stage 3 tells of clipped light     L  luminance, G included
E  illuminance of a level ground by all that is above the horizon
Y  mean luminance of what lies 15 degrees below the horizon and lower
s  one factor for the sphere, such that E becomes E'     k, m, n  constants below
w  over its maximum, with c and q as light is gathered (gather.py)

What a sun behind a white sky gives is hard to tell from the sky, but a panorama shows
what it lights. Ground of reflectance a has a luminance of a E / pi: d is -log2 a, and
more where it is in shade. In 101 training panoramas d is 2.6 in the median, with a
median deviation of 1.1 stops, and no ground reflects more than snow. On scenes that it
has not learnt from stage 3 errs by about a stop, mostly as it tells too little, and
then d is too small. The two have nothing to do with each other: what is likeliest lies
between them, a third of the way to the median by their variances. Light is added only,
as ground may be dark for many reasons.

Where it is added matters more to the picture: it goes to where there is most, as suns
and lamps are, which are what stage 3 falls short of. An even white sky stays.
"""

import math

import torch
from torch import Tensor

from hdr_core.camera.appearance import luminance
from hdr_core.highlights.concentrate_highlights import peaks_of, samples_of
from hdr_core.highlights.predict import Prediction
from hdr_core.panorama.geometry import row_angles
from hdr_core.panorama.irradiance import axis_weights
from hdr_core.stages.hallucinate.gain_network import GainMaps

# k: variance of stage 3's stops over that and the variance of d.
SHARE = 1 / 3
# m: median of d.
USUAL_STOPS = 2.6
# n: of a reflectance of 0.9.
LEAST_STOPS = 0.15
# The ground's, in radians; nearer to the horizon are walls, trees and hills.
BELOW = math.radians(15)
# Of s: a sun that stage 3 hardly sees is not made by the ground alone.
MOST_FACTOR = 16.0


def meter_ground(prediction: Prediction) -> GainMaps:
    """Return the maps with more light where the ground of a panorama shows that."""
    context = prediction.maps
    if not prediction.is_panorama:
        return context
    light, masks, _, gains = samples_of(prediction)
    added = luminance(light * masks * (gains - 1.0))[0, 0]
    bright = luminance(light)[0, 0] + added
    stops = missing_stops(bright)
    _, weights = peaks_of(bright)
    from_weighted = _illuminance(added * weights)
    if stops <= 0.0 or from_weighted <= 0.0:
        return context
    missing = _illuminance(bright) * (2.0**stops - 1.0)
    grown = 1.0 + weights * min(missing / from_weighted, MOST_FACTOR)
    beyond = (torch.exp2(context.stops.cpu().double()) - 1.0).clamp(min=0.0)
    more = torch.log2(1.0 + grown * beyond).to(context.stops)
    return GainMaps(
        torch.maximum(context.stops, more),
        context.log2_spread,
        context.sources * grown.to(context.sources),
    )


def missing_stops(bright: Tensor) -> float:
    """Return t for the luminance (h, 2h) of a sphere; 0 where there is no ground."""
    polar = row_angles(len(bright))
    area = torch.sin(polar) * (polar > math.pi / 2 + BELOW)
    ground = float(area @ bright.mean(dim=1) / area.sum())
    falling = _illuminance(bright)
    if ground <= 0.0 or falling <= 0.0:
        return 0.0
    reflected = math.log2(falling / (math.pi * ground))
    return max(SHARE * (USUAL_STOPS - reflected), LEAST_STOPS - reflected, 0.0)


def _illuminance(bright: Tensor) -> float:
    """Return what falls on a level ground from a sphere of luminance (h, 2h)."""
    rows, columns = axis_weights(*bright.shape)["up"]
    return float(torch.from_numpy(rows) @ bright @ torch.from_numpy(columns))
