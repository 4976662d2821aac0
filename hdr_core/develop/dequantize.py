"""Stage 1 on a whole plate, tile by tile: the values between its codes."""

import torch

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

    Stage 1 alone computes in the chosen precision. Its result is off by a few codes at
    most, so that half a percent of that is nothing.

    Args:
        encoded: The plate as photographed, (H, W, 3).
        networks: The model, ready.
        decisions: Whether stage 1 runs, how far it may go, and the tiles.
        run: Where the result lies; called with the share of tiles that are done.

    Returns:
        (H, W, 3) in [0, 1]; ``encoded`` itself where stage 1 does not run.
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
            result = torch.clamp(result, codes - most_change, codes + most_change)
            # What is clipped was no dimmer than that. A hair less, and other in the
            # next frame, it would take another share of its light: that flickers.
            result = torch.where(codes >= 1.0, codes, result)
        tile.place(to_image(result), dequantized)

    cutter.run(
        (encoded.shape[0], encoded.shape[1]),
        work,
        n_at_once=networks.tiles_at_once,
        on_progress=run.on_progress,
    )
    return dequantized
