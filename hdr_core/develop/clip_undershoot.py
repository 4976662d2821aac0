"""Fill clip undershoot: values between clipped values that a codec took from the clip.

    k' = max(k, s)     where k >= n - d, s >= n - t, and l < n / 4

k, n  a code; the largest code
s     7th largest code of 5 x 5 pixels, in the same channel
t     tolerance of the promise
d     how far a clipped code may fall, by the quality of the file
l     least code within 8 pixels, which is a block of a JPEG

A lossy encoder leaves a clipped lamp uneven. Clipped values come back as lower codes,
at other pixels in each channel. Taken as measured, such a value may not be brighter
than 1, while its neighbours get the light of a lamp: the result has specks of every
color. Such noise comes with hard edges, so l asks for dark nearby. The codes of a
bright, smooth sky are real.

Values that are raised by more than the tolerance are counted and reported. There the
promise is kept for k', not for k. Decision: docs/decisions/013.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hdr_core.decisions import Decisions
from hdr_core.execution.run import DEFAULT_RUN, Run
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.execution.tiles import Cutter, Tile

Array = NDArray[np.float32]

# s is the code of this rank among the codes of a window of this size.
WINDOW_REACH_PX = 2
WINDOW_PX = 2 * WINDOW_REACH_PX + 1
FEWEST_CLIPPED = 7
# Reach and upper limit of l.
BLOCK_PX = 8
DARK = 0.25
# d in codes of 8 bits, by the quality of the JPEG: the 99.5th percentile at 4:2:0,
# measured by benchmarks/jpeg_tolerance.py.
DEPTH_BY_QUALITY = ((50, 39.0), (75, 30.0), (85, 26.0), (92, 22.0), (98, 20.0))
# Allowance in codes, because k / n is rounded to float32.
ROUNDING = 0.01
# Number of windows that are ranked at once. They take 25 MB.
PIECE = 2**18


class Mended(NamedTuple):
    """A plate whose clip undershoot is filled.

    Attributes:
        encoded: The filled plate, (H, W, 3), in [0, 1]. If there was no undershoot, it
            is the same array as the input.
        n_undershoots: Number of values that were raised by more than the tolerance.
    """

    encoded: Array
    n_undershoots: int


def depth_for_quality(quality: int) -> float:
    """Return d, in codes of 8 bits, of a JPEG of ``quality`` (1 to 100)."""
    qualities, codes = zip(*DEPTH_BY_QUALITY, strict=True)
    return float(np.interp(quality, qualities, codes))


def fill_clip_undershoot(
    encoded: Array, decisions: Decisions, run: Run = DEFAULT_RUN
) -> Mended:
    """Return ``encoded`` without the undershoot that its codec left in clipped light.

    A lossless plate has no undershoot. A tolerance of 0 says that every code is exact,
    so nothing is filled then. Tiles do not change the result.

    Args:
        encoded: The plate, (H, W, 3), in [0, 1].
        decisions: Quality and tolerance of the plate, and the tiles.
        run: Memory of the result.
    """
    quality, tolerance_codes = decisions.lossy_quality, decisions.tolerance_codes
    if quality is None or tolerance_codes <= 0.0:
        return Mended(encoded, 0)
    max_code = decisions.max_code
    depth_codes = depth_for_quality(quality) * max_code / 255
    lowest = 1.0 - (depth_codes + ROUNDING) / max_code
    clipped = 1.0 - (tolerance_codes + ROUNDING) / max_code
    filled: Array | None = None

    def work(tile: Tile) -> None:
        nonlocal filled
        raised = raise_undershoot(tile.crop(encoded), lowest=lowest, clipped=clipped)
        if raised is None:
            return
        if filled is None:
            filled = (run.scratch or Scratch()).zeros(encoded.shape)
            for band in bands(encoded):
                filled[band] = encoded[band]
        tile.place(raised, filled)

    size_px = decisions.options.tiles.size_px
    cutter = Cutter(size_px, BLOCK_PX, 1, is_around=decisions.is_panorama)
    cutter.run((encoded.shape[0], encoded.shape[1]), work)
    if filled is None:
        return Mended(encoded, 0)
    return Mended(filled, _count_raised(filled, encoded, clipped=clipped))


def _count_raised(filled: Array, encoded: Array, *, clipped: float) -> int:
    """Return how many values below ``clipped`` were raised."""
    counts = [
        np.count_nonzero((filled[band] > encoded[band]) & (encoded[band] < clipped))
        for band in bands(encoded)
    ]
    return int(sum(counts))


def raise_undershoot(encoded: Array, *, lowest: float, clipped: float) -> Array | None:
    """Return pixels with their clip undershoot filled; None if there is none.

    Args:
        encoded: Pixels, (h, w, 3), in [0, 1]. Beyond the border, its values repeat.
        lowest: Smallest value that may be raised, (n - d) / n.
        clipped: Smallest value that may be clipped, (n - t) / n.
    """
    if not (encoded >= clipped).any():
        return None
    reach = WINDOW_REACH_PX
    padded = np.pad(encoded, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    n_clipped = _sum_windows((padded >= clipped).astype(np.uint8), reach)
    is_undershoot = (n_clipped >= FEWEST_CLIPPED) & (encoded >= lowest)
    is_undershoot &= encoded < 1.0
    if not is_undershoot.any():
        return None
    dark = np.pad((encoded.min(axis=2) < DARK).astype(np.uint16), BLOCK_PX)
    has_dark_nearby = _sum_windows(dark, BLOCK_PX) > 0
    places = np.argwhere(is_undershoot & has_dark_nearby[..., None])
    windows = sliding_window_view(padded, (WINDOW_PX, WINDOW_PX), axis=(0, 1))
    filled, is_raised = encoded.copy(), False
    rank = WINDOW_PX**2 - FEWEST_CLIPPED
    for first in range(0, len(places), PIECE):
        index = tuple(places[first : first + PIECE].T)
        window = windows[index].reshape(-1, WINDOW_PX**2)
        s = np.partition(window, rank, axis=1)[:, rank]
        is_raised |= bool((s > encoded[index]).any())
        filled[index] = np.maximum(encoded[index], s)
    return filled if is_raised else None


def _sum_windows(values: NDArray[Any], reach: int) -> NDArray[Any]:
    """Return the sum of each value and its neighbors in a square window.

    Args:
        values: (H, W, ...), in a number type that can hold the sums.
        reach: Neighbors on each side.

    Returns:
        (H - 2 reach, W - 2 reach, ...).
    """
    for axis in (1, 0):
        length = values.shape[axis] - 2 * reach
        parts = [slice(None)] * values.ndim
        total = np.zeros_like(values, shape=_with(values.shape, axis, length))
        for first in range(2 * reach + 1):
            parts[axis] = slice(first, first + length)
            total += values[tuple(parts)]
        values = total
    return values


def _with(shape: tuple[int, ...], axis: int, length: int) -> tuple[int, ...]:
    """Return a shape with another length of one axis."""
    return (*shape[:axis], length, *shape[axis + 1 :])
