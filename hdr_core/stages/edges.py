"""What the edges in a plate say of its camera.

Where an edge crosses a pixel, the sensor adds the light of both sides. So between
neighbours a and b the light of the pixel m lies on the straight line from a to b, at a
place t which is the same for red, green and blue, and on the whole as often before the
middle as behind it. A curve bends the line and moves the middle:

    straight   mean log distance of g(m) from the line g(a) g(b), over its length
    middle     mean t - 1/2, from the dark side to the bright one
    place      mean place of m between a and b, for each bin of both; and their count
    flat       share of neighbours of equal value, and of one code more or less

straight and middle are worked out for some likely inverse curves g: the nearer g is to
the camera's, the straighter are the edges and the nearer to 1/2 is t. place says the
same in the plate's own values; flat tells a steep piece of the curve from a flat one.

Source: Lin, Gu, Yamazaki & Shum 2004, "Radiometric calibration from a single image".
"""

import torch
from torch import Tensor

from hdr_core.checks import require_rgb
from hdr_core.errors import ShapeError

PLACE_BINS = 12
FLAT_BINS = 64
CODE = 1 / 255
# A change of fewer codes is noise; values near the ends are clipped.
LEAST_RISE, HIGHEST, BRIGHTEST = 4 * CODE, 252.5 * CODE, 250 * CODE
# Edges between grey and grey are straight for every curve: colored ones are chosen.
LEAST_EDGE = 12 * CODE
MOST_EDGES, FEWEST_EDGES = 1200, 20
# Shares and means of few pixels are drawn to 0.
PRIOR_COUNT = 8.0


def count_edge_statistics(n_curves: int) -> int:
    """Return how many numbers ``edge_statistics`` gives a plate."""
    return 2 * n_curves + PLACE_BINS * (PLACE_BINS + 1) + 2 * FLAT_BINS


def edge_statistics(encoded: Tensor, curves: Tensor) -> Tensor:
    """Return the statistics of each plate.

    Args:
        encoded: (B, 3, H, W) in [0, 1].
        curves: Likely inverse curves, (n, N).

    Returns:
        (B, count_edge_statistics(n)), of the order of 1.

    Raises:
        ShapeError: ``encoded`` is not (B, 3, H, W), or holds NaN.
    """
    require_rgb(encoded, "encoded")
    if bool(encoded.isnan().any()):
        raise ShapeError("encoded: holds NaN.")
    return torch.stack([_statistics(plate, curves) for plate in encoded.float()])


def _statistics(plate: Tensor, curves: Tensor) -> Tensor:
    triples = _triples(plate)
    return torch.cat([_lines(*triples, curves), _places(*triples), _flat(plate)])


def _triples(plate: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return three neighbours in a row or column, each (3, n)."""
    across = plate[:, :, :-2], plate[:, :, 1:-1], plate[:, :, 2:]
    down = plate[:, :-2], plate[:, 1:-1], plate[:, 2:]
    first, middle, last = (
        torch.cat([here.flatten(1), there.flatten(1)], dim=1)
        for here, there in zip(across, down, strict=True)
    )
    return first, middle, last


def _choose(first: Tensor, middle: Tensor, last: Tensor) -> Tensor:
    """Return the indices of the largest edges between colors, none of them clipped."""
    size = (last - first).abs().amax(dim=0)
    brightest = torch.maximum(torch.maximum(first, last), middle).amax(dim=0)
    edges = ((brightest < BRIGHTEST) & (size > LEAST_EDGE)).nonzero().flatten()
    dim = 8 * CODE
    a, b = first[:, edges] + dim, last[:, edges] + dim
    # Sine of the angle between both colors.
    cosine = (a * b).sum(dim=0).square() / (
        a.square().sum(dim=0) * b.square().sum(dim=0)
    )
    apart = (1.0 - cosine).clamp(min=0.0).sqrt()
    score = size[edges] * (apart + 0.02)
    return edges[score.topk(min(MOST_EDGES, len(score))).indices]


def _lines(first: Tensor, middle: Tensor, last: Tensor, curves: Tensor) -> Tensor:
    """Return ``straight`` and ``middle`` of each curve, (2 n,)."""
    chosen = _choose(first, middle, last)
    if len(chosen) < FEWEST_EDGES:
        return curves.new_zeros(2 * len(curves))
    a, m, b = (_look_up(curves, part[:, chosen]) for part in (first, middle, last))
    line, to_middle = b - a, m - a
    length = line.square().sum(dim=1)
    place = (to_middle * line).sum(dim=1) / (length + 1e-8)
    off = (to_middle - place[:, None] * line).square().sum(dim=1)
    off = (off / (length + 1e-6)).sqrt()
    is_between = ((place > 0.1) & (place < 0.9)).float()
    n_between = is_between.sum(dim=1) + FEWEST_EDGES
    straight = (torch.log(off + 0.01) * is_between).sum(dim=1) / n_between
    upwards = torch.where(a.sum(dim=1) < b.sum(dim=1), 1.0, -1.0)
    moved = ((place - 0.5) * upwards * is_between).sum(dim=1) / n_between
    return torch.cat([straight, 8.0 * moved])


def _look_up(curves: Tensor, values: Tensor) -> Tensor:
    """Return values (3, n) through each of the curves: (curves, 3, n)."""
    return curves[:, (values * (curves.shape[1] - 1)).round().long()]


def _places(first: Tensor, middle: Tensor, last: Tensor) -> Tensor:
    """Return mean place and count for each pair of bins."""
    low, high = torch.minimum(first, last), torch.maximum(first, last)
    rises = (high - low >= LEAST_RISE) & (middle >= low) & (middle <= high)
    rises &= high < HIGHEST
    low, high, middle = low[rises], high[rises], middle[rises]
    place = (middle - low) / (high - low) - 0.5
    index = (low * PLACE_BINS).long() * PLACE_BINS + (high * PLACE_BINS).long()
    zeros = place.new_zeros(PLACE_BINS**2)
    total = zeros.index_add(0, index, place)
    count = torch.bincount(index, minlength=PLACE_BINS**2).to(place)
    above = torch.ones(PLACE_BINS, PLACE_BINS, device=place.device).triu().bool()
    above = above.flatten()
    mean = 8.0 * total[above] / (count[above] + PRIOR_COUNT)
    return torch.cat([mean, 0.2 * torch.log1p(count[above])])


def _flat(plate: Tensor) -> Tensor:
    """Return how many neighbours are equal, and one code apart, for each bin."""
    change = plate.diff(dim=2).abs().flatten()
    index = (plate[:, :, 1:].flatten() * (255 / 256) * FLAT_BINS + 1e-4).long()
    count, equal, near = (
        torch.bincount(chosen, minlength=FLAT_BINS).to(plate)
        for chosen in (
            index,
            index[change < 0.5 * CODE],
            index[(change >= 0.5 * CODE) & (change < 1.5 * CODE)],
        )
    )
    return torch.cat([equal, near]) / (count.repeat(2) + PRIOR_COUNT / 2)
