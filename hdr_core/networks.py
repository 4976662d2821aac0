"""Prepare a model to run: its device, its number format, and tiles at once."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hdr_core.checks import require_within
from hdr_core.config import GainNetworkConfig, ModelConfig
from hdr_core.execution.device import (
    autocast,
    choose_device,
    choose_precision,
    parts_at_once,
    side_by_side,
)
from hdr_core.execution.parallel import SideBySide
from hdr_core.execution.scratch import tiles_within
from hdr_core.execution.tiles import Reach
from hdr_core.model import HdrModel
from hdr_core.options import Options

Array = NDArray[np.float32]
# Largest side of a tile, in pixels.
MOST_TILE_PX = 2**15


@dataclass(frozen=True)
class Networks:
    """A prepared model, its device and its number format.

    Attributes:
        model: The model, on the device and in evaluation mode.
        device: Device on which the networks run.
        precision: Number format of stage 1.
        tiles_at_once: Largest number of tiles that are processed at the same time.
    """

    model: HdrModel
    device: torch.device
    precision: torch.dtype
    tiles_at_once: int = 1

    @property
    def config(self) -> ModelConfig:
        """Configuration of the model."""
        return self.model.config

    @property
    def side_by_side(self) -> SideBySide:
        """Runs tiles at the same time, which share torch's threads."""
        return side_by_side

    @property
    def stage_1_reach(self) -> Reach:
        """How far stage 1 reads around a pixel."""
        stage = self.model.dequantize
        return Reach(stage.reach_px, stage.unet.stride)

    @torch.inference_mode()
    def dequantize(self, codes: Array) -> Array:
        """Return stage 1 of a tile (h, w, 3), encoded, same shape."""
        with autocast(self.device, self.precision):
            return to_image(self.model.dequantize(self.to_tensor(codes)))

    def to_tensor(self, image: Array) -> Tensor:
        """Return an image (H, W, C) as a tensor (1, C, H, W) on the device."""
        return torch.from_numpy(image.transpose(2, 0, 1).copy())[None].to(self.device)


def prepare(model: HdrModel, config: Options) -> Networks:
    """Return ``model`` on the device and in the precision of ``config``.

    Args:
        model: The model; it is moved to the device.
        config: The artist's choices.

    Raises:
        OptionError: This machine has no such device, or the tile size is not allowed.
    """
    require_within(config.tiles.size_px, 1, MOST_TILE_PX, name="tile")
    device = choose_device(config.device)
    precision = choose_precision(config.precision, device)
    # The large networks take gigabytes of memory for one tile.
    is_small = isinstance(model.config.hallucinate.network, GainNetworkConfig)
    n_tiles = tiles_at_once(config) if is_small else 1
    return Networks(model.to(device).eval(), device, precision, n_tiles)


def tiles_at_once(config: Options) -> int:
    """Return how many tiles of ``compact`` are processed at the same time, at most.

    Raises:
        OptionError: This machine has no such device.
    """
    n_parts = parts_at_once(choose_device(config.device))
    return min(n_parts, tiles_within(config.memory_gib))


def to_image(tensor: Tensor) -> Array:
    """Return a tensor (1, C, H, W) as an image (H, W, C), float32."""
    return np.asarray(tensor[0].permute(1, 2, 0).float().cpu().numpy())
