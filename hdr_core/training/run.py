"""The state of a training run: model, averaged weights, optimizer and step."""

import math
import os
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from hdr_core.errors import TrainingError
from hdr_core.model import HdrModel
from hdr_core.training.config import TrainConfig
from hdr_core.training.step import ObjectiveNet


class Run:
    """The state of a training run: everything that changes from step to step."""

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
        self.network: nn.Module = ObjectiveNet(
            self.model, config.objective, features=config.step.features
        )
        if self.world > 1:
            self.network = DistributedDataParallel(self.network)

    @property
    def state_path(self) -> Path:
        """Path of the state file."""
        return self.folder / "state.pt"

    def save(self) -> None:
        """Write the state file, atomically; only the first rank writes."""
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
        """Continue the run in this folder, if there is one.

        Raises:
            TrainingError: The run has another recipe, preset or settings, or its
                state file is damaged.
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
        """Set the rate of this step: warm-up, then constant, or a cosine to 1 %."""
        warm = min(1.0, (self.step + 1) / self.config.warmup)
        way = self.step / max(self.config.steps, 1)
        rate = self.config.learning_rate * warm
        if not self.config.has_constant_rate:
            rate *= 0.505 + 0.495 * math.cos(math.pi * min(way, 1.0))
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def set_mode(self) -> None:
        """Set the trained modules to training mode and all others to eval mode."""
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
