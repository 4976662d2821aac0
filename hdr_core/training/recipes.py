"""Recipes: all numbers of a training run, in one place.

``chain.py`` holds the order of the recipes for each preset. The recipe ``joint`` and
the loss ``tv`` are used for ``paper`` and ``released`` only, since they did not improve
``compact`` (docs/decisions/log-stage-3.md). They are not the paper's own
(docs/paper.md).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hdr_core.errors import OptionError
from hdr_core.training.config import TrainConfig
from hdr_core.training.data import DataConfig
from hdr_core.training.paper_recipes import WEIGHTS, paper_recipe
from hdr_core.training.step import StepConfig

# Views and whole panoramas, at and above the resolution of the gain network.
LIGHT_SIZES = ((128, 192), (192, 288), (192, 384))
# Resolution that 1k panoramas have in views of 60 to 110 degrees.
FINISH_SIZES = ((144, 216), (192, 288), (256, 384))
LIGHT_WEIGHTS = {
    "hal": 1.0,
    "window": 0.8,
    "energy": 1.0,
    "perceptual": 0.1,
    "spread": 0.1,
}
# Weight of total variation, and recipes, for the paper's networks only.
VARIATION = 0.02
PAPER_ONLY = ("joint",)


def statistics(data: DataConfig) -> TrainConfig:
    """Train the statistics regressors of stage 2 on a bank of shots."""
    return TrainConfig(
        name="statistics",
        objective="statistics",
        trains=("linearize.statistics",),
        data=replace(data, batch=256, joined_share=0.3, relit_share=0.4),
        step=StepConfig({"crf": 1.0, "crf_stops": 0.05}, is_bfloat16=False),
        steps=3000,
        learning_rate=1e-3,
        weight_decay=1e-2,
        bank_shots=40960,
        log_every=200,
    )


def linearize(data: DataConfig) -> TrainConfig:
    """Train the network of stage 2 on plates."""
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
    """Train the edge likelihood of stage 2 on a bank of edges."""
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
    """Train stage 3 on plates linearized with a guessed curve."""
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
    """Train stage 1."""
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
    """Train stages 2 and 3 end to end.

    Stage 1 is frozen: the plate's codes limit what it may change.
    """
    return TrainConfig(
        name="joint",
        objective="joint",
        trains=("linearize", "hallucinate"),
        data=replace(data, batch=16, sizes=LIGHT_SIZES),
        step=StepConfig(
            {
                "hal": 1.0,
                "window": 0.8,
                "energy": 1.0,
                "perceptual": 0.1,
                "tv": VARIATION,
                "lin": 10.0,
                "crf": 1.0,
                "crf_stops": 0.05,
            }
        ),
        steps=150,
        learning_rate=5e-5,
    )


def refine(data: DataConfig) -> TrainConfig:
    """Train stage 4 on the result of the first three, which are frozen."""
    return TrainConfig(
        name="refine",
        objective="refine",
        trains=("refine",),
        data=replace(data, batch=16, sizes=LIGHT_SIZES),
        # Stage 3 adds the light, stage 4 corrects its shape: perceptual weighs more.
        step=StepConfig({"hal": 1.0, "window": 0.3, "energy": 0.4, "perceptual": 1.0}),
        steps=250,
        learning_rate=1e-3,
        warmup=30,
        ema=0.98,
        estimates_curves=True,
    )


def finish(data: DataConfig) -> TrainConfig:
    """Train stages 3 and 4 end to end, on the curves that stage 2 estimates.

    Adds the losses ``sat`` and ``perceived``, which the evaluation measures.
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
                "perceived": 0.4,
                "window": 0.5,
                "energy": 0.8,
                "perceptual": 1.0,
            }
        ),
        steps=2600,
        learning_rate=4e-4,
        weight_decay=2e-2,
        ema=0.997,
    )


def spread(data: DataConfig) -> TrainConfig:
    """Train the uncertainty of stage 3, after all other modules are final."""
    start = finish(data)
    return replace(
        start,
        name="spread",
        objective="spread",
        # The other output maps get no gradient; without weight decay they stay.
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
    name: str,
    *,
    corpus: Path,
    crf: Path,
    real: Path | None = None,
    preset: str = "compact",
    seed: int = 0,
    features: Path | None = None,
) -> TrainConfig:
    """Return the configuration of a recipe for a preset.

    Args:
        name: Name of the recipe.
        corpus: Folder of the HDR scenes.
        crf: File of the measured curves.
        real: File of the curves of cameras in use; None means film-like ones.
        preset: Name of the preset to train.
        seed: Random seed of the training data.
        features: File of VGG-16 for the perceptual loss of the paper's own recipes.

    Raises:
        OptionError: There is no such recipe, or not for this preset.
    """
    if name not in (known := (*RECIPES, *WEIGHTS)):
        raise OptionError(
            f"recipe: unknown {name!r}. Choose all, or one of {', '.join(known)}."
        )
    if name in (*PAPER_ONLY, *WEIGHTS) and preset == "compact":
        raise OptionError(
            f"recipe: {name!r} is not for preset 'compact'. Choose preset 'paper' or "
            "'released', or another recipe."
        )
    data = DataConfig(corpus=corpus, crf=crf, real=real, seed=seed)
    if name in WEIGHTS:
        config = paper_recipe(name, data, preset=preset)
        return replace(config, step=replace(config.step, features=features))
    config = RECIPES[name](data)
    return config if preset == "compact" else _with_variation(config)


def _with_variation(config: TrainConfig) -> TrainConfig:
    """Return a recipe with total variation, if it trains clipped light."""
    weights = config.step.weights
    if "hal" not in weights:
        return config
    step = replace(config.step, weights=weights | {"tv": VARIATION})
    return replace(config, step=step)
