"""Stage 1 on a whole plate, tile by tile: estimate the values between the codes."""

from typing import Protocol

import numpy as np

from hdr_core.decisions import Decisions
from hdr_core.execution.parallel import SideBySide
from hdr_core.execution.run import DEFAULT_RUN, Run
from hdr_core.execution.scratch import Scratch
from hdr_core.execution.tiles import Cutter, Reach, Tile
from hdr_core.plate import Pixels


class Dequantizer(Protocol):
    """Stage 1 of a prepared model.

    Attributes:
        tiles_at_once: Largest number of tiles that are processed at the same time.
        side_by_side: Runs tiles at the same time.
        stage_1_reach: How far stage 1 reads around a pixel.
    """

    @property
    def tiles_at_once(self) -> int:
        """Return how many tiles run at the same time."""

    @property
    def side_by_side(self) -> SideBySide:
        """Return the function that runs them."""

    @property
    def stage_1_reach(self) -> Reach:
        """Return how far stage 1 reads around a pixel."""

    def dequantize(self, codes: Pixels) -> Pixels:
        """Return stage 1 of a tile, encoded, (h, w, 3)."""


def dequantize(
    encoded: Pixels, networks: Dequantizer, decisions: Decisions, run: Run = DEFAULT_RUN
) -> Pixels:
    """Return the plate with the values between its codes, encoded.

    Only stage 1 computes in the chosen precision. It changes a value by a few codes at
    most, so the rounding of bfloat16 is small beside a code.

    Args:
        encoded: The plate as photographed, (H, W, 3), in [0, 1].
        networks: The prepared model.
        decisions: Whether stage 1 runs, how far it may move a value, and the tiles.
        run: Memory of the result, and the receiver of the progress.

    Returns:
        Values in [0, 1], (H, W, 3); ``encoded`` itself if stage 1 does not run.
    """
    if not decisions.dequantizes:
        return encoded
    cutter = Cutter(
        decisions.options.tiles.size_px,
        *networks.stage_1_reach,
        is_around=decisions.is_panorama,
    )
    dequantized: Pixels = (run.scratch or Scratch()).zeros(encoded.shape)

    def work(tile: Tile) -> None:
        codes = tile.crop(encoded)
        result = networks.dequantize(codes)
        if decisions.most_change is not None:
            result = _limit_change(result, codes, np.float32(decisions.most_change))
        tile.place(result, dequantized)

    cutter.run(
        (encoded.shape[0], encoded.shape[1]),
        work,
        n_at_once=networks.tiles_at_once,
        side_by_side=networks.side_by_side,
        on_progress=run.on_progress,
    )
    return dequantized


def _limit_change(result: Pixels, codes: Pixels, most_change: np.float32) -> Pixels:
    """Return ``result``, moved by at most ``most_change``; clipped codes stay."""
    result = np.clip(result, codes - most_change, codes + most_change)
    # A clipped value was at least as bright as its code. If it moved, and moved
    # differently in the next frame, its share of added light would flicker.
    return np.where(codes >= np.float32(1.0), codes, result)
