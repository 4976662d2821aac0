"""The objectives of Liu et al. 2020: what each stage gets, and its losses.

    dequantize   plate -> stage 1
    linearize    clean encoded plate -> stage 2
    hallucinate  true clipped light -> stage 3
    joint        plate -> stages 1 to 3
    refine       plate -> all stages

Plates that are mostly white or black have no part in the loss, but in ``refine``.

Source: Liu et al. 2020, as released.
"""

from collections.abc import Callable

from torch import Tensor

from hdr_core.camera.response import apply_curve
from hdr_core.model import HdrModel
from hdr_core.stages.hallucinate.light import brighten
from hdr_core.training import paper_losses as losses
from hdr_core.training.data import Shots
from hdr_core.training.losses import Features

Losses = dict[str, Tensor]
PaperObjective = Callable[[HdrModel, Shots, Features], Losses]


def _mean(shots: Shots, parts: Losses) -> Losses:
    """Return the mean of each loss; badly exposed plates count as 0."""
    kept = losses.is_well_exposed(shots.plate)
    return {name: (part * kept).mean() for name, part in parts.items()}


def _light_losses(hdr: Tensor, shots: Shots, features: Features) -> Losses:
    return {
        "hal": losses.tone_error(hdr, shots.hdr),
        "perceptual": losses.feature_error(hdr, shots.hdr, features),
        "tv": losses.tone_variation(hdr),
    }


def dequantize(model: HdrModel, shots: Shots, features: Features) -> Losses:
    """Train stage 1 on plates."""
    del features
    dequantized = model.dequantize(shots.plate)
    return _mean(shots, {"deq": losses.squared_error(dequantized, shots.clean)})


def linearize(model: HdrModel, shots: Shots, features: Features) -> Losses:
    """Train stage 2 on plates before noise, quantization and JPEG."""
    del features
    curve = model.linearize(shots.clean)
    linear = apply_curve(shots.clean, curve)
    parts = {
        "lin": losses.squared_error(linear, shots.linear),
        "crf": losses.squared_error(curve, shots.inverse_crf),
    }
    return _mean(shots, parts)


def hallucinate(model: HdrModel, shots: Shots, features: Features) -> Losses:
    """Train stage 3 on the true light, clipped."""
    linear = shots.linear
    hdr = brighten(linear, model.light_of(linear))
    return _mean(shots, _light_losses(hdr, shots, features))


def joint(model: HdrModel, shots: Shots, features: Features) -> Losses:
    """Train stages 1 to 3 end to end."""
    stages = model(shots.plate)
    parts = {
        "deq": losses.squared_error(stages.dequantized, shots.clean),
        "lin": losses.squared_error(stages.linear, shots.linear),
        "crf": losses.squared_error(stages.inverse_crf, shots.inverse_crf),
        **_light_losses(stages.hallucinated, shots, features),
    }
    return _mean(shots, parts)


def refine(model: HdrModel, shots: Shots, features: Features) -> Losses:
    """Train all stages end to end, on the result alone."""
    hdr = model(shots.plate).refined
    parts = {
        **_light_losses(hdr, shots, features),
        "normalized": losses.normalized_error(hdr, shots.hdr),
    }
    return {name: part.mean() for name, part in parts.items()}


PAPER_OBJECTIVES: dict[str, PaperObjective] = {
    "paper-dequantize": dequantize,
    "paper-linearize": linearize,
    "paper-hallucinate": hallucinate,
    "paper-joint": joint,
    "paper-refine": refine,
}
# Those without the perceptual loss.
FEATURELESS = ("paper-dequantize", "paper-linearize")
