"""How well each likely curve explains the edges in a plate.

Where an edge crosses a pixel, the sensor adds the light of both sides. So the light of
the pixel m between a and b lies on the line from g(a) to g(b), for the camera's own g.
How far off it is, in codes, weighs every likely curve:

    e(g)  = [g(m) - (1 - t) g(a) - t g(b)] / g'(m)       t  least squares, in [0, 1]
    l(g)  = log( (1 - o) N(e; s^2 v) + o U )             v  error of a, b and m together
    E(g)  = w sum l(g)
    E'(g) = log( exp E(g) + r exp E((g + 1) / 2) + q exp E(1) )     1  straight line

a, m, b  colors of neighbours in a row or column
s, o     error in codes and share of outliers of an edge, told by what surrounds it
w        what an edge of this plate is worth: JPEG, noise and sharpening bend edges too
r, q     odds that a plate was made smaller as codes, not as light: then edges are half
         as bent, or straight as they stand and say nothing of the camera

Source: Lin, Gu, Yamazaki & Shum 2004, "Radiometric calibration from a single image".
Differs: a likelihood with learned weights over all edges, instead of a search for the
one curve that makes the chosen edges straightest.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from hdr_core.config import EdgeLikelihoodConfig
from hdr_core.stages.linearize.edges import (
    CODE,
    FIRST,
    LAST,
    MIDDLE,
    N_SEEN,
    Edges,
)

# Samples over which the slope of a curve is taken.
SLOPE_REACH = 6
LEAST_SLOPE = 1e-3
# Curves weighed at a time: what they need stays in the processor's cache.
SOME_CURVES = 64
# What the networks say before they learnt.
USUAL_ERROR, USUAL_WORTH, USUAL_ODDS = 0.3 * CODE, 0.02, 0.02
# Logs of how far from that they may go: beyond it, a step of training has no end.
ERROR_RANGE, WORTH_RANGE = (-1.5, 3.0), (-5.0, 3.0)
N_SEEN_EDGE = 11
# A plate farther out than this was never seen in training.
MOST_DEVIATIONS = 5.0
# Seen of an edge and averaged for the plate.
N_AVERAGED = 5


class EdgeLikelihood(nn.Module):
    """E' of every likely curve.

    Args:
        config: Sizes of its two small networks.
    """

    def __init__(self, config: EdgeLikelihoodConfig) -> None:
        super().__init__()
        self.config = config
        self.edge = _perceptron(N_SEEN_EDGE, *config.edge_hidden, 3)
        seen = N_SEEN + 1 + N_AVERAGED + 1
        self.plate = _perceptron(seen, config.plate_hidden, 4)
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.zeros(N_SEEN))
        self.register_buffer("deviation", torch.ones(N_SEEN))

    def forward(self, edges: Edges, curves: Tensor) -> Tensor:
        """Return E', (B, n), of likely inverse curves (n, N)."""
        with torch.autocast(edges.plate.device.type, enabled=False):
            line = torch.linspace(0.0, 1.0, curves.shape[1]).to(curves)[None]
            told, odds = self._weigh(
                edges, torch.cat([curves, (curves + line) / 2.0, line])
            )
            own, half, straight = told.tensor_split(
                [len(curves), 2 * len(curves)], dim=1
            )
            half = half + odds[:, :1]
            straight = (straight + odds[:, 1:]).expand_as(own)
            return torch.stack([own, half, straight]).logsumexp(dim=0)

    def _weigh(self, edges: Edges, light: Tensor) -> tuple[Tensor, Tensor]:
        """Return E of each curve of ``light``, (B, n), and log r and log q, (B, 2)."""
        patches, there = edges.encoded, edges.is_there.float()
        first, middle, last = (patches[:, i] for i in (FIRST, MIDDLE, LAST))
        size = (last - first).abs().amax(dim=1).clamp(min=CODE)
        seen = _see_edges(patches, size)
        weight, error, outlier = self.edge(seen).unbind(dim=2)
        weight = torch.sigmoid(weight) * there

        n_there = there.sum(dim=1, keepdim=True)
        mean = (seen[..., :N_AVERAGED] * there[..., None]).sum(dim=1) / (n_there + 1.0)
        normal = (edges.plate - self.mean) / self.deviation
        plate = torch.cat(
            [
                normal.clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS),
                torch.log(edges.counts[:, None] + 1.0) / 4.0 - 1.0,
                mean,
                weight.sum(dim=1, keepdim=True) / (n_there + 1.0),
            ],
            dim=1,
        )
        worth, error_here, *odds = self.plate(plate).unbind(dim=1)
        error = (error + error_here[:, None]).clamp(*ERROR_RANGE)
        error = USUAL_ERROR * torch.exp(error)
        outlier = 0.02 + 0.9 * torch.sigmoid(outlier)
        weight = weight * USUAL_WORTH * torch.exp(worth.clamp(*WORTH_RANGE)[:, None])
        parts = first, middle, last, weight, error, outlier, size
        slopes = _slopes(light)
        each = [
            _log_likelihood(_Seen(*of_plate), light, slopes)
            for of_plate in zip(*parts, strict=True)
        ]
        return torch.stack(each), torch.stack(odds, dim=1) + math.log(USUAL_ODDS)


class _Seen(NamedTuple):
    """Edges of one plate, colors (3, n) and all else (n,)."""

    first: Tensor
    middle: Tensor
    last: Tensor
    weight: Tensor
    error: Tensor
    outlier: Tensor
    size: Tensor


def _perceptron(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.GELU()]
    last = layers[-2]
    assert isinstance(last, nn.Linear)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers[:-1])


def _see_edges(patches: Tensor, size: Tensor) -> Tensor:
    """Return what is seen of edges, (B, n, 11).

    How large an edge is, how uneven its sides and its middle, how colored, where the
    middle lies between the ends, and how bright all of it is.
    """
    before, first, middle, last, beyond, above, below = patches.unbind(dim=1)
    uneven = [
        (one - other).abs().amax(dim=1) / size
        for one, other in (
            (before, first),
            (beyond, last),
            (above, middle),
            (below, middle),
        )
    ]
    dim = 8 * CODE
    a, b = first + dim, last + dim
    cosine = (a * b).sum(dim=1).square()
    cosine = cosine / (a.square().sum(dim=1) * b.square().sum(dim=1))
    line = last - first
    place = ((middle - first) * line).sum(dim=1)
    place = place / (line.square().sum(dim=1) + 1e-6) - 0.5
    seen = [
        torch.log(size * 16.0),
        *uneven,
        (1.0 - cosine).clamp(min=0.0).sqrt() * 2.0,
        place,
        place.abs() * 2.0,
        middle.mean(dim=1) * 2.0 - 1.0,
        torch.minimum(first, last).amin(dim=1) * 2.0,
        torch.maximum(first, last).amax(dim=1) * 2.0 - 1.0,
    ]
    return torch.stack(seen, dim=2).clamp(-4.0, 4.0)


def _slopes(curves: Tensor) -> Tensor:
    """Return the slope of each curve at each sample, (n, N)."""
    rise = curves[:, 2 * SLOPE_REACH :] - curves[:, : -2 * SLOPE_REACH]
    slope = rise * ((curves.shape[1] - 1) / (2 * SLOPE_REACH))
    slope = slope.clamp(min=LEAST_SLOPE)
    reach = (SLOPE_REACH, SLOPE_REACH)
    return nn.functional.pad(slope[None], reach, mode="replicate")[0]


def _log_likelihood(edges: _Seen, light: Tensor, slopes: Tensor) -> Tensor:
    """Return E of each curve, (n,), of one plate's edges."""
    n_parts = -(-len(light) // SOME_CURVES)
    return torch.cat(
        [
            _log_likelihood_of_some(edges, *some)
            for some in zip(light.chunk(n_parts), slopes.chunk(n_parts), strict=True)
        ]
    )


def _log_likelihood_of_some(edges: _Seen, light: Tensor, slopes: Tensor) -> Tensor:
    # Curves come last, (3, k, n): to look a code up is to copy a row.
    table = torch.cat([light, slopes.square()]).T.contiguous()
    ends = (edges.first, edges.middle, edges.last)
    (a, steep_a), (m, steep), (b, steep_b) = (
        _look_up_rows(table, color).chunk(2, dim=2) for color in ends
    )
    line, to_middle = b - a, m - a
    weighted = line / steep
    place = (to_middle * weighted).sum(dim=0) / ((line * weighted).sum(dim=0) + 1e-9)
    place = place.clamp(0.0, 1.0)
    off = torch.addcmul(to_middle, place, line, value=-1.0)
    # Errors of one code in a, m and b, as light; over that of m alone they are codes.
    variance = torch.addcmul(steep, (1.0 - place).square(), steep_a)
    variance = torch.addcmul(variance, place.square(), steep_b)
    squares = (off.square() / variance).sum(dim=0)
    spread = (variance.prod(dim=0) / steep.prod(dim=0)).log()
    usual = torch.log1p(-edges.outlier) - 3.0 * torch.log(edges.error)
    unusual = torch.log(edges.outlier) - 3.0 * torch.log(edges.size / 2.0)
    apart = (usual - unusual)[:, None] - spread / 2.0
    apart = torch.addcmul(
        apart, squares, edges.error.square().reciprocal()[:, None], value=-0.5
    )
    # The log of a sum, twice as fast as logaddexp: what is usual has a density of
    # e^27 at most.
    return edges.weight @ (apart.exp().log1p() + unusual[:, None])


def _look_up_rows(table: Tensor, values: Tensor) -> Tensor:
    """Return the rows of ``table`` (N, n) at values (3, k): (3, k, n)."""
    index = (values * (len(table) - 1)).round().long()
    return table.index_select(0, index.flatten()).view(*index.shape, -1)
