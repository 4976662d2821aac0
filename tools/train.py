"""Train from a packed corpus where only torch, numpy and safetensors are installed.

    python -m tools.train RECIPE --corpus corpus.safetensors --crf CURVES.npz -o FOLDER

RECIPE and the options are those of ``hdr-core train``, which needs all of the project's
packages: its command line, and OpenImageIO and OpenColorIO for a corpus in a folder.
Plates are coded as JPEG by PyTorch where Pillow is missing, and losses go to
``losses.jsonl`` where TensorBoard is.
"""

import argparse
import logging
from dataclasses import replace
from pathlib import Path

from hdr_core.training import chain, loop, recipes, start
from hdr_core.training.config import TrainConfig, shorten


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("recipe")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--crf", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--preset", default="compact")
    parser.add_argument("--weights", type=Path, nargs="*", default=[])
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def configure(options: argparse.Namespace, recipe: str, seeds_on: int) -> TrainConfig:
    """Return a recipe as the options want it."""
    full = recipes.recipe(
        recipe,
        corpus=options.corpus,
        crf=options.crf,
        real=options.real,
        preset=options.preset,
        seed=options.seed + seeds_on,
    )
    config = shorten(full, options.share)
    batch = options.batch or config.data.batch
    data = replace(config.data, workers=options.workers, batch=batch)
    return replace(config, steps=options.steps or config.steps, data=data)


def show(step: int, seconds: float, losses: dict[str, float]) -> None:
    """Print the losses of a step."""
    shown = " ".join(f"{name} {value:.4f}" for name, value in losses.items())
    print(f"step {step} {seconds:.0f} s {shown}", flush=True)


def main() -> None:
    """Run a recipe, or all of a preset."""
    logging.basicConfig()
    options = parse()
    if options.recipe == chain.ALL:
        result = chain.train_all(
            options.preset,
            options.output,
            lambda recipe, seeds_on: configure(options, recipe, seeds_on),
            on_run=lambda name: print(f"== {name}", flush=True),
            on_progress=show,
        )
    else:
        model = start.start_model(
            options.preset,
            options.weights,
            crf=options.crf,
            real=options.real,
            corpus=options.corpus,
            seed=options.seed,
        )
        config = configure(options, options.recipe, 0)
        result = loop.train(model, config, options.output, on_progress=show)
    print(f"{result.steps} steps done: {result.weights}")


if __name__ == "__main__":
    main()
