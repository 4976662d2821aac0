"""A run: step after step, kept safe, watched, and resumed.

A run folder holds ``state.pt`` (weights, averaged weights, optimizer, step; tensors
only, read without unpickling code), TensorBoard events, and in the end
``model.safetensors`` with the averaged weights.
"""

import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.distributed import destroy_process_group, init_process_group
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

from hdr_core.checkpoint import save_model
from hdr_core.errors import TrainingError
from hdr_core.model import HdrModel
from hdr_core.training.bank import draw_bank, stream_bank
from hdr_core.training.data import stream_shots, whole
from hdr_core.training.recipes import TrainConfig
from hdr_core.training.step import Batch, ObjectiveNet, train_step

Tell = Callable[[int, float, dict[str, float]], None]


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
            TrainingError: The run is another recipe's.
        """
        if not self.state_path.is_file():
            return
        state: dict[str, Any] = torch.load(self.state_path, weights_only=True)
        if state["recipe"] != repr(self.config):
            raise TrainingError(
                f"{self.state_path}: made by another recipe or other settings. "
                "Choose another --out, or remove it."
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
    """Return the parameters that the recipe trains; all others are frozen."""
    model.requires_grad_(False)
    for name in config.trains:
        model.get_submodule(name).requires_grad_(True)
    return [p for p in model.parameters() if p.requires_grad]


def batches(run: Run) -> Iterator[Batch]:
    """Return the batches of a run, from its step on."""
    config = run.config
    if config.bank_shots is None:
        return stream_shots(config.data, whole, rank=run.rank, start=run.step)
    statistics = run.model.config.linearize.statistics
    if statistics is None:
        raise TrainingError(f"{config.name}: this preset has no statistics to train.")
    bank = draw_bank(
        config.data,
        run.folder.parent / "bank",
        n_shots=config.bank_shots,
        bins=statistics.bins,
    )
    if run.step == 0:
        net = run.model.linearize.statistics
        known = bank.statistics.float()
        net.mean.copy_(known.mean(dim=0))
        net.deviation.copy_(known.std(dim=0) + 0.02)
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
        TrainingError: The recipe and the run in the folder do not belong together.
    """
    torch.manual_seed(config.data.seed)
    is_group = int(os.environ.get("WORLD_SIZE", "1")) > 1
    if is_group:
        init_process_group("gloo")
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(model, config, folder)
    run.resume()
    recent = _go(run, tell)
    weights = folder / "model.safetensors"
    averaged = run.average.module
    if not run.rank and isinstance(averaged, HdrModel):
        told = {"recipe": config.name, "trains": " ".join(config.trains)}
        save_model(averaged, weights, metadata=told)
    if is_group:
        destroy_process_group()
    return TrainResult(run.step, recent, weights)


def _go(run: Run, tell: Tell | None) -> dict[str, float]:
    config, recent = run.config, dict[str, float]()
    writer = SummaryWriter(str(run.folder)) if not run.rank else None
    source = batches(run)
    run.set_mode()
    started = saved = time.monotonic()
    while run.step < config.steps:
        run.schedule()
        losses = train_step(run.network, next(source), run.optimizer, config.step)
        run.average.update_parameters(run.model)
        run.step += 1
        recent = {k: 0.98 * recent.get(k, v) + 0.02 * v for k, v in losses.items()}
        if writer and (run.step % config.log_every == 0 or run.step == config.steps):
            for name, value in recent.items():
                writer.add_scalar(name, value, run.step)
            if tell:
                tell(run.step, time.monotonic() - started, recent)
        if time.monotonic() - saved > config.save_every_s:
            run.save()
            saved = time.monotonic()
    run.save()
    if writer:
        writer.close()
    return recent
