"""Stops of light above the clip: their sum, and what a shot adds to them."""

import torch
from torch import Tensor

from hdr_core.errors import PlateError
from hdr_core.stages.hallucinate.gain_network import GainMaps


def total_stops(context: GainMaps) -> Tensor:
    """Return all stops above clip that a context tells, (3, h, w)."""
    sources = context._asdict().get("sources")
    if sources is None:
        return context.stops[0]
    return torch.log2(torch.exp2(context.stops) + sources)[0]


def add_stops(context: GainMaps, correction: Tensor) -> GainMaps:
    """Return ``context`` with ``correction`` (3, h, w) added to its stops.

    Raises:
        PlateError: The correction is of a plate of another shape.
    """
    if correction.shape[1:] != context.stops.shape[2:]:
        raise PlateError("the plate is of another size than the shot was analyzed in.")
    maps = context._asdict()
    added = correction[None].to(context.stops)
    maps["stops"] = context.stops + added
    if "sources" in maps:
        maps["sources"] = maps["sources"] * torch.exp2(added)
    return GainMaps(**maps)
