"""Stages 1 and 2: what the plate says before any light is added.

Each pass reads whole-plate arrays (H, W, 3) and writes one, so that the networks hold
no more than a tile. Only stage 1 computes in the chosen precision: its result is a few
codes at most, so that half a percent of it is nothing. The others stay float32, as
their numbers are curves and exponents, whose errors are multiplied.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from hdr_core.camera.response import Curve, apply_curve
from hdr_core.color.spaces import Colors
from hdr_core.config import TileConfig
from hdr_core.execution.device import (
    autocast,
    each_on_one_thread,
    one_thread,
)
from hdr_core.execution.reduce import (
    panorama_for_area,
    sample_places,
    shrink,
    size_for_area,
)
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.execution.tiles import Cutter, Tile
from hdr_core.networks import Array, Networks, Progress, to_image
from hdr_core.stages.linearize.estimate import ResponseEvidence


def dequantize_plate(
    encoded: Array,
    networks: Networks,
    *,
    most_change: float | None,
    tiles: TileConfig,
    is_panorama: bool = False,
    scratch: Scratch | None = None,
    on_progress: Progress | None = None,
) -> Array:
    """Return the plate with the values between its codes, encoded.

    Args:
        encoded: The plate, (H, W, 3).
        networks: The model, ready.
        most_change: How far a value may lie from its code: half a code and what the
            promise tolerates. What lies further would be taken back at the end. None:
            as far as the network says.
        tiles: How the plate is cut.
        is_panorama: It has no border.
        scratch: Where the result lies.
        on_progress: Told the share of tiles that are done.
    """
    stage = networks.model.dequantize
    stride = stage.unet.stride
    cutter = Cutter(tiles.size_px, stage.reach_px, stride, is_around=is_panorama)
    dequantized: Array = (scratch or Scratch()).zeros(encoded.shape)

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

    height, width, _ = encoded.shape
    cutter.run(
        (height, width),
        work,
        n_at_once=networks.tiles_at_once,
        on_progress=on_progress,
    )
    return dequantized


def estimate_inverse_crf(
    encoded: Array,
    dequantized: Array,
    networks: Networks,
    *,
    is_panorama: bool = False,
) -> Curve:
    """Return g of the whole plate, (N,)."""
    reading = read_camera(encoded, dequantized, networks, is_panorama=is_panorama)
    stage = networks.model.linearize
    with one_thread():
        return as_curve(stage.curve(stage.likely(reading)))


def read_camera(
    encoded: Array,
    dequantized: Array,
    networks: Networks,
    *,
    is_panorama: bool = False,
) -> ResponseEvidence:
    """Return what the whole plate says of its camera, before the prior.

    A panorama has no first column: its coefficients are the mean over four quarter
    turns, so that they do not depend on where the panorama was cut.
    """
    model = networks.model
    stage = model.linearize
    source = encoded if model.config.curve_from == "plate" else dequantized
    size = source.shape[0], source.shape[1]
    fit = panorama_for_area if is_panorama else size_for_area
    reduced = fit(size, stage.config.fixed_area_px)
    small = shrink(lambda rows: networks.to_tensor(source[rows]), size, reduced)
    width = small.shape[3]
    quarter, half = width // 4, width // 2
    turns = (0, quarter, half, half + quarter) if is_panorama else (0,)

    def weigh_edges() -> Tensor | None:
        if stage.evidence is None:
            return None
        rows, columns = (place.numpy() for place in sample_places(size, reduced))
        edges = stage.edges_of(
            networks.to_tensor(source[rows, columns]),
            scale=math.sqrt(size[0] * size[1] / (reduced[0] * reduced[1])),
            wraps=is_panorama,
        )
        return stage.weigh(edges)

    looks: list[Callable[[], Tensor | None]] = [
        weigh_edges,
        *(partial(stage.coefficients, small.roll(turn, dims=3)) for turn in turns),
    ]
    evidence, *each = each_on_one_thread(looks, networks.device)
    told = torch.cat([one for one in each if one is not None])
    mean = told.double().mean(dim=0, keepdim=True).float()
    return ResponseEvidence(mean, evidence)


def as_curve(curves: Tensor) -> Curve:
    """Return the one curve of (1, N)."""
    return np.asarray(curves[0].cpu().double().numpy())


def linearize_plate(
    dequantized: Array, inverse_crf: Curve, *, scratch: Scratch | None = None
) -> Array:
    """Return the plate through g: scene-linear, 1 = sensor clip."""
    curve = torch.from_numpy(inverse_crf).float()[None]
    linear: Array = (scratch or Scratch()).zeros(dequantized.shape)
    for rows in bands(dequantized):
        band = torch.from_numpy(dequantized[rows].copy())
        linear[rows] = apply_curve(band[None], curve)[0].numpy()
    return linear


@dataclass(frozen=True)
class Developed:
    """What is known of a plate before its clipped light: whole-plate arrays.

    Attributes:
        encoded: As photographed, (H, W, 3), but for pits in clipped light (pits.py).
        dequantized: Encoded, with the values between the codes, (H, W, 3).
        linear: Scene-linear, (H, W, 3), 1 = sensor clip: what the networks see.
        inverse_crf: g, (N,).
        max_code: Largest code of the plate.
        camera_light: Scene-linear in the camera's primaries, where codes clip; the
            very array ``linear`` where the networks see all of it.
        colors: Between the two.
        is_panorama: It has no border.
        n_pits: Values of ``encoded`` that are further from the plate's than tolerated.
    """

    encoded: Array
    dequantized: Array
    linear: Array
    inverse_crf: Curve
    max_code: int
    camera_light: Array
    colors: Colors
    is_panorama: bool = False
    n_undershoots: int = 0

    def to_camera(self, hdr: Array, tile: Tile) -> Array:
        """Return light that the networks gave a tile in the camera's primaries."""
        if self.camera_light is self.linear:
            return hdr
        seen = tile.crop(self.linear)
        return self.colors.add_light_to_camera(tile.crop(self.camera_light), seen, hdr)
