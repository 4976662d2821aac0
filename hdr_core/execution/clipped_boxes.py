"""Rectangles around the clipped pixels of a tile.

Stages 3 and 4 change clipped pixels only, so they need to run only there. The cost of a
rectangle is its area plus the margin that the networks read around it. A rectangle is
cut in two, at its longest gap or in the middle, as long as the parts cost less.
"""

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.bool_]
Box = tuple[slice, slice]

# Most that the parts may cost, as a share of the whole. Each part takes some dozen
# more calls of the networks.
WORTH = 0.85


def find_clipped_boxes(is_clipped: Cells, *, cell_px: int, margin_px: int) -> list[Box]:
    """Return rectangles of pixels that hold all clipped ones.

    Args:
        is_clipped: (H, W).
        cell_px: Edges of rectangles are multiples of it, or the end of the image.
        margin_px: Pixels that the networks read on each side of a rectangle.

    Returns:
        (rows, columns) of each rectangle. They do not overlap. Empty if no pixel is
        clipped.
    """
    height, width = is_clipped.shape
    padded = np.pad(is_clipped, ((0, -height % cell_px), (0, -width % cell_px)))
    n_rows, n_columns = padded.shape[0] // cell_px, padded.shape[1] // cell_px
    blocks = padded.reshape(n_rows, cell_px, n_columns, cell_px)
    cells = np.asarray(blocks.any(axis=(1, 3)))
    _, boxes = _cut(cells, 0, 0, margin_px / cell_px)
    return [
        (
            slice(rows.start * cell_px, min(rows.stop * cell_px, height)),
            slice(columns.start * cell_px, min(columns.stop * cell_px, width)),
        )
        for rows, columns in boxes
    ]


def _cut(cells: Cells, top: int, left: int, margin: float) -> tuple[float, list[Box]]:
    """Return the cost of the boxes around some cells, and the boxes, in cells."""
    rows, columns = (np.flatnonzero(cells.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0.0, []
    first, end = (rows[0], columns[0]), (rows[-1] + 1, columns[-1] + 1)
    held = cells[first[0] : end[0], first[1] : end[1]]
    top, left = top + int(first[0]), left + int(first[1])
    height, width = held.shape
    cost = (height + 2 * margin) * (width + 2 * margin)
    box = slice(top, top + height), slice(left, left + width)
    # Without a gap, parts would only add margins.
    if held.all():
        return cost, [box]
    axis, place = _place(held)
    here, there = np.split(held, [place], axis=axis)
    cost_here, boxes_here = _cut(here, top, left, margin)
    beyond = (top + place, left) if axis == 0 else (top, left + place)
    cost_there, boxes_there = _cut(there, *beyond, margin)
    if cost_here + cost_there < WORTH * cost:
        return cost_here + cost_there, boxes_here + boxes_there
    return cost, [box]


def _place(cells: Cells) -> tuple[int, int]:
    """Return the axis and the place of the cut: the longest gap.

    The longer side is halved if there is no gap.
    """
    axis = int(cells.shape[1] > cells.shape[0])
    place, longest = cells.shape[axis] // 2, 1
    for along in (0, 1):
        used = np.flatnonzero(cells.any(axis=1 - along))
        steps = np.diff(used, append=used[-1])
        if steps.max() > longest:
            axis, longest = along, int(steps.max())
            place = int(used[steps.argmax()]) + 1
    return axis, place
