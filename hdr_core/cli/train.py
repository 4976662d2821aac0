"""``hdr-core train``: run a recipe. Under torchrun, on many processes."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from hdr_core.cli.train_report import TrainReport
from hdr_core.errors import TrainingError


def train(
    recipe: Annotated[
        str,
        typer.Argument(
            help="Recipe: statistics, linearize, evidence, hallucinate, dequantize, "
            "refine, finish, spread, or joint (not for compact). "
            "all runs those of the preset in order, from fresh networks."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="The run's folder, or of all: a run in it is gone on with.",
        ),
    ],
    corpus: Annotated[
        Path, typer.Option(help="Folder of HDR scenes with manifest.jsonl.")
    ],
    crf: Annotated[Path, typer.Option(help="Measured response curves, .npz.")],
    *,
    preset: Annotated[
        Literal["compact", "paper", "released"], typer.Option(help="Networks.")
    ] = "compact",
    weights: Annotated[
        list[Path] | None,
        typer.Option(
            help="Weights to start from. Several: the stages which a later file's "
            "recipe trained are taken from that file."
        ),
    ] = None,
    share: Annotated[
        float,
        typer.Option(
            min=1e-4, max=1.0, help="Share of each recipe's steps and bank to run."
        ),
    ] = 1.0,
    steps: Annotated[int | None, typer.Option(min=1, help="Length of a run.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Plates a batch.")] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that draw plates.")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Source of chance.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Train networks of a preset by a recipe."""
    if find_spec("tensorboard") is None:
        raise TrainingError(
            "needs TensorBoard. Install it with `pip install hdr-core[training]`."
        )
    from hdr_core.training import chain, loop, recipes, start
    from hdr_core.training.config import TrainConfig, shorten

    def configure(name: str, seeds_on: int = 0) -> TrainConfig:
        config = shorten(
            recipes.recipe(
                name, corpus=corpus, crf=crf, preset=preset, seed=seed + seeds_on
            ),
            share,
        )
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
                "weights: all recipes start from nothing. Leave it out."
            )
        result = chain.train_all(
            preset, output, configure, on_run=show.run, on_progress=show.progress
        )
    else:
        config = configure(recipe)
        model = start.start_model(preset, weights or [], crf=crf, seed=seed)
        result = loop.train(model, config, output, on_progress=show.progress)
    show.result(result)
