"""Recipes: a run's every number, in one place.

``compact`` was made by these, in this order, each from the weights before it:

    statistics > statistics-real > linearize > evidence > hallucinate > dequantize >
    refine > finish > spread

``joint`` is the paper's, for stages that were trained on true curves.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from hdr_core.errors import OptionError
from hdr_core.training.data import DataConfig
from hdr_core.training.step import StepConfig


@dataclass(frozen=True)
class TrainConfig:
    """A whole run.

    Attributes:
        name: Recipe.
        objective: What is asked of the networks (step.py).
        trains: Modules that learn; all others are frozen.
        data: What is drawn.
        step: Weights of the losses, and how a step is taken.
        steps: Length of the run.
        learning_rate: Peak of the schedule.
        warmup: Steps to the peak.
        weight_decay: Of AdamW.
        ema: Decay of the averaged weights.
        bank_shots: Shots in the bank (bank.py); None: learn from plates.
        bank_name: Folder of the bank, beside those of the runs.
        is_normalized: What a network takes is normalized already, by a run before.
        estimates_curves: Guessed curves are stage 2's own estimates (estimates.py).
        log_every: Steps between reports.
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
    weight_decay: float = 1e-3
    ema: float = 0.998
    bank_shots: int | None = None
    bank_name: str = "bank"
    is_normalized: bool = False
    estimates_curves: bool = False
    log_every: int = 50
    save_every_s: float = 300.0


# Views and whole panoramas, at and above the context's own scale.
LIGHT_SIZES = ((128, 192), (192, 288), (192, 384))
# What views of 1k panoramas come to, from 60 to 110 degrees.
FINISH_SIZES = ((144, 216), (192, 288), (256, 384))
LIGHT_WEIGHTS = {
    "hal": 1.0,
    "window": 0.8,
    "energy": 1.0,
    "perceptual": 0.1,
    "tv": 0.02,
    "spread": 0.1,
}


def statistics(data: DataConfig) -> TrainConfig:
    """Half of the perceptrons of stage 2, on a bank of shots."""
    return TrainConfig(
        name="statistics",
        objective="statistics",
        trains=_members(0, 3),
        data=replace(data, batch=256, joined_share=0.3, relit_share=0.4),
        step=StepConfig({"crf": 1.0, "crf_stops": 0.05}, is_bfloat16=False),
        steps=3000,
        learning_rate=1e-3,
        weight_decay=1e-2,
        bank_shots=40960,
        log_every=200,
    )


def statistics_real(data: DataConfig) -> TrainConfig:
    """The other half, on a bank of which most shots are by cameras in use.

    They are normalized as the first half are.
    """
    start = statistics(data)
    return replace(
        start,
        name="statistics-real",
        trains=_members(3, 6),
        data=replace(start.data, real_share=0.6, shots_per_view=3),
        steps=500,
        bank_shots=24000,
        bank_name="bank-real",
        is_normalized=True,
    )


def _members(first: int, end: int) -> tuple[str, ...]:
    """Return the names of some perceptrons of stage 2."""
    return tuple(f"linearize.statistics.members.{at}" for at in range(first, end))


def linearize(data: DataConfig) -> TrainConfig:
    """Stage 2 on clean plates' codes."""
    return TrainConfig(
        name="linearize",
        objective="linearize",
        trains=("linearize.backbone", "linearize.head"),
        data=replace(data, batch=16),
        step=StepConfig({"lin": 10.0, "crf": 1.0, "crf_stops": 0.05}),
        steps=600,
        learning_rate=5e-4,
    )


def evidence(data: DataConfig) -> TrainConfig:
    """What the edges of a plate are worth beside the rest of stage 2."""
    return TrainConfig(
        name="evidence",
        objective="evidence",
        trains=("linearize.evidence",),
        data=replace(
            data,
            batch=16,
            joined_share=0.1,
            relit_share=0.3,
            noiseless_share=0.1,
            processed_share=0.3,
        ),
        step=StepConfig(
            {"crf": 1.0, "crf_stops": 0.05}, max_norm=0.3, is_bfloat16=False
        ),
        steps=1500,
        learning_rate=5e-3,
        bank_shots=8192,
        bank_name="edges",
        log_every=100,
    )


def hallucinate(data: DataConfig) -> TrainConfig:
    """Stage 3 on plates linearized with a guessed curve."""
    return TrainConfig(
        name="hallucinate",
        objective="hallucinate",
        trains=("hallucinate",),
        data=replace(data, batch=16, sizes=LIGHT_SIZES),
        step=StepConfig(LIGHT_WEIGHTS),
        steps=2200,
        learning_rate=6e-4,
        weight_decay=3e-2,
    )


def dequantize(data: DataConfig) -> TrainConfig:
    """Stage 1."""
    return TrainConfig(
        name="dequantize",
        objective="dequantize",
        trains=("dequantize",),
        data=replace(
            data,
            batch=16,
            shots_per_view=2,
            sizes=((128, 192), (192, 288)),
            noiseless_share=0.5,
            defocused_share=0.3,
        ),
        step=StepConfig({"deq": 1.0}),
        steps=2600,
        learning_rate=2e-3,
    )


def joint(data: DataConfig) -> TrainConfig:
    """Stages 2 and 3 as they follow each other.

    Stage 1 is left as it is: what it may change, the plate's codes bound.
    """
    return TrainConfig(
        name="joint",
        objective="joint",
        trains=("linearize", "hallucinate"),
        data=replace(data, batch=16, sizes=LIGHT_SIZES),
        step=StepConfig(
            {
                **LIGHT_WEIGHTS,
                "lin": 10.0,
                "crf": 1.0,
                "crf_stops": 0.05,
            }
        ),
        steps=150,
        learning_rate=5e-5,
    )


def refine(data: DataConfig) -> TrainConfig:
    """Stage 4 on the result of the first three; theirs is not asked again."""
    return TrainConfig(
        name="refine",
        objective="refine",
        trains=("refine",),
        data=replace(data, batch=16, sizes=LIGHT_SIZES),
        # Stage 3 brings the light, this one puts it where it belongs: looks weigh more.
        step=StepConfig(
            {"hal": 1.0, "window": 0.3, "energy": 0.4, "perceptual": 1.0, "tv": 0.02}
        ),
        steps=250,
        learning_rate=1e-3,
        warmup=30,
        ema=0.98,
        estimates_curves=True,
    )


def finish(data: DataConfig) -> TrainConfig:
    """Stages 3 and 4 end to end, on curves as stage 2 estimates them.

    Here they learn what they are measured by: ``sat`` and ``look`` join the rest.
    """
    start = refine(data)
    return replace(
        start,
        name="finish",
        trains=("hallucinate", "refine"),
        data=replace(
            start.data,
            sizes=FINISH_SIZES,
            sphere_share=0.4,
            joined_share=0.1,
            relit_share=0.35,
            processed_share=0.15,
        ),
        step=StepConfig(
            {
                "hal": 1.0,
                "sat": 0.5,
                "look": 0.4,
                "window": 0.5,
                "energy": 0.8,
                "perceptual": 1.0,
                "tv": 0.02,
            }
        ),
        steps=2600,
        learning_rate=4e-4,
        weight_decay=2e-2,
        ema=0.997,
    )


def spread(data: DataConfig) -> TrainConfig:
    """How sure stage 3 is, once all that errs is what it will be."""
    start = finish(data)
    return replace(
        start,
        name="spread",
        objective="spread",
        # Its other maps are given no gradient, and without decay they stay.
        trains=("hallucinate.network.last",),
        data=replace(start.data, sizes=((128, 192),)),
        step=StepConfig({"spread": 1.0}),
        steps=150,
        learning_rate=1e-3,
        weight_decay=0.0,
        ema=0.98,
    )


Recipe = Callable[[DataConfig], TrainConfig]
RECIPES: dict[str, Recipe] = {
    "statistics": statistics,
    "statistics-real": statistics_real,
    "linearize": linearize,
    "evidence": evidence,
    "hallucinate": hallucinate,
    "dequantize": dequantize,
    "joint": joint,
    "refine": refine,
    "finish": finish,
    "spread": spread,
}


def recipe(
    name: str, *, corpus: Path, crf: Path, real: Path | None = None, seed: int = 0
) -> TrainConfig:
    """Return a recipe's whole configuration.

    Args:
        name: Of the recipe.
        corpus: Folder of the HDR scenes.
        crf: File of the measured curves.
        real: File of the curves of cameras in use; None: film-like ones stand in.
        seed: Source of chance.

    Raises:
        OptionError: There is no such recipe; the message names those there are.
    """
    if name not in RECIPES:
        raise OptionError(
            f"recipe: unknown {name!r}. Choose all, or one of {', '.join(RECIPES)}."
        )
    return RECIPES[name](DataConfig(corpus=corpus, crf=crf, real=real, seed=seed))


def shortened(config: TrainConfig, share: float) -> TrainConfig:
    """Return a share of a run: the same course in fewer steps, on a smaller bank.

    The warm-up and the memory of the averaged weights shrink alike.

    Args:
        config: The whole run.
        share: Of its length, above 0.
    """
    return replace(
        config,
        steps=max(1, round(share * config.steps)),
        warmup=max(1, round(share * config.warmup)),
        ema=config.ema ** (1 / share),
        bank_shots=config.bank_shots and max(1, round(share * config.bank_shots)),
    )
