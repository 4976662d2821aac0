"""``hdr-core train``: run a recipe. Under torchrun, on many processes."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import options
from hdr_core.cli.train_report import TrainReport
from hdr_core.errors import TrainingError


def train(
    recipe: Annotated[
        str,
        typer.Argument(
            help="Recipe: statistics, linearize, evidence, hallucinate, dequantize, "
            "refine, finish, spread, or joint (not for compact). Of the paper: "
            "paper-dequantize, paper-linearize, paper-hallucinate, paper-joint, "
            "paper-refine. "
            "all runs those of the preset in order, from fresh networks."
        ),
    ],
    output: Annotated[
        Path,
        options.output(
            "FOLDER", "Folder of the run, or of all runs; a run in it is continued."
        ),
    ],
    corpus: options.Corpus,
    crf: options.ResponseCurves,
    *,
    real: options.RealCurves = None,
    preset: options.Preset = None,
    weights: Annotated[
        list[Path] | None,
        typer.Option(
            help="Weights to start from. With several files, a stage is taken from the "
            "last file whose recipe trained it."
        ),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(
            help="VGG-16 with torchvision's names, .safetensors, for the perceptual "
            "loss of the paper's recipes."
        ),
    ] = None,
    share: Annotated[
        float,
        typer.Option(
            min=1e-4, max=1.0, help="Share of each recipe's steps and bank to run."
        ),
    ] = 1.0,
    steps: Annotated[int | None, typer.Option(min=1, help="Number of steps.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Plates in a batch.")] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Number of processes that make plates.")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.")] = 0,
    json: options.Json = False,
) -> None:
    """Train networks of a preset by a recipe."""
    from hdr_core.training import chain, loop, recipes, start
    from hdr_core.training.config import TrainConfig, shorten

    name = preset or options.PRESET

    def configure(recipe: str, seeds_on: int = 0) -> TrainConfig:
        full = recipes.recipe(
            recipe,
            corpus=corpus,
            crf=crf,
            real=real,
            preset=name,
            seed=seed + seeds_on,
            features=features,
        )
        config = shorten(full, share)
        return replace(
            config,
            steps=steps or config.steps,
            data=replace(
                config.data, workers=workers, batch=batch or config.data.batch
            ),
        )

    show = TrainReport(is_json=json)
    if recipe == chain.ALL:
        if weights:
            raise TrainingError(
                "weights: the recipe 'all' starts without weights. Leave them out."
            )
        result = chain.train_all(
            name, output, configure, on_run=show.run, on_progress=show.progress
        )
    else:
        config = configure(recipe)
        model = start.start_model(
            name, weights or [], crf=crf, real=real, corpus=corpus, seed=seed
        )
        result = loop.train(model, config, output, on_progress=show.progress)
    show.result(result)
