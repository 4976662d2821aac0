"""The recipes of Liu et al. 2020, for the presets ``paper`` and ``released``.

Each stage is trained alone, then stages 1 to 3 jointly, then all four end to end:
Adam with a constant rate, without weight decay, averaging or clipped gradients.

Source: Liu et al. 2020. ``WEIGHTS`` has its lambdas.
Differs: the scenes are those of the corpus, and stage 3 starts from random weights.
"""

import math
from dataclasses import replace

from hdr_core.training.config import TrainConfig
from hdr_core.training.data import DataConfig
from hdr_core.training.step import StepConfig

WEIGHTS = {
    "paper-dequantize": {"deq": 1.0},
    "paper-linearize": {"lin": 1.0, "crf": 0.1},
    "paper-hallucinate": {"hal": 1.0, "perceptual": 0.001, "tv": 0.1},
    "paper-joint": {
        "deq": 1.0,
        "lin": 10.0,
        "crf": 1.0,
        "hal": 1.0,
        "perceptual": 0.001,
        "tv": 0.1,
    },
    "paper-refine": {"perceptual": 0.001, "tv": 0.1},
}
# The released code refines with another loss than the paper.
RELEASED_REFINE = {"normalized": 1.0}
TRAINS = {
    "paper-dequantize": ("dequantize",),
    "paper-linearize": ("linearize.backbone", "linearize.head"),
    "paper-hallucinate": ("hallucinate",),
    "paper-joint": ("dequantize", "linearize", "hallucinate"),
    "paper-refine": ("dequantize", "linearize", "hallucinate", "refine"),
}
ALONE_STEPS, ALONE_RATE = 500_000, 1e-4
TOGETHER_STEPS, TOGETHER_RATE = 100_000, 1e-5
TOGETHER = ("paper-joint", "paper-refine")


def paper_recipe(name: str, data: DataConfig, *, preset: str) -> TrainConfig:
    """Return a recipe of the paper.

    Args:
        name: Name of the recipe, one of ``WEIGHTS``.
        data: Corpus, curves and seed of the training data.
        preset: "paper" or "released".
    """
    weights = WEIGHTS[name]
    if (name, preset) == ("paper-refine", "released"):
        weights = RELEASED_REFINE
    is_together = name in TOGETHER
    return TrainConfig(
        name=name,
        objective=name,
        trains=TRAINS[name],
        data=replace(data, batch=8, sizes=((256, 256),), is_of_paper=True),
        step=StepConfig(weights, max_norm=math.inf, is_bfloat16=False),
        steps=TOGETHER_STEPS if is_together else ALONE_STEPS,
        learning_rate=TOGETHER_RATE if is_together else ALONE_RATE,
        has_constant_rate=True,
        warmup=1,
        weight_decay=0.0,
        ema=0.0,
    )
