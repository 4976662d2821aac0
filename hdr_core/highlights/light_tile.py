"""Stages 3 and 4 of one tile, in torch."""

import torch
from torch import Tensor

from hdr_core.decisions import Decisions
from hdr_core.develop.linear_plate import LinearPlate
from hdr_core.execution.device import one_thread
from hdr_core.execution.tiles import Reach, Tile
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


def light_reach(networks: Networks, decisions: Decisions, *, is_lossy: bool) -> Reach:
    """Return how far stages 3 and 4 read around a pixel together."""
    network = networks.model.hallucinate.network
    reach_px, stride_px = 0, 1
    if decisions.runs("hallucinate") and isinstance(network, Hdrcnn):
        reach_px, stride_px = network.reach_px, network.stride
    elif decisions.runs("hallucinate") and is_lossy:
        reach_px = DENOISE_REACH_PX
    if decisions.runs("refine"):
        unet = networks.model.refine.unet
        reach_px += unet.reach_px
        # Both are powers of two: the larger is a multiple of the other.
        stride_px = max(stride_px, unet.stride)
    return Reach(reach_px, stride_px)


def measure_mask(networks: Networks, linear: Array) -> Array:
    """Return the clip mask of light (h, w, 3) in the networks' primaries, (h, w)."""
    threshold = networks.config.hallucinate.threshold
    return to_image(clip_mask(networks.to_tensor(linear), threshold=threshold))[..., 0]


def light_tile(
    networks: Networks,
    plate: LinearPlate,
    tile: Tile,
    maps: GainMaps | None,
    decisions: Decisions,
) -> tuple[Array, Array]:
    """Return hdr and spread of a tile's outer pixels; only inner ones are exact.

    Args:
        networks: The prepared model.
        plate: The plate as light.
        tile: A part of a tile, with overlap.
        maps: Gain of the clipped light of the plate; None: predicted tile by tile.
        decisions: Decisions for this plate.
    """
    options = decisions.options
    linear = networks.to_tensor(tile.crop(plate.linear))
    mask = clip_mask(linear, threshold=networks.config.hallucinate.threshold)
    spread = torch.zeros_like(mask)
    hdr = linear
    if decisions.runs("hallucinate"):
        light = _predict(networks, plate, linear, tile, maps, decisions)
        hdr = brighten(linear, light, boldness=options.boldness)
        spread = options.strength * light.spread * mask
    if decisions.runs("refine"):
        encoded = networks.to_tensor(tile.crop(plate.values.fine))
        with one_thread():
            hdr = networks.model.refine(encoded, linear, hdr, mask)
    hdr = limit_light(
        hdr, linear, strength=options.strength, ceiling_stops=options.ceiling_stops
    )
    return to_image(hdr), to_image(spread)[..., 0]


def _predict(
    networks: Networks,
    plate: LinearPlate,
    linear: Tensor,
    tile: Tile,
    maps: GainMaps | None,
    decisions: Decisions,
) -> Light:
    """Return the light above the clip of a tile."""
    rows, columns = tile.outer
    region = Region(rows.start, columns.start, *plate.size)
    if maps is not None and decisions.is_panorama:
        maps, region = crop_maps(maps, tile, plate.size)
    light: Light = networks.model.hallucinate(
        linear, maps, region, sure=plate.sure, is_lossy=plate.is_lossy
    )
    return light
