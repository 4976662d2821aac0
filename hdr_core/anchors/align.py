"""Lay a picture over the plate: a small motion of the camera between both.

Both are ranked first: a pixel becomes the share of darker pixels. So their curves and
exposures do not matter, as long as they increase. The motion is found on thumbnails
(motion.py), and a motion below ``STILL_PX`` is none: to move codes would blur them.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from hdr_core.anchors.statement import Values
from hdr_core.execution.reduce import shrink, size_for_area
from hdr_core.motion import Motion, align, sample
from hdr_core.plate import Pixels

THUMB_AREA_PX = 240 * 320
STILL_PX = 0.75
# Pictures of one view are at least so alike, where they lie over each other.
LEAST_LIKENESS = 0.6


@dataclass(frozen=True)
class Overlay:
    """A picture that lies over the plate.

    Attributes:
        pixels: The picture at the pixels of the plate, (H, W, 3); NaN outside of it.
        likeness: Correlation of both, ranked, in [-1, 1].
        moved_px: Largest motion of a corner, in pixels of the plate.
    """

    pixels: Pixels
    likeness: float
    moved_px: float


def lay_over(plate: Pixels, picture: Pixels) -> Overlay:
    """Return a picture laid over the plate.

    Args:
        plate: (H, W, 3), of any increasing encoding.
        picture: Same shape, of another one.
    """
    motion = _motion(plate, picture)
    moved = _corner_motion(motion.homography, plate.shape[0], plate.shape[1])
    if moved < STILL_PX:
        return Overlay(picture, motion.likeness, 0.0)
    maps = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))
    laid, within = sample(maps, motion.homography)
    laid = torch.where(within > 0.0, laid, torch.nan)
    pixels = np.ascontiguousarray(laid.numpy().transpose(1, 2, 0), np.float32)
    return Overlay(pixels, motion.likeness, moved)


def _motion(plate: Pixels, picture: Pixels) -> Motion:
    first, second = _thumb(plate), _thumb(picture)
    # What either picture clips has no rank of its own, so both end there.
    return align(_ranked(first), _ranked(second))


def _thumb(pixels: Pixels) -> Values:
    """Return the mean of the channels, reduced, (h, w)."""
    size = pixels.shape[0], pixels.shape[1]

    def read(rows: slice) -> Tensor:
        grey = pixels[rows].mean(axis=2, dtype=np.float64)
        return torch.from_numpy(grey)[None, None]

    small = shrink(read, size, size_for_area(size, THUMB_AREA_PX))
    return np.asarray(small[0, 0].numpy())


def _ranked(grey: Values) -> Tensor:
    """Return the share of darker pixels, and half of those that are equal, (h, w)."""
    _, places, counts = np.unique(grey, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - 0.5 * counts) / grey.size
    return torch.from_numpy(ranks[places].reshape(grey.shape))


def _corner_motion(homography: Tensor, height: int, width: int) -> float:
    """Return the largest motion of a corner, in pixels."""
    corners = torch.tensor(
        [[-1.0, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]], dtype=torch.float64
    )
    there = corners @ homography.T
    away = there[:, :2] / there[:, 2:] - corners[:, :2]
    scale = torch.tensor([width / 2, height / 2], dtype=torch.float64)
    return float((away * scale).norm(dim=1).max())
