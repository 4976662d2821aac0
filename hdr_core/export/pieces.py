"""The functions of tensors that are captured, made of the code that ``convert`` runs.

They leave out what depends on a file or needs OpenColorIO: the repair of clip
undershoot in JPEGs, the projection to the plate's codes, panoramas, and the working
space.
"""

import torch
from torch import Tensor, nn

from hdr_core.camera.curves import BLACK
from hdr_core.camera.response import apply_curve
from hdr_core.config import GainNetworkConfig
from hdr_core.decisions import LEARNT_CODE
from hdr_core.execution.reduce import means_over, sample_distance
from hdr_core.highlights.corner_views import fine_size
from hdr_core.highlights.correct import correct
from hdr_core.highlights.limit_light import limit_light, scale_gain
from hdr_core.highlights.predict import light_and_masks, predict_plate
from hdr_core.model import HdrModel
from hdr_core.recognize.classifier import load_classifier
from hdr_core.recognize.edge_scores import MOST_EDGES
from hdr_core.recognize.torch_recognizer import edges_of_tile
from hdr_core.stages.hallucinate.gain_network import GainMaps
from hdr_core.stages.hallucinate.light import (
    Hallucinate,
    Region,
    brighten,
    clip_mask,
)
from hdr_core.stages.linearize.estimate import ResponseEvidence

# The artist's choices, in the order of the tensor ``controls``, with their defaults.
CONTROLS = {"exposure": 0.0, "strength": 1.0, "boldness": 0.5, "ceiling": 20.0}


class LeafNetwork(nn.Module):
    """Stands for the network of stage 3 while the code around it is captured.

    Args:
        config: Sizes of the network, which the code around it reads.
    """

    def __init__(self, config: GainNetworkConfig) -> None:
        super().__init__()
        self.config = config

    def forward(self, reduced: Tensor) -> GainMaps:
        """Return maps without values for a reduced plate."""
        return GainMaps.split(torch.ops.hdr_core.network(reduced))


def network(model: HdrModel, reduced: Tensor) -> Tensor:
    """Return the gain maps of stage 3, (1, 7, h, w), for a plate as its network needs.

    Args:
        model: The networks.
        reduced: Result of ``encode_plate``, (1, 7, h, w).
    """
    maps: GainMaps = model.hallucinate.network(reduced)
    return torch.cat(maps, dim=1)


def gain(model: HdrModel, means: Tensor) -> Tensor:
    """Return corrected gain maps (1, 7, h, w) for means of a plate, same shape.

    The graph calls ``network`` as an operator, so that its weights are there once.
    """
    config = model.config.hallucinate
    assert isinstance(config.network, GainNetworkConfig)
    stage = Hallucinate(config)
    stage.network = LeafNetwork(config.network)  # type: ignore[assignment]
    prediction = predict_plate(means, stage, area_px=config.network.area_px)
    maps = correct(prediction)
    assert maps is not None
    return torch.cat(maps, dim=1)


def curve(
    model: HdrModel, reduced: Tensor, small: Tensor, samples: Tensor, distance: Tensor
) -> Tensor:
    """Return the inverse CRF (1, N) of a plate.

    Args:
        model: The networks.
        reduced: Means of the plate for the statistics, (1, 3, h, w).
        small: Means of the plate for the backbone, (1, 3, h', w').
        samples: Pixels of the plate as they are, (1, 3, h, w).
        distance: Distance between two samples in pixels, ().
    """
    evidence = _evidence(model, reduced, small, samples, distance)
    return model.linearize.curve(model.linearize.likely(evidence))


def curve_and_spread(
    model: HdrModel, reduced: Tensor, small: Tensor, samples: Tensor, distance: Tensor
) -> Tensor:
    """Return the inverse CRF of a plate and its standard deviation, (2, N).

    Arguments are those of ``curve``.
    """
    evidence = _evidence(model, reduced, small, samples, distance)
    stage = model.linearize
    spread = stage.spread(evidence)
    assert spread is not None
    return torch.cat([stage.curve(stage.likely(evidence)), spread])


def _evidence(
    model: HdrModel, reduced: Tensor, small: Tensor, samples: Tensor, distance: Tensor
) -> ResponseEvidence:
    stage = model.linearize
    evidence = stage.weigh(stage.edges_of(samples, scale=distance))
    return ResponseEvidence(stage.coefficients_of(reduced, small), evidence)


def distance(encoded: Tensor, samples: Tensor) -> Tensor:
    """Return the distance between two samples of a plate in pixels, ()."""
    return torch.as_tensor(sample_distance(encoded, samples))


def dequantize(model: HdrModel, encoded: Tensor) -> Tensor:
    """Return stage 1 of a tile, encoded, (1, 3, h, w)."""
    fine: Tensor = model.dequantize(encoded)
    return fine


def masks(model: HdrModel, linear: Tensor) -> Tensor:
    """Return light, the clip mask of each channel, and the largest, (1, 7, h, w)."""
    return light_and_masks(linear, model.hallucinate)


def recognize_edges(tile: Tensor) -> Tensor:
    """Return the edges of a tile (1, 3, h, w) for recognition, as one vector.

    They are ``MOST_EDGES`` patches, then the features of the tile, then the number of
    the patches that are no filling.
    """
    edges = edges_of_tile(tile, MOST_EDGES)
    parts = edges.patches, edges.plate[:, :-1], edges.counts
    return torch.cat([part.flatten().float() for part in parts])


def recognize(facts: Tensor) -> Tensor:
    """Return the probability of each class for the facts of a plate, (1, n)."""
    return load_classifier().probabilities(facts)


def means(model: HdrModel, linear: Tensor) -> Tensor:
    """Return the means that ``gain`` needs, (1, 7, h, w), for a plate (1, 3, H, W)."""
    config = model.config.hallucinate.network
    assert isinstance(config, GainNetworkConfig)
    size = linear.shape[-2], linear.shape[-1]
    stacked = light_and_masks(linear, model.hallucinate)
    return means_over(stacked, fine_size(size, config.area_px))


def develop(model: HdrModel, encoded: Tensor, inverse_crf: Tensor) -> Tensor:
    """Return pixels after stages 1 and 2, (1, 6, h, w): encoded, then scene-linear."""
    fine = model.dequantize(encoded)
    return torch.cat([fine, apply_curve(fine, lift_code_0(inverse_crf))], dim=1)


def lift_code_0(inverse_crf: Tensor) -> Tensor:
    """Return g (1, N) with a typical light for code 0, as ``lift_black`` does."""
    half_code = torch.full((1, 1), 0.5 / LEARNT_CODE, dtype=torch.float64)
    g = inverse_crf.double()
    u = apply_curve(half_code, g)
    grid = torch.linspace(0.0, 1.0, inverse_crf.shape[1], dtype=torch.float64)
    is_code_0 = (grid < 0.5 / LEARNT_CODE)[None]
    return torch.where(is_code_0, BLACK * u + (1.0 - BLACK) * g, g).float()


def add_light(
    model: HdrModel,
    developed: Tensor,
    inverse_crf: Tensor,
    maps: Tensor,
    region: Tensor,
    controls: Tensor,
) -> Tensor:
    """Return the HDR of a tile, scene-linear, with exposure, (1, 3, h, w).

    Args:
        model: The networks.
        developed: Result of ``develop`` for a tile with overlap, (1, 6, h, w).
        inverse_crf: Result of ``camera``, (1, N).
        maps: Result of ``gain``, (1, 7, h', w').
        region: Row and column of the tile's first pixel, then rows and columns of the
            whole plate, (4,).
        controls: Values of ``CONTROLS``, (4,).
    """
    sure = surely_unclipped(inverse_crf)
    hdr, _ = _lighten(
        model, developed, maps, region, sure, controls[1:], is_lossy=False
    )
    return hdr * torch.exp2(controls[0])


def light(
    model: HdrModel,
    developed: Tensor,
    maps: Tensor,
    region: Tensor,
    sure: Tensor,
    controls: Tensor,
    *,
    is_lossy: bool,
) -> Tensor:
    """Return the HDR and the spread of a tile, without exposure, (1, 4, h, w).

    Args:
        model: The networks.
        developed: A tile with overlap after stages 1 and 2, (1, 6, h, w): encoded, then
            scene-linear in the networks' primaries.
        maps: Result of ``gain``, (1, 7, h', w').
        region: As for ``add_light``, (4,).
        sure: Light up to which a channel is surely not clipped, float64, ().
        controls: Values of ``CONTROLS`` without the exposure, (3,).
        is_lossy: Whether a codec changed the codes of the plate.
    """
    hdr, spread = _lighten(
        model, developed, maps, region, sure, controls, is_lossy=is_lossy
    )
    return torch.cat([hdr, spread], dim=1)


def _lighten(
    model: HdrModel,
    developed: Tensor,
    maps: Tensor,
    region: Tensor,
    sure: Tensor,
    controls: Tensor,
    *,
    is_lossy: bool,
) -> tuple[Tensor, Tensor]:
    """Return the HDR of a tile without exposure, and its spread."""
    strength, boldness, ceiling = controls.unbind()
    fine, linear = developed[:, :3], developed[:, 3:]
    place = Region(*region.double().unbind())
    light = model.hallucinate(
        linear, GainMaps.split(maps), place, sure=sure, is_lossy=is_lossy
    )
    mask = clip_mask(linear, threshold=model.config.hallucinate.threshold)
    stops = light.stops + light.spread * quantile_of_laplace(boldness)
    hdr = brighten(linear, light._replace(stops=stops))
    hdr = model.refine(fine, linear, hdr, mask)
    hdr = torch.where(strength < 1.0, scale_gain(hdr, linear, strength), hdr)
    hdr = limit_light(hdr, linear, strength=1.0, ceiling_stops=ceiling)
    return hdr, strength * light.spread * mask


def surely_unclipped(inverse_crf: Tensor) -> Tensor:
    """Return the light below code n for g (1, N), as ``sure_light`` does, (1, 1)."""
    edge = torch.full((1, 1), 1.0 - 0.5 / LEARNT_CODE, dtype=torch.float64)
    return apply_curve(edge, inverse_crf.double()).float()


def quantile_of_laplace(share: Tensor) -> Tensor:
    """Return ``laplace_quantile`` of a share that the host may change."""
    share = share.clamp(0.01, 0.99)
    tail = torch.log(2.0 * torch.minimum(share, 1.0 - share))
    return torch.where(share < 0.5, tail, -tail)
