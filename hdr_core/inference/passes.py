"""What is done tile by tile: dequantize, linearize, add the light above clip.

Each pass reads whole-plate arrays (H, W, 3) and writes one, so that the networks hold
no more than a tile. Only stage 1 computes in the chosen precision: its result is a few
codes at most, so that half a percent of it is nothing. The others stay float32, as
their numbers are curves and exponents, whose errors are multiplied.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hdr_core.camera.crf import Curve, apply_curve
from hdr_core.camera.fidelity import project
from hdr_core.checks import require_within
from hdr_core.config import InferConfig, TileConfig
from hdr_core.inference.device import autocast, choose_device, choose_precision
from hdr_core.inference.known_camera import hold_by_encoding
from hdr_core.inference.light_controls import limit_light
from hdr_core.inference.promise import plate_codes
from hdr_core.inference.tiling import Cutter, Tile
from hdr_core.inference.working_space import Colors
from hdr_core.model import HdrModel
from hdr_core.stages.hallucinate import Light, Region, brighten, clip_mask
from hdr_core.stages.hdrcnn import Hdrcnn

Array = NDArray[np.float32]
Progress = Callable[[float], None]
# Rows that are linearized at once.
BAND_PX = 256
MOST_TILE_PX = 2**15


@dataclass(frozen=True)
class Networks:
    """A model, where it runs, and with which numbers."""

    model: HdrModel
    device: torch.device
    precision: torch.dtype

    def to_tensor(self, image: Array) -> Tensor:
        """Return (H, W, C) as (1, C, H, W) on the device."""
        return torch.from_numpy(image.transpose(2, 0, 1).copy())[None].to(self.device)


def prepare(model: HdrModel, config: InferConfig) -> Networks:
    """Return ``model`` on the device and in the precision of ``config``.

    Raises:
        OptionError: No such device, or tiles without pixels.
    """
    require_within(config.tiles.size_px, 1, MOST_TILE_PX, name="tile")
    device = choose_device(config.device)
    precision = choose_precision(config.precision, device)
    return Networks(model.to(device).eval(), device, precision)


def cutter_for(tiles: TileConfig, reach_px: int, stride_px: int) -> Cutter:
    """Return how to cut for networks with such a reach and stride."""
    return Cutter(tiles.size_px, reach_px, stride_px)


def to_image(tensor: Tensor) -> Array:
    """Return (1, C, H, W) as (H, W, C) float32."""
    return np.asarray(tensor[0].permute(1, 2, 0).float().cpu().numpy())


def dequantize_plate(
    encoded: Array,
    networks: Networks,
    *,
    tiles: TileConfig,
    on_progress: Progress | None = None,
) -> Array:
    """Return the plate with the values between its codes, encoded."""
    unet = networks.model.dequantize.unet
    cutter = cutter_for(tiles, unet.reach_px, unet.stride)
    dequantized = np.empty_like(encoded)

    def work(tile: Tile) -> None:
        with autocast(networks.device, networks.precision):
            result = networks.model.dequantize(networks.to_tensor(tile.see(encoded)))
        tile.place(to_image(result), dequantized)

    height, width, _ = encoded.shape
    cutter.run((height, width), work, on_progress=on_progress)
    return dequantized


def estimate_inverse_crf(
    encoded: Array, dequantized: Array, networks: Networks
) -> Curve:
    """Return g of the whole plate, (N,)."""
    curve = networks.model.estimate_inverse_crf(
        networks.to_tensor(encoded), networks.to_tensor(dequantized)
    )
    return np.asarray(curve[0].cpu().double().numpy())


def linearize_plate(dequantized: Array, inverse_crf: Curve) -> Array:
    """Return the plate through g: scene-linear, 1 = sensor clip."""
    curve = torch.from_numpy(inverse_crf).float()[None]
    linear = np.empty_like(dequantized)
    for top in range(0, len(dequantized), BAND_PX):
        band = torch.from_numpy(dequantized[top : top + BAND_PX].copy())
        linear[top : top + BAND_PX] = apply_curve(band[None], curve)[0].numpy()
    return linear


@dataclass(frozen=True)
class Developed:
    """What is known of a plate before its clipped light: whole-plate arrays.

    Attributes:
        encoded: As photographed, (H, W, 3).
        dequantized: Encoded, with the values between the codes, (H, W, 3).
        linear: Scene-linear, (H, W, 3), 1 = sensor clip: what the networks see.
        inverse_crf: g, (N,).
        max_code: Largest code of the plate.
        camera_light: Scene-linear in the camera's primaries, where codes clip; the
            very array ``linear`` where the networks see all of it.
        colors: Between the two.
    """

    encoded: Array
    dequantized: Array
    linear: Array
    inverse_crf: Curve
    max_code: int
    camera_light: Array
    colors: Colors

    def to_camera(self, hdr: Array, tile: Tile) -> Array:
        """Return light that the networks gave a tile in the camera's primaries."""
        if self.camera_light is self.linear:
            return hdr
        seen = tile.see(self.linear)
        return self.colors.add(tile.see(self.camera_light), seen, hdr)


@dataclass(frozen=True)
class Lit:
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
    config: InferConfig,
    *,
    tolerance_codes: float,
    on_progress: Progress,
) -> Lit:
    """Return the plate with its light above clip, true to the plate where asked."""
    height, width, _ = plate.encoded.shape
    size = height, width
    lit = Lit(
        hdr=np.empty_like(plate.encoded),
        clip_mask=np.zeros(size, np.float32),
        uncertainty=np.zeros(size, np.float32),
    )
    light = _Lighting(networks, config, plate)

    def work(tile: Tile) -> None:
        hdr, mask, spread = light.of(tile)
        hdr = plate.to_camera(hdr, tile)
        if config.fidelity == "plate":
            hdr = hold_to_plate(hdr, plate, tile, tolerance_codes=tolerance_codes)
        tile.place(hdr, lit.hdr)
        tile.place(mask, lit.clip_mask)
        tile.place(spread, lit.uncertainty)

    light.cutter().run(size, work, on_progress=on_progress)
    return lit


def hold_to_plate(
    hdr: Array, plate: Developed, tile: Tile, *, tolerance_codes: float
) -> Array:
    """Return a tile's light within what its codes allow."""
    codes = plate_codes(tile.see(plate.encoded), plate.max_code)
    encoding = plate.colors.encoding
    if encoding is not None and encoding.encode is not None:
        known = tile.see(plate.camera_light)
        return hold_by_encoding(hdr, known, codes, encoding, max_code=plate.max_code)
    return project(
        hdr,
        codes,
        plate.inverse_crf,
        max_code=plate.max_code,
        tolerance_codes=tolerance_codes,
    )


class _Lighting:
    """Stages 3 and 4 for the tiles of one plate, which stage 3 has seen whole."""

    def __init__(
        self, networks: Networks, config: InferConfig, plate: Developed
    ) -> None:
        self.networks, self.config, self.plate = networks, config, plate
        model = networks.model
        self.has_stage_3 = "hallucinate" not in config.skip
        self.has_stage_4 = "refine" not in config.skip
        self.threshold = model.config.hallucinate.threshold
        self.is_gated = model.config.refine.is_gain
        self.context = None
        if self.has_stage_3:
            self.context = model.hallucinate.see(
                networks.to_tensor(plate.linear), is_twofold=True
            )

    def cutter(self) -> Cutter:
        """Return tiles that see as far as stage 4 through stage 3."""
        network = self.networks.model.hallucinate.network
        reach_px, stride_px = 0, 1
        if self.has_stage_3 and isinstance(network, Hdrcnn):
            reach_px, stride_px = network.reach_px, network.stride
        if self.has_stage_4:
            unet = self.networks.model.refine.unet
            reach_px += unet.reach_px
            # Both are powers of two: the larger is a multiple of the other.
            stride_px = max(stride_px, unet.stride)
        return cutter_for(self.config.tiles, reach_px, stride_px)

    def of(self, tile: Tile) -> tuple[Array, Array, Array]:
        """Return hdr, clip mask and spread of a tile's outer pixels."""
        seen = tile.see(self.plate.linear)
        linear = self.networks.to_tensor(seen)
        mask = clip_mask(linear, threshold=self.threshold)
        spread = torch.zeros_like(mask)
        hdr = linear
        is_clipped = bool(mask.any())
        if self.has_stage_3 and is_clipped:
            light = self._predict(linear, tile)
            hdr = brighten(linear, light, boldness=self.config.boldness)
            spread = self.config.strength * light.spread * mask
        if self.has_stage_4 and (is_clipped or not self.is_gated):
            hdr = self._refine(linear, hdr, mask, tile)
        if hdr is not linear:
            hdr = limit_light(
                hdr,
                linear,
                strength=self.config.strength,
                ceiling_stops=self.config.ceiling_stops,
            )
        return to_image(hdr), to_image(mask)[..., 0], to_image(spread)[..., 0]

    def _predict(self, linear: Tensor, tile: Tile) -> Light:
        rows, columns = tile.outer
        region = Region(rows.start, columns.start, *self.plate.linear.shape[:2])
        light: Light = self.networks.model.hallucinate(linear, self.context, region)
        return light

    def _refine(self, linear: Tensor, hdr: Tensor, mask: Tensor, tile: Tile) -> Tensor:
        encoded = self.networks.to_tensor(tile.see(self.plate.dequantized))
        refined: Tensor = self.networks.model.refine(encoded, linear, hdr, mask)
        return refined
