"""The configuration of a training run."""

from dataclasses import dataclass, replace

from hdr_core.training.data import DataConfig
from hdr_core.training.step import StepConfig


@dataclass(frozen=True)
class TrainConfig:
    """Configuration of a training run.

    Attributes:
        name: Name of the recipe.
        objective: Name of the objective (step.py).
        trains: Modules to train; all others are frozen.
        data: Training data to draw.
        step: Weights of the losses, and settings of a step.
        steps: Number of steps.
        learning_rate: Peak of the learning rate schedule.
        warmup: Number of steps to the peak.
        has_constant_rate: Whether the rate stays at its peak, without the cosine.
        weight_decay: Weight decay of AdamW.
        ema: Decay of the averaged weights, per step.
        bank_shots: Number of shots in the bank (bank.py); None means training on
            plates.
        bank_name: Folder of the bank, beside the folders of the runs.
        estimates_curves: Guessed curves are estimates of stage 2 (estimates.py).
        log_every: Steps between progress reports.
        save_every_s: Seconds between checkpoints.
    """

    name: str
    objective: str
    trains: tuple[str, ...]
    data: DataConfig
    step: StepConfig
    steps: int
    learning_rate: float
    warmup: int = 100
    has_constant_rate: bool = False
    weight_decay: float = 1e-3
    ema: float = 0.998
    bank_shots: int | None = None
    bank_name: str = "bank"
    estimates_curves: bool = False
    log_every: int = 50
    save_every_s: float = 300.0


def shorten(config: TrainConfig, share: float) -> TrainConfig:
    """Return a shorter run: fewer steps, a smaller bank, the same schedule.

    The warm-up and the memory of the averaged weights shrink in proportion.

    Args:
        config: Full run.
        share: Share of its length, above 0.
    """
    return replace(
        config,
        steps=max(1, round(share * config.steps)),
        warmup=max(1, round(share * config.warmup)),
        ema=config.ema ** (1 / share),
        bank_shots=config.bank_shots and max(1, round(share * config.bank_shots)),
    )
