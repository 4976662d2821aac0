"""Stages 3 and 4: add the light above the clip, tile by tile.

The networks run only in the boxes of a tile that hold clipped pixels. Elsewhere the
clip mask is 0, and neither stage can change a pixel.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from hdr_core.config import ModelConfig
from hdr_core.decisions import Decisions
from hdr_core.develop.linear_plate import LinearPlate
from hdr_core.execution.clipped_boxes import find_clipped_boxes
from hdr_core.execution.parallel import SideBySide
from hdr_core.execution.run import DEFAULT_RUN, Run
from hdr_core.execution.scratch import Scratch
from hdr_core.execution.tiles import Cutter, Reach, Tile
from hdr_core.plate import Pixels

# Gain maps of a plate, as the backend holds them; None: predicted tile by tile.
Maps = Any


class Lighter(Protocol):
    """Stages 3 and 4 of a prepared model."""

    @property
    def config(self) -> ModelConfig:
        """Return the configuration of the model."""

    @property
    def tiles_at_once(self) -> int:
        """Return how many tiles run at the same time."""

    @property
    def side_by_side(self) -> SideBySide:
        """Return the function that runs them."""

    def light_reach(self, decisions: Decisions, *, is_lossy: bool) -> Reach:
        """Return how far both stages read around a pixel together."""

    def measure_mask(self, linear: Pixels) -> Pixels:
        """Return the clip mask of light (h, w, 3), (h, w)."""

    def light_tile(
        self, plate: LinearPlate, tile: Tile, maps: Maps, decisions: Decisions
    ) -> tuple[Pixels, Pixels]:
        """Return hdr (h, w, 3) and spread (h, w) of a tile's outer pixels."""


@dataclass(frozen=True)
class HdrLayers:
    """The plate with its light above the clip, as whole-plate arrays.

    Attributes:
        hdr: Scene-linear in the camera's primaries, (H, W, 3), 1 = sensor clip.
        clip_mask: How clipped each pixel is, in [0, 1], (H, W).
        uncertainty: Spread of the added light in stops, (H, W); 0 where no light is
            added.
    """

    hdr: Pixels
    clip_mask: Pixels
    uncertainty: Pixels


def add_light(
    plate: LinearPlate,
    maps: Maps,
    networks: Lighter,
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
    reach = networks.light_reach(decisions, is_lossy=plate.is_lossy)
    cutter = Cutter(
        decisions.options.tiles.size_px, *reach, is_around=decisions.is_panorama
    )
    # A stage 4 that adds light, not gain, may change every pixel.
    is_gated = networks.config.refine.is_gain or not decisions.runs("refine")

    def work(tile: Tile) -> None:
        inner = Tile(tile.inner, tile.inner)
        mask = networks.measure_mask(inner.crop(plate.linear))
        inner.place(mask, layers.clip_mask)
        inner.place(inner.crop(plate.camera_light), layers.hdr)
        parts = [cutter.tile(*inner.inner, size)]
        if is_gated:
            parts = _find_parts(cutter, inner, mask, size)
        for part in parts:
            hdr, spread = networks.light_tile(plate, part, maps, decisions)
            part.place(plate.to_camera(hdr, part), layers.hdr)
            part.place(spread, layers.uncertainty)

    cutter.run(
        size,
        work,
        n_at_once=networks.tiles_at_once,
        side_by_side=networks.side_by_side,
        on_progress=run.on_progress,
    )
    return layers


def _find_parts(
    cutter: Cutter, tile: Tile, mask: Pixels, size: tuple[int, int]
) -> list[Tile]:
    """Return the parts of a tile's inner pixels that the networks may change.

    Args:
        cutter: Cuts tiles with an overlap for the reach of both stages.
        tile: A tile of the cutter, without overlap.
        mask: Clip mask of the tile, (h, w).
        size: Rows and columns of the plate.
    """
    boxes = find_clipped_boxes(
        mask > 0.0, cell_px=cutter.stride_px, margin_px=cutter.overlap_px
    )
    rows, columns = tile.inner
    return [
        cutter.tile(
            slice(rows.start + box[0].start, rows.start + box[0].stop),
            slice(columns.start + box[1].start, columns.start + box[1].stop),
            size,
        )
        for box in boxes
    ]
