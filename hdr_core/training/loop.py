"""A run: step after step, kept safe, watched, and resumed.

A run folder holds ``state.pt`` (weights, averaged weights, optimizer, step; tensors
only, read without unpickling code), TensorBoard events, and in the end
``model.safetensors`` with the averaged weights.
"""

import logging
import math
import os
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.distributed import (
    destroy_process_group,
    init_process_group,
    is_initialized,
)
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

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
from hdr_core.training.data import stream_shots, whole
from hdr_core.training.estimates import KeepEstimates
from hdr_core.training.recipes import TrainConfig
from hdr_core.training.step import Batch, ObjectiveNet, train_step

Tell = Callable[[int, float, dict[str, float]], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainResult:
    """What a run came to.

    Attributes:
        steps: Steps done in all.
        losses: Mean losses of the last steps.
        weights: File with the averaged weights.
    """

    steps: int
    losses: dict[str, float]
    weights: Path


class Run:
    """The state of a run: everything that changes while it goes on."""

    def __init__(self, model: HdrModel, config: TrainConfig, folder: Path) -> None:
        self.config = config
        self.folder = folder
        self.step = 0
        self.rank = int(os.environ.get("RANK", "0"))
        self.world = int(os.environ.get("WORLD_SIZE", "1"))
        self.model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        chosen = freeze_others(model, config)
        average = get_ema_multi_avg_fn(config.ema)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(model, multi_avg_fn=average, use_buffers=True)
        self.optimizer = torch.optim.AdamW(
            chosen, lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.network: nn.Module = ObjectiveNet(self.model, config.objective)
        if self.world > 1:
            self.network = DistributedDataParallel(self.network)

    @property
    def state_path(self) -> Path:
        """Where the state is kept."""
        return self.folder / "state.pt"

    def save(self) -> None:
        """Write the state; it appears whole or not at all."""
        if self.rank:
            return
        temporary = self.state_path.with_suffix(".tmp")
        torch.save(
            {
                "recipe": repr(self.config),
                "preset": self.model.config.name,
                "step": self.step,
                "model": self.model.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
            },
            temporary,
        )
        temporary.replace(self.state_path)

    def resume(self) -> None:
        """Go on where the run in this folder stopped, if there is one.

        Raises:
            TrainingError: The run is another recipe's, or its state is damaged.
        """
        if not self.state_path.is_file():
            return
        remedy = "Choose another --output, or remove it."
        try:
            state: dict[str, Any] = torch.load(self.state_path, weights_only=True)
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
            raise TrainingError(f"{self.state_path}: damaged. {remedy}") from error
        name = self.model.config.name
        if (state["recipe"], state.get("preset", name)) != (repr(self.config), name):
            raise TrainingError(
                f"{self.state_path}: made by another recipe, preset or other settings. "
                + remedy
            )
        self.step = state["step"]
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])

    def schedule(self) -> None:
        """Set the learning rate of this step: warm-up, then a cosine to 1 %."""
        warm = min(1.0, (self.step + 1) / self.config.warmup)
        way = self.step / max(self.config.steps, 1)
        rate = self.config.learning_rate * warm
        rate *= 0.505 + 0.495 * math.cos(math.pi * min(way, 1.0))
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def set_mode(self) -> None:
        """Let the trained parts train; frozen ones keep their statistics."""
        self.model.eval()
        for name in self.config.trains:
            self.model.get_submodule(name).train()


def freeze_others(model: HdrModel, config: TrainConfig) -> list[nn.Parameter]:
    """Return the parameters that the recipe trains; all others are frozen.

    Raises:
        TrainingError: The preset has no such modules.
    """
    model.requires_grad_(False)
    for name in config.trains:
        try:
            model.get_submodule(name).requires_grad_(True)
        except AttributeError as error:
            raise TrainingError(
                f"{config.name}: preset {model.config.name!r} has no {name} to train."
            ) from error
    return [p for p in model.parameters() if p.requires_grad]


def batches(run: Run) -> Iterator[Batch]:
    """Return the batches of a run, from its step on."""
    config = run.config
    if config.bank_shots is None:
        keep_shots = KeepEstimates(run.model) if config.estimates_curves else whole
        return stream_shots(config.data, keep_shots, rank=run.rank, start=run.step)
    stage = run.model.linearize
    is_edges = config.objective == "evidence"
    trained = stage.evidence if is_edges else stage.statistics
    if trained is None:
        raise TrainingError(f"{config.name}: this preset has nothing of it to train.")
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
    if run.step == 0 and not config.is_normalized:
        known = bank.seen.float()
        trained.mean.copy_(known.mean(dim=0))
        trained.deviation.copy_(known.std(dim=0) + 0.02)
    return stream_bank(bank, batch=config.data.batch, seed=config.data.seed + run.step)


def train(
    model: HdrModel,
    config: TrainConfig,
    folder: Path,
    *,
    tell: Tell | None = None,
) -> TrainResult:
    """Run a recipe to its end, or go on with a run that was stopped.

    Args:
        model: Model to start from; trained in place.
        config: The recipe.
        folder: The run's folder.
        tell: Called with step, seconds and mean losses now and then.

    Raises:
        TrainingError: The recipe and the preset, or the run in the folder, do not
            belong together.
        OutputError: The folder cannot be written.
        PlateError: The scenes cannot be read.
    """
    torch.manual_seed(config.data.seed)
    with process_group():
        run = Run(model, config, folder)
        run.resume()
        recent = _go(run, tell)
    weights = folder / "model.safetensors"
    averaged = run.average.module
    if not run.rank and isinstance(averaged, HdrModel):
        told = {"recipe": config.name, "trains": " ".join(config.trains)}
        save_model(averaged, weights, metadata=told)
    return TrainResult(run.step, recent, weights)


@contextmanager
def process_group() -> Iterator[None]:
    """Join the other processes of torchrun, if there are any and it is not done yet."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or is_initialized():
        yield
        return
    init_process_group("gloo")
    try:
        yield
    finally:
        destroy_process_group()


def _start(run: Run) -> Iterator[Batch]:
    """Return the batches; a folder is made when the first one has been drawn.

    What is missing or damaged shows by then, and leaves nothing behind.
    """
    source = batches(run)
    first = [next(source)] if run.step < run.config.steps else []
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{run.folder}: cannot be made ({error}).") from error
    return chain(first, source)


def _go(run: Run, tell: Tell | None) -> dict[str, float]:
    config, recent = run.config, dict[str, float]()
    # Where it is emulated, bfloat16 is ten times slower than float32.
    is_bfloat16 = config.step.is_bfloat16 and has_bfloat16(torch.device("cpu"))
    step = replace(config.step, is_bfloat16=is_bfloat16)
    source = _start(run)
    run.set_mode()
    started = saved = time.monotonic()
    with SummaryWriter(str(run.folder)) if not run.rank else nullcontext() as writer:
        while run.step < config.steps:
            run.schedule()
            losses = train_step(run.network, next(source), run.optimizer, step)
            run.average.update_parameters(run.model)
            run.step += 1
            recent = _blend(recent, losses, run.step)
            is_last = run.step == config.steps
            if writer and (run.step % config.log_every == 0 or is_last):
                for name, value in recent.items():
                    writer.add_scalar(name, value, run.step)
                if tell:
                    tell(run.step, time.monotonic() - started, recent)
            if time.monotonic() - saved > config.save_every_s:
                run.save()
                saved = time.monotonic()
        run.save()
    return recent


def _blend(
    recent: dict[str, float], losses: dict[str, float], step: int
) -> dict[str, float]:
    """Return the running mean of losses; a step passed over is told, not blended."""
    if not math.isfinite(losses["norm"]):
        _log.warning("step %d: gradients are not finite, passed over.", step)
        return recent
    return {k: 0.98 * recent.get(k, v) + 0.02 * v for k, v in losses.items()}
