"""Choose the edges of a plate from which stage 2 learns most about the camera.

    score = d / (f + 0.15)
    d = std over g of the distance from g(m) to the line between g(a) and g(b)
    f = (change from a and b to the samples beyond) / (change from a to b)

a, m, b  three neighbours in a row or column; the color of m lies between a and b
g        a few likely inverse curves
d        disagreement of the likely curves: it is large where the edge decides
f        flatness: it is 0 where both sides of the edge are flat

Source: Lin, Gu, Yamazaki & Shum 2004, "Radiometric calibration from a single image".
Differs: the score is ours. Neighbours along a border carry the same information and
the same error, so each cell of 2 x 2 samples gives only its best edge.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.appearance import REC709_LUMINANCE
from hdr_core.checks import has_values, require_rgb

CODE = 1 / 255
# Samples of a patch: five from side to side, and two beside the middle one.
BEFORE, FIRST, MIDDLE, LAST, BEYOND, ABOVE, BELOW = range(7)
REACH = 2
LEAST_EDGE, TOLERANCE = 8 * CODE, 1.5 * CODE
DARKEST, BRIGHTEST = 1.5 * CODE, 251 * CODE
# Added to the flatness, so that perfectly flat sides do not decide alone.
FLATNESS = 0.15
MOST_UNEVEN = 1.0
# Rows and columns of a cell.
CELL = 2
# Side of a block of JPEG, in samples.
BLOCK = 8
# Number of features of a plate (``_plate_features``).
N_PLATE_FEATURES = 12


@dataclass(frozen=True)
class Edges:
    """The edges that were chosen in a batch of plates.

    Attributes:
        patches: Colors of the samples of each edge, (B, 7, 3, n): encoded, or codes in
            uint8.
        counts: Number of edges of each plate, (B,). The rest of n is filling.
        plate: Features of each plate as a whole, (B, 12).
    """

    patches: Tensor
    counts: Tensor
    plate: Tensor

    @property
    def is_edge(self) -> Tensor:
        """Where ``patches`` hold an edge and no filling, (B, n)."""
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
    encoded: Tensor,
    curves: Tensor,
    *,
    most: int,
    scale: float | Tensor = 1.0,
    wraps: bool,
) -> Edges:
    """Return the most informative edges of each plate.

    Args:
        encoded: Samples of plates in [0, 1], (B, 3, H, W). They must be pixels as
            they are: means of pixels have other edges.
        curves: A few likely inverse curves, (n, N), by which edges are chosen.
        most: Largest number of edges of each plate.
        scale: Distance between two samples, in pixels of the plate.
        wraps: Whether the last column lies beside the first, as in a panorama.

    Raises:
        ShapeError: ``encoded`` is not (B, 3, H, W).
    """
    require_rgb(encoded, "encoded")
    patches, counts, plates = [], [], []
    for plate in encoded.float():
        # The fourth channel of a sample is the number of its cell.
        marked = torch.cat([plate, _number_cells(plate)])
        across, down, turns = marked, marked, [0]
        if wraps:
            across, down = _wrap(marked, REACH), _wrap(marked, 1)
            # A panorama has no first column from which blocks are counted.
            width = plate.shape[2]
            turns = [0, width // 4, width // 2, width // 2 + width // 4]
        windows = torch.cat([_windows(across), _windows(down.mT)], dim=2)
        edges, count = _choose(windows[:, :3], windows[MIDDLE, 3], curves, most)
        counts.append(count)
        patches.append(edges)
        each = [_plate_features(plate.roll(turn, dims=2), scale) for turn in turns]
        plates.append(torch.stack(each).mean(dim=0))
    return Edges(torch.stack(patches), torch.stack(counts), torch.stack(plates))


def _wrap(plate: Tensor, columns: int) -> Tensor:
    """Return a plate with its last columns before its first ones, and vice versa."""
    return torch.cat([plate[:, :, -columns:], plate, plate[:, :, :columns]], dim=2)


def _number_cells(plate: Tensor) -> Tensor:
    """Return the number of each sample's cell, (1, H, W)."""
    height, width = plate.shape[1:]
    # A multiple of four, so that a panorama has the same cells after a quarter turn.
    n_across = 4 * max(1, round(width / (4 * CELL)))
    row = torch.arange(height, device=plate.device)[:, None] // CELL
    column = torch.arange(width, device=plate.device) * n_across // width
    return (row * n_across + column).to(plate)[None]


def _windows(plate: Tensor) -> Tensor:
    """Return the patch of each sample that is not near the border, (7, C, n)."""
    if plate.shape[1] < 3 or plate.shape[2] <= 2 * REACH:
        return plate.new_zeros(7, len(plate), 0)
    width = plate.shape[2] - 2 * REACH
    along = [plate[:, 1:-1, place : place + width] for place in range(2 * REACH + 1)]
    across = [rows[:, :, REACH:-REACH] for rows in (plate[:, :-2], plate[:, 2:])]
    return torch.stack([part.flatten(1) for part in along + across])


def _choose(
    patches: Tensor, cells: Tensor, curves: Tensor, most: int
) -> tuple[Tensor, Tensor]:
    """Return ``most`` of the patches (7, 3, n), and how many are no filling, ().

    They are those with the best scores, best first. The shape of the result depends on
    no value, as captured graphs need it (export/capture.py).

    Args:
        patches: One patch for each sample.
        cells: The number of each sample's cell, (n,).
        curves: Likely inverse curves by which edges are chosen.
        most: Number of patches to return.
    """
    is_edge, f = _find_usable(patches)
    edges = is_edge.nonzero().flatten()
    if has_values(edges) and not len(edges):
        nothing = patches.new_zeros(*patches.shape[:2], most)
        return nothing, cells.new_zeros((), dtype=torch.long)
    a, m, b = (patches[place][:, edges] for place in (FIRST, MIDDLE, LAST))
    d = _disagreement(a, m, b, curves)
    score = d / (f[edges] + FLATNESS)
    cell = cells[edges].long()
    # There are fewer cells than patches.
    best = torch.zeros_like(cells).scatter_reduce(0, cell, score, "amax")
    score = torch.where(score == best[cell], score, -1.0)
    top = functional.pad(score, (0, most), value=-1.0).topk(most)
    is_there = top.values >= 0.0
    places = functional.pad(edges, (0, most))[top.indices]
    return patches[:, :, places] * is_there, is_there.sum()


def _find_usable(patches: Tensor) -> tuple[Tensor, Tensor]:
    """Return which patches (7, 3, n) are usable edges, and f of each, (n,)."""
    a, m, b = patches[FIRST], patches[MIDDLE], patches[LAST]
    size = (b - a).abs().amax(dim=0).clamp(min=1e-6)
    beyond = torch.maximum(
        (patches[BEFORE] - a).abs().amax(dim=0),
        (patches[BEYOND] - b).abs().amax(dim=0),
    )
    is_edge = _is_usable(a, m, b) & (size > LEAST_EDGE) & (beyond < MOST_UNEVEN * size)
    return is_edge, beyond / size


def _is_usable(a: Tensor, m: Tensor, b: Tensor) -> Tensor:
    """Return whether m lies between a and b, and none is clipped or black, (n,)."""
    low, high = torch.minimum(a, b), torch.maximum(a, b)
    is_between = (m >= low - TOLERANCE) & (m <= high + TOLERANCE)
    is_below_clip = torch.maximum(high, m).amax(dim=0) < BRIGHTEST
    is_above_black = torch.minimum(low, m).amin(dim=0) > DARKEST
    return is_between.all(dim=0) & is_below_clip & is_above_black


def _disagreement(a: Tensor, m: Tensor, b: Tensor, curves: Tensor) -> Tensor:
    """Return d, how much curves (n, N) differ in the distance of m to the line, (k,).

    Args:
        a: Colors of the first sides, (3, k).
        m: Colors of the middles, (3, k).
        b: Colors of the last sides, (3, k).
        curves: Likely inverse curves.
    """
    a, m, b = (look_up(curves, color) for color in (a, m, b))
    line, to_middle = b - a, m - a
    place = (to_middle * line).sum(dim=1) / (line.square().sum(dim=1) + 1e-9)
    off = to_middle - place.clamp(0.0, 1.0)[:, None] * line
    return off.std(dim=0, correction=0).amax(dim=0)


def look_up(curves: Tensor, values: Tensor) -> Tensor:
    """Return values (3, k) through each of curves (n, N): (n, 3, k)."""
    return curves[:, (values * (curves.shape[1] - 1)).round().long()]


def _plate_features(plate: Tensor, scale: float | Tensor) -> Tensor:
    """Return features of JPEG, noise reduction and resizing in a plate, (12,).

    Three features each of luma and both chromas (``_plane_features``). Then, for both
    chromas, how much second differences vary between even and odd columns. Then log2
    of the scale.
    """
    luma = torch.einsum("c,chw->hw", plate.new_tensor(REC709_LUMINANCE), plate)
    planes = (luma, plate[2] - luma, plate[0] - luma)
    features = [_plane_features(plane) for plane in planes]
    columns = [_column_difference(plane) for plane in planes[1:]]
    size = torch.log2(torch.as_tensor(scale, dtype=torch.float64))
    return torch.cat([*features, torch.stack(columns), size.to(plate)[None]])


def _plane_features(plane: Tensor) -> Tensor:
    """Return logs of three features of a plane, (3,).

    The change across borders of blocks over all change; the second difference over
    the change from sample to distant sample; and the second difference.
    """
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


def _column_difference(plane: Tensor) -> Tensor:
    """Return |log| of the second differences of even columns over those of odd ones."""
    bend = plane.diff(n=2, dim=1).abs().mean(dim=0)
    if len(bend) < 2:
        return plane.new_zeros(())
    even, odd = bend[0::2].mean(), bend[1::2].mean()
    return torch.log((even + 1e-4) / (odd + 1e-4)).abs()
