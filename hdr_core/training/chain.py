"""All recipes, one after the other: from nothing to weights like those that ship.

Each run has a folder of its own within one, as if it had been started by itself; runs
that are done are gone over, and one that was stopped goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from torch.distributed import barrier, get_rank, is_initialized

from hdr_core.presets import preset
from hdr_core.training.loop import Tell, TrainResult, process_group, train
from hdr_core.training.recipes import TrainConfig
from hdr_core.training.start import average_files, start_model

ALL = "all"
MEAN = "mean.safetensors"
# What a recipe's configuration is, by its name and how many seeds further on it is.
Configure = Callable[[str, int], TrainConfig]
# Told the name of each run before it starts.
TellRun = Callable[[str], None]


@dataclass(frozen=True)
class Link:
    """A run of the chain.

    Attributes:
        recipe: What it runs.
        name: Of its folder.
        after: Runs whose weights it starts from; none: fresh networks.
        seed: How many seeds further on it draws its shots.
        mean_with: The run with which its weights are averaged in the end, half and
            half; None: they stay.
    """

    recipe: str
    name: str
    after: tuple[str, ...] = ()
    seed: int = 0
    mean_with: str | None = None


# A second finish learns its scenes by heart; the mean with the first is nearer to
# scenes that neither has seen (docs/decisions/training.md).
CHAIN = (
    Link("statistics", "statistics"),
    Link("statistics-real", "statistics-real", after=("statistics",)),
    Link("linearize", "linearize", after=("statistics-real",)),
    Link("evidence", "evidence", after=("linearize",)),
    Link("hallucinate", "hallucinate"),
    Link("dequantize", "dequantize"),
    Link("refine", "refine", after=("evidence", "hallucinate", "dequantize")),
    Link("finish", "finish", after=("refine",)),
    Link("finish", "finish-again", after=("finish",), seed=1, mean_with="finish"),
    Link("spread", "spread", after=("finish-again",)),
)


def train_all(
    name: str,
    folder: Path,
    configure: Configure,
    *,
    tell_run: TellRun | None = None,
    tell: Tell | None = None,
) -> TrainResult:
    """Train a preset from nothing, or go on where that was stopped.

    Args:
        name: Preset. Recipes of what it does not have are left out.
        folder: Of all runs.
        configure: Returns the configuration of a recipe.
        tell_run: Told the name of each run.
        tell: Told how it goes, as ``train`` tells it.

    Returns:
        What the last run came to.

    Raises:
        TrainingError, OutputError, PlateError: As ``train``.
    """
    weights = dict[str, Path]()
    with process_group():
        for link in links_of(name):
            if tell_run:
                tell_run(link.name)
            config = configure(link.recipe, link.seed)
            model = start_model(
                name,
                [weights[run] for run in link.after],
                crf=config.data.crf,
                real=config.data.real,
                seed=config.data.seed,
            )
            result = train(model, config, folder / link.name, tell=tell)
            weights[link.name] = result.weights
            if link.mean_with:
                weights[link.name] = folder / link.name / MEAN
                pair = weights[link.mean_with], result.weights
                if not is_initialized() or get_rank() == 0:
                    average_files(*pair, weights[link.name], share=0.5)
            # The next run reads on every rank what one has written.
            if is_initialized():
                barrier()
    return result


def links_of(name: str) -> list[Link]:
    """Return the runs of a preset: all, but those of what it does not have.

    What starts from one of those starts from what that would have started from.
    """
    linearize = preset(name).linearize
    missing = {
        link.name: link.after
        for link in CHAIN
        if (link.recipe.startswith("statistics") and linearize.statistics is None)
        or (link.recipe == "evidence" and linearize.evidence is None)
    }
    return [
        replace(
            link,
            after=tuple(it for run in link.after for it in missing.get(run, (run,))),
        )
        for link in CHAIN
        if link.name not in missing
    ]
