"""Codec noise in lamps: what lies in a pit between clipped values clipped too.

A lossy encoder leaves a clipped lamp uneven: values that were at clip come back up to
20 codes below it, in each channel elsewhere. Taken at its word such a value may not be
brighter than 1, while its neighbours get the light of a lamp: specks of every color.

    k' = max(k, s)     where k >= n - d, s >= n - t, and l < n / 4

k, n  a code, the largest one    s  the 7th largest code of 5 x 5 pixels, of a channel
t     tolerance of the promise   d  how far a clipped code falls, by the file's quality
l     least code within 8 pixels, a block of JPEG: such noise comes with edges, and a
      bright sky's codes are codes

What is lifted by more than the tolerance is counted and told: there the promise is kept
for k', not for k.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from hdr_core.execution.reduce import sum_windows
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.execution.tiles import Cutter, Tile
from hdr_core.plate import Plate

Array = NDArray[np.float32]

NEAR_PX = 2
WINDOW_PX = 2 * NEAR_PX + 1
FEWEST_CLIPPED = 7
BLOCK_PX = 8
DARK = 0.25
# Codes by which a clipped value falls, by the quality of the JPEG: the 99.5th
# percentile at 4:2:0, measured by benchmarks/jpeg_tolerance.py.
DEPTH_BY_QUALITY = ((50, 39.0), (75, 30.0), (85, 26.0), (92, 22.0), (98, 20.0))
# Codes over n are rounded in float32.
ROUNDING = 0.01
# Windows that are ranked at once: 25 MB.
PIECE = 2**18


class Filled(NamedTuple):
    """A plate whose pits are filled.

    Attributes:
        encoded: (H, W, 3); the very array that was given where there is no pit.
        n_deep: Values that were lifted by more than the tolerance.
    """

    encoded: Array
    n_deep: int


def depth_for_quality(quality: int) -> float:
    """Return by how many codes of 8 bits a clipped value may fall."""
    qualities, codes = zip(*DEPTH_BY_QUALITY, strict=True)
    return float(np.interp(quality, qualities, codes))


def fill_clip_undershoot(
    encoded: Array,
    plate: Plate,
    *,
    tolerance_codes: float,
    size_px: int,
    is_panorama: bool,
    scratch: Scratch,
) -> Filled:
    """Return ``encoded`` without the pits that its codec left in clipped light.

    Args:
        encoded: The pixels of ``plate``, (H, W, 3), in [0, 1].
        plate: Tells the quality; a lossless one has no pits.
        tolerance_codes: Of the promise; 0: every code is meant.
        size_px: Side of a tile; the result does not depend on it.
        is_panorama: It has no border.
        scratch: Where the result lies.
    """
    if plate.lossy_quality is None or tolerance_codes <= 0.0:
        return Filled(encoded, 0)
    max_code = plate.max_code
    depth_codes = depth_for_quality(plate.lossy_quality) * max_code / 255
    lowest = 1.0 - (depth_codes + ROUNDING) / max_code
    clipped = 1.0 - (tolerance_codes + ROUNDING) / max_code
    filled: Array | None = None

    def work(tile: Tile) -> None:
        nonlocal filled
        raised = raise_undershoot(tile.crop(encoded), lowest=lowest, clipped=clipped)
        if raised is None:
            return
        if filled is None:
            filled = scratch.zeros(encoded.shape)
            for band in bands(encoded):
                filled[band] = encoded[band]
        tile.place(raised, filled)

    cutter = Cutter(size_px, BLOCK_PX, 1, is_around=is_panorama)
    cutter.run((plate.height, plate.width), work)
    if filled is None:
        return Filled(encoded, 0)
    deep = [
        np.count_nonzero((filled[band] > encoded[band]) & (encoded[band] < clipped))
        for band in bands(encoded)
    ]
    return Filled(filled, int(sum(deep)))


def raise_undershoot(encoded: Array, *, lowest: float, clipped: float) -> Array | None:
    """Return pixels (h, w, 3) with their pits filled; None where there is none.

    Args:
        encoded: In [0, 1]; its border stands for what lies beyond.
        lowest: Value from which on one may be lifted.
        clipped: Value from which on one may be clipped.
    """
    if not (encoded >= clipped).any():
        return None
    planes = torch.from_numpy(encoded.transpose(2, 0, 1).copy())
    padded = functional.pad(planes[None], (NEAR_PX,) * 4, mode="replicate")[0]
    n_clipped = sum_windows((padded >= clipped).byte(), NEAR_PX)
    is_undershoot = (n_clipped >= FEWEST_CLIPPED) & (planes >= lowest) & (planes < 1.0)
    if not is_undershoot.any():
        return None
    dark = functional.pad((planes.amin(dim=0) < DARK).short(), (BLOCK_PX,) * 4)
    is_near = sum_windows(dark, BLOCK_PX) > 0
    places = (is_undershoot & is_near).nonzero()
    windows = padded.unfold(1, WINDOW_PX, 1).unfold(2, WINDOW_PX, 1)
    is_raised = False
    for some in torch.split(places, PIECE):
        index = torch.unbind(some, dim=1)
        around: Tensor = windows[index].flatten(1)
        enough = around.topk(FEWEST_CLIPPED, dim=1).values[:, -1]
        is_raised |= bool((enough > planes[index]).any())
        planes[index] = torch.maximum(planes[index], enough)
    return planes.permute(1, 2, 0).numpy() if is_raised else None
