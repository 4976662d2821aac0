"""Stage 1 on a whole plate, tile by tile: estimate the values between the codes."""

import torch
from torch import Tensor

from hdr_core.decisions import Decisions
from hdr_core.execution.device import autocast
from hdr_core.execution.run import DEFAULT_RUN, Run
from hdr_core.execution.scratch import Scratch
from hdr_core.execution.tiles import Cutter, Tile
from hdr_core.networks import Array, Networks, to_image


def dequantize(
    encoded: Array, networks: Networks, decisions: Decisions, run: Run = DEFAULT_RUN
) -> Array:
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
    stage = networks.model.dequantize
    cutter = Cutter(
        decisions.options.tiles.size_px,
        stage.reach_px,
        stage.unet.stride,
        is_around=decisions.is_panorama,
    )
    most_change = decisions.most_change
    dequantized: Array = (run.scratch or Scratch()).zeros(encoded.shape)

    def work(tile: Tile) -> None:
        codes = networks.to_tensor(tile.crop(encoded))
        with autocast(networks.device, networks.precision):
            result = stage(codes)
        if most_change is not None:
            result = _limit_change(result, codes, most_change)
        tile.place(to_image(result), dequantized)

    cutter.run(
        (encoded.shape[0], encoded.shape[1]),
        work,
        n_at_once=networks.tiles_at_once,
        on_progress=run.on_progress,
    )
    return dequantized


def _limit_change(result: Tensor, codes: Tensor, most_change: float) -> Tensor:
    """Return ``result``, moved by at most ``most_change``; clipped codes stay."""
    result = torch.clamp(result, codes - most_change, codes + most_change)
    # A clipped value was at least as bright as its code. If it moved, and moved
    # differently in the next frame, its share of added light would flicker.
    return torch.where(codes >= 1.0, codes, result)
