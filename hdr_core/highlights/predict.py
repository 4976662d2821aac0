"""Stage 3 on a whole plate: predict how much light was clipped, on a reduced plate.

The gain network receives a plate as a whole, and its four corners in more detail
(corner_views.py). It receives a panorama as overlapping views, like those of a camera
(sphere_views.py).
"""

from dataclasses import dataclass

from torch import Tensor

from hdr_core.config import GainNetworkConfig
from hdr_core.decisions import Decisions
from hdr_core.execution.reduce import shrink
from hdr_core.highlights.corner_views import fine_size, predict_with_corners
from hdr_core.highlights.sphere_views import predict_sphere, sphere_rows
from hdr_core.networks import Array, Networks
from hdr_core.stages.hallucinate.gain_network import (
    GainMaps,
    PredictMaps,
    encode_plate,
    stack_plate,
)
from hdr_core.stages.hallucinate.light import Hallucinate, channel_masks


@dataclass(frozen=True)
class Prediction:
    """What stage 3 predicts for a whole plate, and the reduced plate behind it.

    Attributes:
        maps: Gain of the clipped light, (1, C, h, w).
        means: Means of light and clip masks over areas of the plate, (1, 7, h', w'),
            in the order of ``stack_plate``. They are finer than the maps.
        is_panorama: Whether the plate is a sphere, with w = 2 h and wrapping columns.
    """

    maps: GainMaps
    means: Tensor
    is_panorama: bool


def predict_gain(
    linear: Array, networks: Networks, decisions: Decisions
) -> Prediction | None:
    """Return what stage 3 predicts for a whole plate.

    None means that there is no such prediction. Then stage 3 is skipped, or its
    network works tile by tile.

    Args:
        linear: Scene-linear, (H, W, 3), 1 = sensor clip, in the networks' primaries.
        networks: The prepared model.
        decisions: Decides whether stage 3 runs, and whether the plate is a panorama.
    """
    stage: Hallucinate = networks.model.hallucinate
    network = stage.config.network
    if not (decisions.runs("hallucinate") and isinstance(network, GainNetworkConfig)):
        return None
    area_px = network.area_px

    def read(rows: slice) -> Tensor:
        return light_and_masks(networks.to_tensor(linear[rows]), stage)

    size = linear.shape[0], linear.shape[1]
    if decisions.is_panorama:
        rows = sphere_rows(size[0], area_px)
        means = shrink(read, size, (rows, 2 * rows))
        maps = predict_sphere(_predict_averaged(stage), means[0], area_px=area_px)
        return Prediction(maps, means, is_panorama=True)
    means = shrink(read, size, fine_size(size, area_px))
    return predict_plate(means, stage, area_px=area_px)


def light_and_masks(linear: Tensor, stage: Hallucinate) -> Tensor:
    """Return pixels (B, 3, H, W) with their clip masks, as ``stack_plate`` does."""
    masks = channel_masks(linear, threshold=stage.config.threshold)
    return stack_plate(linear, masks)


def predict_plate(means: Tensor, stage: Hallucinate, *, area_px: int) -> Prediction:
    """Return what stage 3 predicts for a plate that is not a panorama.

    Args:
        means: Means of ``light_and_masks`` over areas, (1, 7, h, w), with ``fine_size``
            of the plate.
        stage: Stage 3.
        area_px: Largest area that stage 3 receives at once, in pixels.
    """

    def predict_crop(means: Tensor) -> GainMaps:
        return stage.predict_reduced(encode_plate(means), flip_average=False)

    maps = predict_with_corners(
        _predict_averaged(stage), predict_crop, means, area_px=area_px
    )
    return Prediction(maps, means, is_panorama=False)


def _predict_averaged(stage: Hallucinate) -> PredictMaps:
    """Return the function that averages the predictions of means and mirrored means."""
    return lambda means: stage.predict_reduced(encode_plate(means), flip_average=True)
