"""A model where it runs: its device, its number format, how many tiles at once."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hdr_core.checks import require_within
from hdr_core.config import GainNetworkConfig
from hdr_core.execution.device import choose_device, choose_precision, parts_at_once
from hdr_core.execution.scratch import tiles_within
from hdr_core.model import HdrModel
from hdr_core.options import Options

Array = NDArray[np.float32]
MOST_TILE_PX = 2**15


@dataclass(frozen=True)
class Networks:
    """A model, where it runs, and with which numbers.

    Attributes:
        model: Ready.
        device: Where.
        precision: Of stage 1.
        tiles_at_once: Tiles that are worked on side by side, at most.
    """

    model: HdrModel
    device: torch.device
    precision: torch.dtype
    tiles_at_once: int = 1

    def to_tensor(self, image: Array) -> Tensor:
        """Return (H, W, C) as (1, C, H, W) on the device."""
        return torch.from_numpy(image.transpose(2, 0, 1).copy())[None].to(self.device)


def prepare(model: HdrModel, config: Options) -> Networks:
    """Return ``model`` on the device and in the precision of ``config``.

    Raises:
        OptionError: No such device, or tiles without pixels.
    """
    require_within(config.tiles.size_px, 1, MOST_TILE_PX, name="tile")
    device = choose_device(config.device)
    precision = choose_precision(config.precision, device)
    # A tile of the large networks takes gigabytes.
    is_small = isinstance(model.config.hallucinate.network, GainNetworkConfig)
    n_tiles = tiles_at_once(config) if is_small else 1
    return Networks(model.to(device).eval(), device, precision, n_tiles)


def tiles_at_once(config: Options) -> int:
    """Return how many tiles of ``compact`` are worked on side by side, at most.

    Raises:
        OptionError: No such device.
    """
    n_parts = parts_at_once(choose_device(config.device))
    return min(n_parts, tiles_within(config.memory_gib))


def to_image(tensor: Tensor) -> Array:
    """Return (1, C, H, W) as (H, W, C) float32."""
    return np.asarray(tensor[0].permute(1, 2, 0).float().cpu().numpy())
