"""One training step, and the objectives: which losses each recipe trains."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from hdr_core.camera.appearance import luminance
from hdr_core.camera.response import apply_curve
from hdr_core.errors import TrainingError
from hdr_core.model import HdrModel
from hdr_core.stages.hallucinate.light import Light, brighten, clip_mask
from hdr_core.stages.linearize.estimate import ResponseEvidence
from hdr_core.training import losses
from hdr_core.training.bank import EdgesBatch, StatisticsBatch
from hdr_core.training.data import Shots
from hdr_core.training.paper_objectives import FEATURELESS, PAPER_OBJECTIVES
from hdr_core.training.vgg_features import VggFeatures

CURVE_PLACES = 94
# Number of prior curves that the edges choose among, drawn anew at each step.
CANDIDATES = 120
# The regressors' error on new scenes, as a multiple of that on training scenes.
GENERALIZATION_FACTOR = 1.3
RIDGE = 1e-6

Losses = dict[str, Tensor]
Batch = Shots | StatisticsBatch | EdgesBatch
Objective = Callable[[HdrModel, Batch], Losses]


@dataclass(frozen=True)
class StepConfig:
    """Settings of one step.

    Attributes:
        weights: Weight of each loss in the sum; a loss without a weight is left out.
        max_norm: Norm that gradients are clipped to.
        is_bfloat16: Run the networks in bfloat16 autocast, on CPUs that have it.
        features: File of VGG-16 for the paper's perceptual loss (vgg_features.py).
    """

    weights: dict[str, float]
    max_norm: float = 1.0
    is_bfloat16: bool = True
    features: Path | None = None


def train_step(
    network: nn.Module,
    batch: Batch,
    optimizer: torch.optim.Optimizer,
    config: StepConfig,
) -> dict[str, float]:
    """Train on one batch.

    Args:
        network: Module that returns the losses of a batch.
        batch: Batch to train on.
        optimizer: Optimizer of the trained parameters.
        config: Settings of the step.

    Returns:
        The losses before the update, their weighted sum ``total``, and the gradient
        ``norm`` before clipping.
    """
    # Forward
    with torch.autocast("cpu", torch.bfloat16, enabled=config.is_bfloat16):
        parts: Losses = network(batch)

    # Loss
    total = weighted_sum(parts, config.weights)

    # Backward
    optimizer.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    trained = [p for group in optimizer.param_groups for p in group["params"]]
    norm = nn.utils.clip_grad_norm_(trained, config.max_norm)

    # Update: a batch with gradients that are not finite is skipped
    if torch.isfinite(norm):
        optimizer.step()
    return {
        **{name: float(part.detach()) for name, part in parts.items()},
        "total": float(total.detach()),
        "norm": float(norm),
    }


def weighted_sum(parts: Losses, weights: dict[str, float]) -> Tensor:
    """Return the weighted sum of the losses that have a weight."""
    chosen: Iterable[Tensor] = (weights[k] * parts[k] for k in weights if k in parts)
    return torch.stack(list(chosen)).sum()


def dequantize_objective(model: HdrModel, batch: Batch) -> Losses:
    """Train stage 1 on plates."""
    shots = _shots(batch)
    return {"deq": losses.dequantize_loss(model.dequantize(shots.plate), shots.clean)}


def linearize_objective(model: HdrModel, batch: Batch) -> Losses:
    """Train stage 2 on plates."""
    shots = _shots(batch)
    curve = model.linearize(shots.plate)
    linear = apply_curve(shots.clean, curve)
    return {
        "lin": losses.linear_loss(linear, shots.linear),
        "crf": losses.curve_loss(curve, shots.inverse_crf),
        "crf_stops": losses.curve_stops_loss(curve, shots.inverse_crf),
    }


def statistics_objective(model: HdrModel, batch: Batch) -> Losses:
    """Train the statistics regressors of stage 2; each has its own losses."""
    if not isinstance(batch, StatisticsBatch) or model.linearize.statistics is None:
        raise TypeError("statistics objective: needs statistics and a net for them.")
    each = model.linearize.statistics.each(batch.statistics.float())
    n_samples = batch.inverse_crf.shape[1]
    # Curves are smooth: these samples suffice, at a tenth of the cost.
    places = torch.linspace(0, n_samples - 1, min(n_samples, CURVE_PLACES))
    places = places.round().long()
    curves = model.linearize.curve(each.flatten(0, 1), places)
    truth = batch.inverse_crf[:, places].repeat(len(each), 1)
    return {
        "crf": losses.curve_loss(curves, truth),
        "crf_stops": losses.curve_stops_loss(curves, truth),
    }


def evidence_objective(model: HdrModel, batch: Batch) -> Losses:
    """Train the edge likelihood, beside the estimate of the rest of stage 2."""
    stage = model.linearize
    if not isinstance(batch, EdgesBatch) or stage.evidence is None:
        raise TypeError("evidence objective: needs edges and a net for them.")
    among = torch.randperm(stage.config.n_prior_curves)[:CANDIDATES]
    evidence = stage.weigh(batch.edges, among=among)
    components = stage.curve_components
    gram = components @ components.T
    # Components near 0 would have unbounded coefficients.
    gram = gram + RIDGE * gram.trace() * torch.eye(len(gram))
    shape = (batch.inverse_crf - stage.curve_mean) @ components.T
    truth = torch.linalg.solve(gram, shape.T).T
    # The bank holds training scenes: enlarge the error to that on new scenes.
    estimate = truth + GENERALIZATION_FACTOR * (batch.coefficients - truth)
    response = ResponseEvidence(estimate, evidence)
    curve = stage.curve(stage.likely(response, among=among))
    return {
        "crf": losses.curve_loss(curve, batch.inverse_crf),
        "crf_stops": losses.curve_stops_loss(curve, batch.inverse_crf),
    }


def hallucinate_objective(model: HdrModel, batch: Batch) -> Losses:
    """Train stage 3 on quantized plates, linearized with a guessed curve.

    The paper trains on the true curve, but stage 3 never gets it at run time.
    """
    shots = _shots(batch)
    linear = apply_curve(shots.plate, shots.guessed_crf)
    truth = shots.hdr / losses.scale_to_truth(linear, shots.hdr, shots.plate)
    light = model.light_of(linear)
    parts = light_losses(brighten(linear, light), truth, shots, linear, model)
    return {**parts, **_spread(linear, light, truth)}


def joint_objective(model: HdrModel, batch: Batch) -> Losses:
    """Train the first three stages end to end."""
    shots = _shots(batch)
    stages = model(shots.plate)
    truth = shots.hdr / losses.scale_to_truth(stages.linear, shots.hdr, shots.plate)
    parts = light_losses(stages.hallucinated, truth, shots, stages.linear, model)
    return {
        **parts,
        **_spread(stages.linear, stages.light, truth),
        "deq": losses.dequantize_loss(stages.dequantized, shots.clean),
        "lin": losses.linear_loss(stages.linear, shots.linear),
        "crf": losses.curve_loss(stages.inverse_crf, shots.inverse_crf),
        "crf_stops": losses.curve_stops_loss(stages.inverse_crf, shots.inverse_crf),
    }


def refine_objective(model: HdrModel, batch: Batch) -> Losses:
    """Train all four stages on estimated curves; only the result has losses."""
    shots = _shots(batch)
    stages = model(shots.plate, shots.guessed_crf)
    truth = shots.hdr / losses.scale_to_truth(stages.linear, shots.hdr, shots.plate)
    return light_losses(stages.refined, truth, shots, stages.linear, model)


def spread_objective(model: HdrModel, batch: Batch) -> Losses:
    """Train the spread of stage 3: the uncertainty of the whole pipeline's light.

    It covers the errors of all stages, above all that of the curve. The result itself
    gets no gradient.
    """
    shots = _shots(batch)
    stages = model(shots.plate, shots.guessed_crf)
    truth = shots.hdr / losses.scale_to_truth(stages.linear, shots.hdr, shots.plate)
    ours, true = (
        losses.log_light(luminance(light)) for light in (stages.refined.detach(), truth)
    )
    clipped = (shots.plate >= losses.CLIPPED_CODE).any(dim=1, keepdim=True).float()
    return {"spread": losses.spread_loss(ours - true, stages.light.spread, clipped)}


def light_losses(
    hdr: Tensor, truth: Tensor, shots: Shots, linear: Tensor, model: HdrModel
) -> Losses:
    """Return the losses of a result against the truth."""
    clipped = (shots.plate >= losses.CLIPPED_CODE).float()
    mask = clip_mask(linear, threshold=model.config.hallucinate.threshold)
    energy = losses.plate_energy_error(hdr, truth, clipped).abs()
    n_measured = (energy > 0.0).float().sum()
    return {
        "hal": losses.light_loss(hdr, truth, clipped),
        "sat": losses.clipped_loss(hdr, truth, clipped),
        "perceived": losses.perceived_loss(hdr, truth),
        "window": losses.window_energy_loss(hdr, truth, clipped),
        "energy": energy.sum() / (n_measured + 1e-6),
        "perceptual": losses.perceptual_loss(hdr, truth),
        "tv": losses.variation_loss(hdr, mask.detach()),
    }


def _spread(linear: Tensor, light: Light, truth: Tensor) -> Losses:
    """Return the loss of the spread, if predicted; the light gets no gradient."""
    if not light.spread.requires_grad:
        return {}
    wanted = torch.log2(truth.clamp(min=losses.FLOOR) / linear.clamp(min=losses.FLOOR))
    error = wanted - light.stops.detach()
    mask = (light.masks >= 0.99).float()
    return {"spread": losses.spread_loss(error, light.spread, mask)}


def _shots(batch: Batch) -> Shots:
    if not isinstance(batch, Shots):
        raise TypeError(f"objective: needs shots, found {type(batch).__name__}.")
    return batch


OBJECTIVES: dict[str, Objective] = {
    "dequantize": dequantize_objective,
    "statistics": statistics_objective,
    "evidence": evidence_objective,
    "linearize": linearize_objective,
    "hallucinate": hallucinate_objective,
    "joint": joint_objective,
    "refine": refine_objective,
    "spread": spread_objective,
}


class ObjectiveNet(nn.Module):
    """A model and its objective as one module, so that DDP syncs every gradient.

    Args:
        model: The model to train.
        objective: Name of the objective, ours or the paper's.
        features: File of VGG-16 for the paper's perceptual loss.

    Raises:
        TrainingError: The objective needs ``features``, or the file does not fit.
    """

    def __init__(
        self, model: HdrModel, objective: str, *, features: Path | None = None
    ) -> None:
        super().__init__()
        self.model = model
        self.objective = objective
        self.features: nn.Module = nn.Identity()
        if objective in PAPER_OBJECTIVES and objective not in FEATURELESS:
            if features is None:
                raise TrainingError(
                    f"{objective}: its perceptual loss needs VGG-16. Name a file of it "
                    "with --features."
                )
            self.features = VggFeatures(features)

    def forward(self, batch: Batch) -> Losses:
        """Return the losses of a batch by name."""
        if self.objective in PAPER_OBJECTIVES:
            objective = PAPER_OBJECTIVES[self.objective]
            return objective(self.model, _shots(batch), self.features)
        return OBJECTIVES[self.objective](self.model, batch)
