"""The edges of a plate that tell most of its camera, each with what surrounds it.

An edge is a color m between two others, a and b, in a row or column. Those are chosen
by which likely cameras differ most and whose sides are flat:

    score = spread of the distance of g(m) from the line g(a) g(b) / (flatness + 0.15)

flatness  change beyond a and b over that between them

Neighbours along a border say the same, and err alike: of each cell of 2 x 2 samples the
best is taken.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.appearance import REC709_LUMINANCE
from hdr_core.checks import require_rgb

CODE = 1 / 255
# What is seen of an edge: five samples from side to side, and two beside its middle.
BEFORE, FIRST, MIDDLE, LAST, BEYOND, ABOVE, BELOW = range(7)
REACH = 2
LEAST_EDGE, TOLERANCE = 8 * CODE, 1.5 * CODE
DARKEST, BRIGHTEST = 1.5 * CODE, 251 * CODE
# What flatness adds to a score.
FLATNESS = 0.15
MOST_UNEVEN = 1.0
# Rows and columns of a cell.
CELL = 2
# JPEG codes blocks of so many samples.
BLOCK = 8
N_SEEN = 12


@dataclass(frozen=True)
class Edges:
    """The edges that were chosen in some plates.

    Attributes:
        patches: What is seen of each, encoded, (B, 7, 3, n), or codes in uint8.
        counts: How many there are, (B,); the rest of n is filled.
        plate: What is seen of the plate as a whole, (B, 12).
    """

    patches: Tensor
    counts: Tensor
    plate: Tensor

    @property
    def is_there(self) -> Tensor:
        """Where ``patches`` hold an edge, (B, n)."""
        index = torch.arange(self.patches.shape[3], device=self.counts.device)
        return index < self.counts[:, None]

    @property
    def encoded(self) -> Tensor:
        """The patches in [0, 1]."""
        if self.patches.dtype == torch.uint8:
            return self.patches.float() / 255
        return self.patches


@torch.no_grad()
def find_edges(
    encoded: Tensor, curves: Tensor, *, most: int, scale: float = 1.0, wraps: bool
) -> Edges:
    """Return the edges of each plate that tell most of its camera.

    Args:
        encoded: (B, 3, H, W) in [0, 1]: samples of a plate as they are, no means.
        curves: A few likely inverse curves, (n, N), to choose by.
        most: Edges of each plate.
        scale: Samples of the plate from one of these to the next.
        wraps: Whether the last column is beside the first.
    """
    require_rgb(encoded, "encoded")
    patches, counts, plates = [], [], []
    for plate in encoded.float():
        # The number of its cell goes with a sample as a fourth channel.
        marked = torch.cat([plate, _number_cells(plate)])
        across, down, turns = marked, marked, [0]
        if wraps:
            across, down = _wrap(marked, REACH), _wrap(marked, 1)
            # Blocks begin at the first column, which a panorama has not.
            width = plate.shape[2]
            turns = [0, width // 4, width // 2, width // 2 + width // 4]
        windows = torch.cat([_windows(across), _windows(down.mT)], dim=2)
        edges = _choose(windows[:, :3], windows[MIDDLE, 3], curves, most)
        counts.append(edges.shape[2])
        patches.append(functional.pad(edges, (0, most - edges.shape[2])))
        each = [_see_plate(plate.roll(turn, dims=2), scale) for turn in turns]
        plates.append(torch.stack(each).mean(dim=0))
    count = torch.tensor(counts, device=encoded.device)
    return Edges(torch.stack(patches), count, torch.stack(plates))


def _wrap(plate: Tensor, columns: int) -> Tensor:
    """Return a plate with its last columns before its first, and the other way."""
    return torch.cat([plate[:, :, -columns:], plate, plate[:, :, :columns]], dim=2)


def _number_cells(plate: Tensor) -> Tensor:
    """Return the number of each sample's cell, (1, H, W)."""
    height, width = plate.shape[1:]
    # A multiple of four: a panorama has the same cells after each quarter turn.
    n_across = 4 * max(1, round(width / (4 * CELL)))
    row = torch.arange(height, device=plate.device)[:, None] // CELL
    column = torch.arange(width, device=plate.device) * n_across // width
    return (row * n_across + column).to(plate)[None]


def _choose(patches: Tensor, cells: Tensor, curves: Tensor, most: int) -> Tensor:
    """Return at most ``most`` of the patches (7, 3, n): the edges.

    Args:
        patches: What is seen of each sample.
        cells: The number of its cell, (n,).
        curves: Likely inverse curves to choose by.
        most: Edges wanted.
    """
    first, middle, last = patches[FIRST], patches[MIDDLE], patches[LAST]
    low, high = torch.minimum(first, last), torch.maximum(first, last)
    size = (high - low).amax(dim=0).clamp(min=1e-6)
    beyond = torch.maximum(
        (patches[BEFORE] - first).abs().amax(dim=0),
        (patches[BEYOND] - last).abs().amax(dim=0),
    )
    is_between = (middle >= low - TOLERANCE) & (middle <= high + TOLERANCE)
    is_edge = is_between.all(dim=0) & (size > LEAST_EDGE)
    is_edge &= beyond < MOST_UNEVEN * size
    is_edge &= torch.maximum(high, middle).amax(dim=0) < BRIGHTEST
    is_edge &= torch.minimum(low, middle).amin(dim=0) > DARKEST
    edges = is_edge.nonzero().flatten()
    if not len(edges):
        return patches[:, :, edges]
    told = _differ(first[:, edges], middle[:, edges], last[:, edges], curves)
    score = told / ((beyond / size)[edges] + FLATNESS)
    cell = cells[edges].long()
    best = score.new_zeros(int(cell.max()) + 1)
    best = best.scatter_reduce(0, cell, score, "amax")
    is_best = score == best[cell]
    edges, score = edges[is_best], score[is_best]
    return patches[:, :, edges[score.topk(min(most, len(edges))).indices]]


def _windows(plate: Tensor) -> Tensor:
    """Return what is seen of each sample that is not near the border, (7, C, n)."""
    if plate.shape[1] < 3 or plate.shape[2] <= 2 * REACH:
        return plate.new_zeros(7, len(plate), 0)
    width = plate.shape[2] - 2 * REACH
    along = [plate[:, 1:-1, place : place + width] for place in range(2 * REACH + 1)]
    across = [rows[:, :, REACH:-REACH] for rows in (plate[:, :-2], plate[:, 2:])]
    return torch.stack([part.flatten(1) for part in along + across])


def _differ(first: Tensor, middle: Tensor, last: Tensor, curves: Tensor) -> Tensor:
    """Return how unlike curves (n, N) find the distance of middle from line, (k,)."""
    a, m, b = (look_up(curves, color) for color in (first, middle, last))
    line, to_middle = b - a, m - a
    place = (to_middle * line).sum(dim=1) / (line.square().sum(dim=1) + 1e-9)
    off = to_middle - place.clamp(0.0, 1.0)[:, None] * line
    return off.std(dim=0, correction=0).amax(dim=0)


def look_up(curves: Tensor, values: Tensor) -> Tensor:
    """Return values (3, k) through each of curves (n, N): (n, 3, k)."""
    return curves[:, (values * (curves.shape[1] - 1)).round().long()]


def _see_plate(plate: Tensor, scale: float) -> Tensor:
    """Return what JPEG, noise reduction and resizing leave in a plate, (12,).

    For luma and both chromas: change across the borders of blocks, over all change;
    bend from sample to sample, over change from afar; and its size. Then whether the
    bends of chroma differ from one column to the next; and the scale.
    """
    luma = torch.einsum("c,chw->hw", plate.new_tensor(REC709_LUMINANCE), plate)
    planes = (luma, plate[2] - luma, plate[0] - luma)
    told = [_see_plane(plane) for plane in planes]
    turns = [_see_columns(plane) for plane in planes[1:]]
    size = plate.new_tensor([math.log2(scale)])
    return torch.cat([*told, torch.stack(turns), size])


def _see_plane(plane: Tensor) -> Tensor:
    far = 4
    if min(plane.shape) <= BLOCK:
        return plane.new_zeros(3)
    blocks, bends, distant = [], [], []
    for turned in (plane, plane.mT):
        change = turned.diff(dim=1).abs().mean(dim=0)
        blocks.append(change[BLOCK - 1 :: BLOCK].mean() / (change.mean() + 1e-5))
        bends.append(turned.diff(n=2, dim=1).abs().mean())
        distant.append((turned[:, far:] - turned[:, :-far]).abs().mean())
    block, bend, change_afar = ((a + b) / 2 for a, b in (blocks, bends, distant))
    return torch.stack(
        [
            torch.log(block + 0.02),
            torch.log(bend / (change_afar + 1e-5) + 0.02),
            torch.log(bend / CODE + 0.05) / 2,
        ]
    )


def _see_columns(plane: Tensor) -> Tensor:
    bend = plane.diff(n=2, dim=1).abs().mean(dim=0)
    if len(bend) < 2:
        return plane.new_zeros(())
    even, odd = bend[0::2].mean(), bend[1::2].mean()
    return torch.log((even + 1e-4) / (odd + 1e-4)).abs()
