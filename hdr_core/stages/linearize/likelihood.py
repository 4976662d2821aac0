"""Compute how well each likely curve explains the edges in a plate.

Where an edge crosses a pixel, the sensor adds the light of both sides. So the light of
the pixel m between a and b lies on the line from g(a) to g(b), if g is the camera's
own inverse curve. The distance to this line, in codes, weighs each likely curve:

    e(g)  = [g(m) - (1 - t) g(a) - t g(b)] / g'(m)
    l(g)  = log( (1 - o) N(e; s^2 v) + o U )
    E(g)  = sum over edges of w l(g)
    E'(g) = log( exp E(g) + r exp E((g + i) / 2) + q exp E(i) )

a, m, b  colors of three neighbours in a row or column
t        place of m on the line, in [0, 1], by least squares
N        normal density of variance s^2 v    v  squared error of a, m and b together,
         as a multiple of that of m alone
U        constant density of an outlier, (2 / size)^3 up to the factor of N
s, o     error in codes and share of outliers of an edge, from its features
w        weight of an edge: JPEG, noise and sharpening bend edges too
i        the straight line i(x) = x
r, q     odds that a plate was resized as codes, not as light. Then edges are bent half
         as much (r), or are straight already and carry no information (q)

Source: Lin, Gu, Yamazaki & Shum 2004, "Radiometric calibration from a single image".
Differs: they search for the one curve that makes chosen edges straightest. Here, all
edges give a likelihood, and two small networks learn s, o, w, r and q.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from hdr_core.checks import has_values
from hdr_core.config import EdgeLikelihoodConfig
from hdr_core.stages.linearize.edges import (
    CODE,
    FIRST,
    LAST,
    MIDDLE,
    N_PLATE_FEATURES,
    Edges,
)

# Samples over which the slope of a curve is taken.
SLOPE_REACH = 6
LEAST_SLOPE = 1e-3
# Curves weighed at a time, so that their arrays fit into the processor's cache.
CURVES_AT_ONCE = 64
# The same in a captured graph, which has a copy of all nodes for each part.
CURVES_OF_A_GRAPH = 512
# Results of fresh networks.
USUAL_ERROR, USUAL_WEIGHT, USUAL_ODDS = 0.3 * CODE, 0.02, 0.02
# Range of the logs relative to these. Without it, a training step has no bound.
ERROR_RANGE, WEIGHT_RANGE = (-1.5, 3.0), (-5.0, 3.0)
N_EDGE_FEATURES = 11
# Features farther out do not occur in training.
MOST_DEVIATIONS = 5.0
# The first features of edges, of which the plate's network gets the means.
N_AVERAGED = 5


class EdgeLikelihood(nn.Module):
    """E' of each likely curve.

    Args:
        config: Sizes of the two small networks.
    """

    def __init__(self, config: EdgeLikelihoodConfig) -> None:
        super().__init__()
        self.config = config
        self.edge = _perceptron(N_EDGE_FEATURES, *config.edge_hidden, 3)
        n_inputs = N_PLATE_FEATURES + 1 + N_AVERAGED + 1
        self.plate = _perceptron(n_inputs, config.plate_hidden, 4)
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.zeros(N_PLATE_FEATURES))
        self.register_buffer("deviation", torch.ones(N_PLATE_FEATURES))

    def forward(self, edges: Edges, curves: Tensor) -> Tensor:
        """Return E', (B, n), of likely inverse curves (n, N)."""
        with torch.autocast(edges.plate.device.type, enabled=False):
            i = torch.linspace(0.0, 1.0, curves.shape[1]).to(curves)[None]
            log_likelihood, log_odds = self._weigh(
                edges, torch.cat([curves, (curves + i) / 2.0, i])
            )
            own, half, straight = log_likelihood.tensor_split(
                [len(curves), 2 * len(curves)], dim=1
            )
            half = half + log_odds[:, :1]
            straight = (straight + log_odds[:, 1:]).expand_as(own)
            return torch.stack([own, half, straight]).logsumexp(dim=0)

    def _weigh(self, edges: Edges, curves: Tensor) -> tuple[Tensor, Tensor]:
        """Return E of each of curves (n, N), (B, n); then log r and log q, (B, 2)."""
        a, m, b = (edges.encoded[:, sample] for sample in (FIRST, MIDDLE, LAST))
        size = (b - a).abs().amax(dim=1).clamp(min=CODE)
        w, s, o, log_odds = self._predict(edges, size)
        slopes = _slopes(curves)
        each = [
            _log_likelihood(_PlateEdges(*of_plate), curves, slopes)
            for of_plate in zip(a, m, b, w, s, o, size, strict=True)
        ]
        return torch.stack(each), log_odds

    def _predict(
        self, edges: Edges, size: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return w, s and o of each edge, (B, n), then log r and log q, (B, 2)."""
        is_edge = edges.is_edge.float()
        features = _edge_features(edges.encoded, size)
        w, s, o = self.edge(features).unbind(dim=2)
        w = torch.sigmoid(w) * is_edge

        n_edges = is_edge.sum(dim=1, keepdim=True)
        mean = (features[..., :N_AVERAGED] * is_edge[..., None]).sum(dim=1)
        normal = (edges.plate - self.mean) / self.deviation
        plate = torch.cat(
            [
                normal.clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS),
                torch.log(edges.counts[:, None] + 1.0) / 4.0 - 1.0,
                mean / (n_edges + 1.0),
                w.sum(dim=1, keepdim=True) / (n_edges + 1.0),
            ],
            dim=1,
        )
        w_plate, s_plate, *log_odds = self.plate(plate).unbind(dim=1)
        s = USUAL_ERROR * torch.exp((s + s_plate[:, None]).clamp(*ERROR_RANGE))
        o = 0.02 + 0.9 * torch.sigmoid(o)
        w = w * USUAL_WEIGHT * torch.exp(w_plate.clamp(*WEIGHT_RANGE)[:, None])
        return w, s, o, torch.stack(log_odds, dim=1) + math.log(USUAL_ODDS)


class _PlateEdges(NamedTuple):
    """Edges of one plate, in the letters of the module: colors (3, n), others (n,)."""

    a: Tensor
    m: Tensor
    b: Tensor
    w: Tensor
    s: Tensor
    o: Tensor
    size: Tensor


def _perceptron(*widths: int) -> nn.Sequential:
    """Return a perceptron whose last layer starts at 0."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.GELU()]
    last = layers[-2]
    assert isinstance(last, nn.Linear)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers[:-1])


def _edge_features(patches: Tensor, size: Tensor) -> Tensor:
    """Return features of each edge, (B, n, 11).

    Its size, how uneven its sides and its middle are, how much its color changes,
    where the middle lies between the ends, and how bright all of it is.
    """
    before, a, m, b, beyond, above, below = patches.unbind(dim=1)
    uneven = [
        (one - other).abs().amax(dim=1) / size
        for one, other in ((before, a), (beyond, b), (above, m), (below, m))
    ]
    line = b - a
    place = ((m - a) * line).sum(dim=1)
    place = place / (line.square().sum(dim=1) + 1e-6) - 0.5
    features = [
        torch.log(size * 16.0),
        *uneven,
        _sine_between(a + 8 * CODE, b + 8 * CODE) * 2.0,
        place,
        place.abs() * 2.0,
        m.mean(dim=1) * 2.0 - 1.0,
        torch.minimum(a, b).amin(dim=1) * 2.0,
        torch.maximum(a, b).amax(dim=1) * 2.0 - 1.0,
    ]
    return torch.stack(features, dim=2).clamp(-4.0, 4.0)


def _sine_between(a: Tensor, b: Tensor) -> Tensor:
    """Return the sine of the angle between colors (B, 3, n), (B, n)."""
    cosine = (a * b).sum(dim=1).square()
    cosine = cosine / (a.square().sum(dim=1) * b.square().sum(dim=1))
    return (1.0 - cosine).clamp(min=0.0).sqrt()


def _slopes(curves: Tensor) -> Tensor:
    """Return g', the slope of each curve at each sample, (n, N)."""
    rise = curves[:, 2 * SLOPE_REACH :] - curves[:, : -2 * SLOPE_REACH]
    slope = rise * ((curves.shape[1] - 1) / (2 * SLOPE_REACH))
    slope = slope.clamp(min=LEAST_SLOPE)
    reach = (SLOPE_REACH, SLOPE_REACH)
    return nn.functional.pad(slope[None], reach, mode="replicate")[0]


def _log_likelihood(edges: _PlateEdges, curves: Tensor, slopes: Tensor) -> Tensor:
    """Return E of each curve, (n,), from the edges of one plate."""
    n_at_once = CURVES_AT_ONCE if has_values(edges.a) else CURVES_OF_A_GRAPH
    n_parts = -(-len(curves) // n_at_once)
    return torch.cat(
        [
            _log_likelihood_of_part(edges, *part)
            for part in zip(curves.chunk(n_parts), slopes.chunk(n_parts), strict=True)
        ]
    )


def _log_likelihood_of_part(
    edges: _PlateEdges, curves: Tensor, slopes: Tensor
) -> Tensor:
    # Curves are the last dimension, (3, k, n): then to look up a code is to copy a row.
    table = torch.cat([curves, slopes.square()]).T.contiguous()
    # g and the square of g' at a, m and b.
    (a, slope_a), (m, slope_m), (b, slope_b) = (
        _look_up_rows(table, color).chunk(2, dim=2) for color in edges[:3]
    )
    line, to_middle = b - a, m - a
    weighted = line / slope_m
    t = (to_middle * weighted).sum(dim=0) / ((line * weighted).sum(dim=0) + 1e-9)
    t = t.clamp(0.0, 1.0)
    off = torch.addcmul(to_middle, t, line, value=-1.0)
    # Errors of one code in a, m and b, as light. Divided by slope_m, this is v.
    variance = torch.addcmul(slope_m, (1.0 - t).square(), slope_a)
    variance = torch.addcmul(variance, t.square(), slope_b)
    squares = (off.square() / variance).sum(dim=0)
    log_v = (variance.prod(dim=0) / slope_m.prod(dim=0)).log()
    normal = torch.log1p(-edges.o) - 3.0 * torch.log(edges.s)
    outlier = torch.log(edges.o) - 3.0 * torch.log(edges.size / 2.0)
    ratio = (normal - outlier)[:, None] - log_v / 2.0
    ratio = torch.addcmul(
        ratio, squares, edges.s.square().reciprocal()[:, None], value=-0.5
    )
    # The log of a sum, twice as fast as logaddexp. It cannot overflow: the normal
    # density is at most e^27.
    return edges.w @ (ratio.exp().log1p() + outlier[:, None])


def _look_up_rows(table: Tensor, values: Tensor) -> Tensor:
    """Return the rows of ``table`` (N, n) at values (3, k): (3, k, n)."""
    index = (values * (len(table) - 1)).round().long()
    return table.index_select(0, index.flatten()).view(*index.shape, -1)
