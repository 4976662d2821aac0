"""The training loop: steps, reports, checkpoints, and the final weights.

A run folder holds ``state.pt`` (weights, averaged weights, optimizer, step; tensors
only, read without unpickling code), the losses (loss_log.py), and in the end
``model.safetensors`` with the averaged weights.
"""

import logging
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import torch
from torch.distributed import (
    destroy_process_group,
    init_process_group,
    is_initialized,
)

from hdr_core.checkpoint import save_model
from hdr_core.errors import OutputError, TrainingError
from hdr_core.execution.device import has_bfloat16
from hdr_core.model import HdrModel
from hdr_core.training.bank import (
    EdgesBatch,
    Keep,
    KeepEdges,
    KeepStatistics,
    StatisticsBatch,
    draw_bank,
    stream_bank,
)
from hdr_core.training.config import TrainConfig
from hdr_core.training.estimates import KeepEstimates
from hdr_core.training.loss_log import open_log
from hdr_core.training.run import Run
from hdr_core.training.step import Batch, train_step
from hdr_core.training.stream import keep_all, stream_shots

# Called with the step, the seconds since the start, and the mean losses.
OnProgress = Callable[[int, float, dict[str, float]], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainResult:
    """Result of a run.

    Attributes:
        steps: Number of steps done in all.
        losses: Running means of the losses after the last step.
        weights: Path of the file with the averaged weights.
    """

    steps: int
    losses: dict[str, float]
    weights: Path


def batches(run: Run) -> Iterator[Batch]:
    """Return the batches of a run, starting at its current step.

    Raises:
        TrainingError: The preset does not have the network that the recipe trains.
    """
    config = run.config
    if config.bank_shots is None:
        keep_shots = KeepEstimates(run.model) if config.estimates_curves else keep_all
        return stream_shots(config.data, keep_shots, rank=run.rank, start=run.step)
    stage = run.model.linearize
    is_edges = config.objective == "evidence"
    trained = stage.evidence if is_edges else stage.statistics
    if trained is None:
        raise TrainingError(
            f"{config.name}: preset {run.model.config.name!r} has no such network to "
            "train. Choose another recipe or preset."
        )
    keep: Keep[StatisticsBatch | EdgesBatch] = (
        KeepEdges(run.model) if is_edges else KeepStatistics(stage.statistics_of)
    )
    name = config.bank_name
    bank = draw_bank(
        config.data,
        run.folder.parent / (f"{name}-{run.rank}" if run.rank else name),
        keep,
        n_shots=math.ceil(config.bank_shots / run.world),
        rank=run.rank,
    )
    if run.step == 0:
        inputs = bank.inputs.float()
        trained.mean.copy_(inputs.mean(dim=0))
        trained.deviation.copy_(inputs.std(dim=0) + 0.02)
    return stream_bank(bank, batch=config.data.batch, seed=config.data.seed + run.step)


def train(
    model: HdrModel,
    config: TrainConfig,
    folder: Path,
    *,
    on_progress: OnProgress | None = None,
) -> TrainResult:
    """Train by a recipe to its end; continue a run that was stopped.

    Args:
        model: Model to start from; trained in place.
        config: Recipe of the run.
        folder: Folder of the run; a run that is in it is continued.
        on_progress: Called every ``config.log_every`` steps with the step, the
            seconds since the start, and the mean losses.

    Returns:
        Number of steps, mean losses, and the file with the averaged weights.

    Raises:
        TrainingError: The preset does not have what the recipe trains, or the run in
            the folder has another recipe or preset.
        OutputError: The folder cannot be written.
        PlateError: The scenes cannot be read.
    """
    torch.manual_seed(config.data.seed)
    with process_group():
        run = Run(model, config, folder)
        run.resume()
        recent = _run_steps(run, on_progress)
    weights = folder / "model.safetensors"
    averaged = run.average.module
    if not run.rank and isinstance(averaged, HdrModel):
        metadata = {"recipe": config.name, "trains": " ".join(config.trains)}
        save_model(averaged, weights, metadata=metadata)
    return TrainResult(run.step, recent, weights)


@contextmanager
def process_group() -> Iterator[None]:
    """Join the process group of torchrun, if there is one and it is not joined yet."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or is_initialized():
        yield
        return
    init_process_group("gloo")
    try:
        yield
    finally:
        destroy_process_group()


def _open_batches(run: Run) -> Iterator[Batch]:
    """Return the batches; make the run folder after the first one has been drawn.

    Missing or damaged data raises before that, so no empty folder is left behind.
    """
    source = batches(run)
    first = [next(source)] if run.step < run.config.steps else []
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{run.folder}: cannot be made ({error}). Choose another --output."
        ) from error
    return chain(first, source)


def _run_steps(run: Run, on_progress: OnProgress | None) -> dict[str, float]:
    """Run all remaining steps and return the mean losses."""
    config, recent = run.config, dict[str, float]()
    # Emulated bfloat16 is ten times slower than float32.
    is_bfloat16 = config.step.is_bfloat16 and has_bfloat16(torch.device("cpu"))
    step = replace(config.step, is_bfloat16=is_bfloat16)
    source = _open_batches(run)
    run.set_mode()
    started = saved = time.monotonic()
    with open_log(run.folder) if not run.rank else nullcontext() as log:
        while run.step < config.steps:
            run.schedule()
            losses = train_step(run.network, next(source), run.optimizer, step)
            run.average.update_parameters(run.model)
            run.step += 1
            recent = _blend(recent, losses, run.step)
            is_last = run.step == config.steps
            if log and (run.step % config.log_every == 0 or is_last):
                log(run.step, recent)
                if on_progress:
                    on_progress(run.step, time.monotonic() - started, recent)
            if time.monotonic() - saved > config.save_every_s:
                run.save()
                saved = time.monotonic()
        run.save()
    return recent


def _blend(
    recent: dict[str, float], losses: dict[str, float], step: int
) -> dict[str, float]:
    """Return the running mean of losses; log a skipped step and leave it out."""
    if not math.isfinite(losses["norm"]):
        _log.warning("step %d: gradients are not finite; step skipped.", step)
        return recent
    return {k: 0.98 * recent.get(k, v) + 0.02 * v for k, v in losses.items()}
