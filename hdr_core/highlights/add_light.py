"""Stages 3 and 4: add the light above the clip, tile by tile.

The networks run only in the boxes of a tile that hold clipped pixels. Elsewhere the
clip mask is 0, and neither stage can change a pixel.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from hdr_core.decisions import Decisions
from hdr_core.develop.linear_plate import LinearPlate
from hdr_core.execution.clipped_boxes import find_clipped_boxes
from hdr_core.execution.device import one_thread
from hdr_core.execution.run import DEFAULT_RUN, Run
from hdr_core.execution.scratch import Scratch
from hdr_core.execution.tiles import Cutter, Tile
from hdr_core.highlights.crop_maps import crop_maps
from hdr_core.highlights.limit_light import limit_light
from hdr_core.networks import Array, Networks, to_image
from hdr_core.stages.hallucinate.gain_network import GainMaps
from hdr_core.stages.hallucinate.hdrcnn import Hdrcnn
from hdr_core.stages.hallucinate.light import (
    DENOISE_REACH_PX,
    Light,
    Region,
    brighten,
    clip_mask,
)


@dataclass(frozen=True)
class HdrLayers:
    """The plate with its light above the clip, as whole-plate arrays.

    Attributes:
        hdr: Scene-linear in the camera's primaries, (H, W, 3), 1 = sensor clip.
        clip_mask: How clipped each pixel is, in [0, 1], (H, W).
        uncertainty: Spread of the added light in stops, (H, W); 0 where no light is
            added.
    """

    hdr: Array
    clip_mask: Array
    uncertainty: Array


def add_light(
    plate: LinearPlate,
    maps: GainMaps | None,
    networks: Networks,
    decisions: Decisions,
    run: Run = DEFAULT_RUN,
) -> HdrLayers:
    """Return the plate with its light above the clip.

    Args:
        plate: The plate as light, after stages 1 and 2.
        maps: Gain of the clipped light; None means that stage 3 is skipped, or works
            tile by tile.
        networks: The prepared model.
        decisions: Decisions for this plate.
        run: Memory of the result, and the receiver of the progress.
    """
    size = plate.size
    scratch = run.scratch or Scratch()
    layers = HdrLayers(
        hdr=scratch.zeros((*size, 3)),
        clip_mask=scratch.zeros(size),
        uncertainty=scratch.zeros(size),
    )
    lighting = _Lighting(networks, decisions, plate, maps)

    def work(tile: Tile) -> None:
        inner = Tile(tile.inner, tile.inner)
        mask = lighting.measure_mask(inner)
        inner.place(mask, layers.clip_mask)
        inner.place(inner.crop(plate.camera_light), layers.hdr)
        for part in lighting.find_parts(inner, mask):
            hdr, spread = lighting.add_to(part)
            part.place(plate.to_camera(hdr, part), layers.hdr)
            part.place(spread, layers.uncertainty)

    lighting.cutter.run(
        size, work, n_at_once=networks.tiles_at_once, on_progress=run.on_progress
    )
    return layers


@dataclass(frozen=True)
class _Lighting:
    """Stages 3 and 4 for the tiles of one plate."""

    networks: Networks
    decisions: Decisions
    plate: LinearPlate
    maps: GainMaps | None

    @property
    def has_stage_3(self) -> bool:
        return self.decisions.runs("hallucinate")

    @property
    def has_stage_4(self) -> bool:
        return self.decisions.runs("refine")

    @property
    def threshold(self) -> float:
        return self.networks.model.config.hallucinate.threshold

    @cached_property
    def cutter(self) -> Cutter:
        """Cuts tiles with an overlap for the reach of both stages."""
        network = self.networks.model.hallucinate.network
        reach_px, stride_px = 0, 1
        if self.has_stage_3 and isinstance(network, Hdrcnn):
            reach_px, stride_px = network.reach_px, network.stride
        elif self.has_stage_3 and self.plate.is_lossy:
            reach_px = DENOISE_REACH_PX
        if self.has_stage_4:
            unet = self.networks.model.refine.unet
            reach_px += unet.reach_px
            # Both are powers of two: the larger is a multiple of the other.
            stride_px = max(stride_px, unet.stride)
        return Cutter(
            self.decisions.options.tiles.size_px,
            reach_px,
            stride_px,
            is_around=self.decisions.is_panorama,
        )

    def measure_mask(self, tile: Tile) -> Array:
        """Return the clip mask of a tile's outer pixels."""
        linear = self.networks.to_tensor(tile.crop(self.plate.linear))
        return to_image(clip_mask(linear, threshold=self.threshold))[..., 0]

    def find_parts(self, tile: Tile, mask: Array) -> list[Tile]:
        """Return the parts of a tile's inner pixels that the networks may change.

        Args:
            tile: A tile of the cutter, without overlap.
            mask: Clip mask of the tile, (h, w).
        """
        # A stage 4 that adds light, not gain, may change every pixel.
        is_gated = self.networks.model.config.refine.is_gain or not self.has_stage_4
        if is_gated:
            boxes = find_clipped_boxes(
                mask > 0.0,
                cell_px=self.cutter.stride_px,
                margin_px=self.cutter.overlap_px,
            )
        else:
            boxes = [(slice(0, mask.shape[0]), slice(0, mask.shape[1]))]
        rows, columns = tile.inner
        return [
            self.cutter.tile(
                slice(rows.start + box[0].start, rows.start + box[0].stop),
                slice(columns.start + box[1].start, columns.start + box[1].stop),
                self.plate.size,
            )
            for box in boxes
        ]

    def add_to(self, tile: Tile) -> tuple[Array, Array]:
        """Return hdr and spread of a tile's outer pixels; only inner ones are exact.

        Args:
            tile: A part of a tile, with overlap.
        """
        options = self.decisions.options
        linear = self.networks.to_tensor(tile.crop(self.plate.linear))
        mask = clip_mask(linear, threshold=self.threshold)
        spread = torch.zeros_like(mask)
        hdr = linear
        if self.has_stage_3:
            light = self._predict(linear, tile)
            hdr = brighten(linear, light, boldness=options.boldness)
            spread = options.strength * light.spread * mask
        if self.has_stage_4:
            hdr = self._refine(linear, hdr, mask, tile)
        hdr = limit_light(
            hdr,
            linear,
            strength=options.strength,
            ceiling_stops=options.ceiling_stops,
        )
        return to_image(hdr), to_image(spread)[..., 0]

    def _predict(self, linear: Tensor, tile: Tile) -> Light:
        rows, columns = tile.outer
        maps, region = self.maps, Region(rows.start, columns.start, *self.plate.size)
        if maps is not None and self.decisions.is_panorama:
            maps, region = crop_maps(maps, tile, self.plate.size)
        light: Light = self.networks.model.hallucinate(
            linear,
            maps,
            region,
            sure=self.plate.sure,
            is_lossy=self.plate.is_lossy,
        )
        return light

    def _refine(self, linear: Tensor, hdr: Tensor, mask: Tensor, tile: Tile) -> Tensor:
        encoded = self.networks.to_tensor(tile.crop(self.plate.values.fine))
        with one_thread():
            refined: Tensor = self.networks.model.refine(encoded, linear, hdr, mask)
        return refined
