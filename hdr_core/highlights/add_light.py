"""Stages 3 and 4: add the light above clip, and hold the result to the plate.

Stage 3 looks at the whole plate once, reduced; all else goes tile by tile.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from hdr_core.config import GainNetworkConfig, Options
from hdr_core.develop.passes import Developed
from hdr_core.execution.clipped_boxes import find_clipped_boxes
from hdr_core.execution.device import one_thread
from hdr_core.execution.reduce import shrink
from hdr_core.execution.scratch import Scratch
from hdr_core.execution.tiles import Cutter, Tile
from hdr_core.fidelity.bins import project, sure_light
from hdr_core.fidelity.known_encoding import hold_by_encoding
from hdr_core.fidelity.promise import plate_codes
from hdr_core.highlights.concentrate_highlights import concentrate_highlights
from hdr_core.highlights.corner_views import fine_size, predict_with_corners
from hdr_core.highlights.crop_maps import near
from hdr_core.highlights.ground_meter import meter_ground
from hdr_core.highlights.limit_light import limit_light
from hdr_core.highlights.regularize_gain import regularize_gain
from hdr_core.highlights.sphere_views import predict_sphere, sphere_rows
from hdr_core.highlights.steady_stops import add_stops
from hdr_core.networks import Array, Networks, Progress, to_image
from hdr_core.stages.hallucinate.gain_network import GainMaps, encode_plate, stack_plate
from hdr_core.stages.hallucinate.hdrcnn import Hdrcnn
from hdr_core.stages.hallucinate.light import (
    DENOISE_REACH_PX,
    Hallucinate,
    Light,
    Region,
    brighten,
    channel_masks,
    clip_mask,
)


@dataclass(frozen=True)
class HdrLayers:
    """The plate with its light above clip: whole-plate arrays.

    Attributes:
        hdr: Scene-linear in the camera's primaries, (H, W, 3).
        clip_mask: In [0, 1], (H, W).
        uncertainty: Spread of the added light in stops, (H, W); 0 where none is.
    """

    hdr: Array
    clip_mask: Array
    uncertainty: Array


def light_plate(
    plate: Developed,
    networks: Networks,
    config: Options,
    *,
    tolerance_codes: float,
    steady: Array | None = None,
    scratch: Scratch | None = None,
    on_progress: Progress,
) -> HdrLayers:
    """Return the plate with its light above clip, true to the plate where asked.

    Args:
        plate: Stages 1 and 2.
        networks: The model, ready.
        config: What the artist chose.
        tolerance_codes: Codes by which a re-shot value may be off.
        steady: Stops to add to what stage 3 sees, (3, h, w), decided for a shot.
        scratch: Where the result lies.
        on_progress: Told the share of tiles that are done.
    """
    height, width, _ = plate.encoded.shape
    size = height, width
    scratch = scratch or Scratch()
    lit = HdrLayers(
        hdr=scratch.zeros((*size, 3)),
        clip_mask=scratch.zeros(size),
        uncertainty=scratch.zeros(size),
    )
    light = _Lighting(networks, config, plate, steady, tolerance_codes)

    def place(hdr: Array, tile: Tile) -> None:
        if config.fidelity == "plate":
            hdr = hold_to_plate(hdr, plate, tile, tolerance_codes=tolerance_codes)
        tile.place(hdr, lit.hdr)

    def work(tile: Tile) -> None:
        alone = Tile(tile.inner, tile.inner)
        mask = light.mask_of(alone)
        alone.place(mask, lit.clip_mask)
        place(alone.crop(plate.camera_light), alone)
        for part in light.parts(alone, mask):
            hdr, spread = light.of(part)
            place(plate.to_camera(hdr, part), part)
            part.place(spread, lit.uncertainty)

    light.cutter.run(
        size, work, n_at_once=networks.tiles_at_once, on_progress=on_progress
    )
    return lit


def hold_to_plate(
    hdr: Array, plate: Developed, tile: Tile, *, tolerance_codes: float
) -> Array:
    """Return a tile's light within what its codes allow."""
    codes = plate_codes(tile.crop(plate.encoded), plate.max_code)
    encoding = plate.colors.encoding
    if encoding is not None and encoding.encode is not None:
        known = tile.crop(plate.camera_light)
        return hold_by_encoding(hdr, known, codes, encoding, max_code=plate.max_code)
    return project(
        hdr,
        codes,
        plate.inverse_crf,
        max_code=plate.max_code,
        tolerance_codes=tolerance_codes,
    )


def predict_gain(
    linear: Array, networks: Networks, *, is_panorama: bool
) -> GainMaps | None:
    """Return what stage 3 learns from a whole plate; None: it looks tile by tile.

    Args:
        linear: Scene-linear, (H, W, 3), 1 = sensor clip.
        networks: The model, ready.
        is_panorama: Look at it in views.
    """
    stage: Hallucinate = networks.model.hallucinate
    if not isinstance(stage.config.network, GainNetworkConfig):
        return None
    area_px = stage.config.network.area_px

    def read(rows: slice) -> Tensor:
        light = networks.to_tensor(linear[rows])
        masks = channel_masks(light, threshold=stage.config.threshold)
        return stack_plate(light, masks)

    def look(means: Tensor) -> GainMaps:
        return stage.look(encode_plate(means), flip_average=True)

    def predict_crop(means: Tensor) -> GainMaps:
        return stage.look(encode_plate(means), flip_average=False)

    size = linear.shape[0], linear.shape[1]
    if not is_panorama:
        fine = shrink(read, size, fine_size(size, area_px))
        seen = predict_with_corners(look, predict_crop, fine, area_px=area_px)
    else:
        rows = sphere_rows(size[0], area_px)
        fine = shrink(read, size, (rows, 2 * rows))
        seen = predict_sphere(look, fine[0], area_px=area_px)
    with one_thread():
        seen = concentrate_highlights(seen, fine, is_sphere=is_panorama)
        seen = regularize_gain(seen, fine, is_sphere=is_panorama)
        return meter_ground(seen, fine) if is_panorama else seen


class _Lighting:
    """Stages 3 and 4 for the tiles of one plate, which stage 3 has seen whole."""

    def __init__(
        self,
        networks: Networks,
        config: Options,
        plate: Developed,
        steady: Array | None,
        tolerance_codes: float,
    ) -> None:
        self.networks, self.config, self.plate = networks, config, plate
        self.sure = sure_light(
            plate.inverse_crf, max_code=plate.max_code, tolerance_codes=tolerance_codes
        )
        model = networks.model
        self.has_stage_3 = "hallucinate" not in config.skip
        self.has_stage_4 = "refine" not in config.skip
        self.threshold = model.config.hallucinate.threshold
        # A stage 4 that adds may change every pixel.
        self.is_gated = model.config.refine.is_gain or not self.has_stage_4
        self.context = None
        if self.has_stage_3:
            self.context = predict_gain(
                plate.linear, networks, is_panorama=plate.is_panorama
            )
        if self.context is not None and steady is not None:
            self.context = add_stops(self.context, torch.from_numpy(steady))
        self.cutter = self._make_cutter()

    def _make_cutter(self) -> Cutter:
        """Return tiles that see as far as stage 4 through stage 3."""
        network = self.networks.model.hallucinate.network
        reach_px, stride_px = 0, 1
        if self.has_stage_3 and isinstance(network, Hdrcnn):
            reach_px, stride_px = network.reach_px, network.stride
        elif self.has_stage_3 and self.sure < 1.0:
            reach_px = DENOISE_REACH_PX
        if self.has_stage_4:
            unet = self.networks.model.refine.unet
            reach_px += unet.reach_px
            # Both are powers of two: the larger is a multiple of the other.
            stride_px = max(stride_px, unet.stride)
        return Cutter(
            self.config.tiles.size_px,
            reach_px,
            stride_px,
            is_around=self.plate.is_panorama,
        )

    def mask_of(self, tile: Tile) -> Array:
        """Return the clip mask of a tile's outer pixels."""
        linear = self.networks.to_tensor(tile.crop(self.plate.linear))
        return to_image(clip_mask(linear, threshold=self.threshold))[..., 0]

    def parts(self, tile: Tile, mask: Array) -> list[Tile]:
        """Return those parts of a tile's inner pixels that the networks may change.

        Args:
            tile: One of the cutter's, without what it sees beyond its inner pixels.
            mask: Its clip mask.
        """
        if not self.is_gated:
            boxes = [(slice(0, mask.shape[0]), slice(0, mask.shape[1]))]
        else:
            boxes = find_clipped_boxes(
                mask > 0.0,
                cell_px=self.cutter.stride_px,
                margin_px=self.cutter.overlap_px,
            )
        rows, columns = tile.inner
        size = self.plate.linear.shape[0], self.plate.linear.shape[1]
        return [
            self.cutter.tile(
                slice(rows.start + box[0].start, rows.start + box[0].stop),
                slice(columns.start + box[1].start, columns.start + box[1].stop),
                size,
            )
            for box in boxes
        ]

    def of(self, tile: Tile) -> tuple[Array, Array]:
        """Return hdr and spread of a tile's outer pixels, right on its inner ones."""
        linear = self.networks.to_tensor(tile.crop(self.plate.linear))
        mask = clip_mask(linear, threshold=self.threshold)
        spread = torch.zeros_like(mask)
        hdr = linear
        if self.has_stage_3:
            light = self._predict(linear, tile)
            hdr = brighten(linear, light, boldness=self.config.boldness)
            spread = self.config.strength * light.spread * mask
        if self.has_stage_4:
            hdr = self._refine(linear, hdr, mask, tile)
        hdr = limit_light(
            hdr,
            linear,
            strength=self.config.strength,
            ceiling_stops=self.config.ceiling_stops,
        )
        return to_image(hdr), to_image(spread)[..., 0]

    def _predict(self, linear: Tensor, tile: Tile) -> Light:
        size = self.plate.linear.shape[0], self.plate.linear.shape[1]
        rows, columns = tile.outer
        context, region = self.context, Region(rows.start, columns.start, *size)
        if context is not None and self.plate.is_panorama:
            context, region = near(context, tile, size)
        light: Light = self.networks.model.hallucinate(
            linear, context, region, sure=self.sure
        )
        return light

    def _refine(self, linear: Tensor, hdr: Tensor, mask: Tensor, tile: Tile) -> Tensor:
        encoded = self.networks.to_tensor(tile.crop(self.plate.dequantized))
        with one_thread():
            refined: Tensor = self.networks.model.refine(encoded, linear, hdr, mask)
        return refined
