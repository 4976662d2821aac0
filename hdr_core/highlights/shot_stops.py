"""Stops of light above the clip: their sum, and the correction of a shot."""

import torch
from torch import Tensor

from hdr_core.errors import PlateError
from hdr_core.stages.hallucinate.gain_network import GainMaps


def total_stops(maps: GainMaps) -> Tensor:
    """Return the predicted stops above the clip, sources included, (3, h, w)."""
    return torch.log2(torch.exp2(maps.stops) + maps.sources)[0]


def add_stops(maps: GainMaps, correction: Tensor) -> GainMaps:
    """Return ``maps`` with a correction added to the stops of all their light.

    Args:
        maps: Gain maps of one plate, (1, C, h, w).
        correction: Stops to add, (3, h, w).

    Raises:
        PlateError: The correction was made for a plate of another shape.
    """
    expected, found = maps.stops.shape[2:], correction.shape[1:]
    if found != expected:
        raise PlateError(
            "the plate has another size than the analyzed shot: its gain maps are "
            f"{expected[1]}x{expected[0]}, those of the shot {found[1]}x{found[0]}. "
            "Analyze the shot again, or convert the plate with --shot none."
        )
    added = correction[None].to(maps.stops)
    return maps._replace(
        stops=maps.stops + added, sources=maps.sources * torch.exp2(added)
    )
