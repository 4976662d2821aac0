"""All recipes in order: from fresh networks to weights like those that ship.

Each run has its own folder, as if it had been started by itself. Finished runs are
skipped, and a run that was stopped continues.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from torch.distributed import barrier, get_rank, is_initialized

from hdr_core.training.config import TrainConfig
from hdr_core.training.loop import OnProgress, TrainResult, process_group, train
from hdr_core.training.start import average_files, start_model

ALL = "all"
MEAN = "mean.safetensors"
# Returns the configuration of a recipe, from its name and an offset to the seed.
Configure = Callable[[str, int], TrainConfig]
# Called with the name of each run before it starts.
OnRun = Callable[[str], None]


@dataclass(frozen=True)
class Link:
    """A run of the chain.

    Attributes:
        recipe: Name of the recipe.
        name: Name of the run's folder.
        after: Runs whose weights it starts from; empty means fresh networks.
        seed: Offset to the seed of its training data.
        mean_with: Run with which its weights are averaged at the end, half and half;
            None means no averaging.
    """

    recipe: str
    name: str
    after: tuple[str, ...] = ()
    seed: int = 0
    mean_with: str | None = None


# A second finish overfits its scenes; its mean with the first is better on new scenes
# (docs/decisions/log-stage-3.md).
FINISHES = (
    Link("finish", "finish", after=("refine",)),
    Link("finish", "finish-again", after=("finish",), seed=1, mean_with="finish"),
)
COMPACT_CHAIN = (
    Link("statistics", "statistics"),
    Link("linearize", "linearize", after=("statistics",)),
    Link("evidence", "evidence", after=("linearize",)),
    Link("hallucinate", "hallucinate"),
    Link("dequantize", "dequantize"),
    Link("refine", "refine", after=("evidence", "hallucinate", "dequantize")),
    *FINISHES,
    Link("spread", "spread", after=("finish-again",)),
)
# The paper's networks have no statistics, no evidence and no spread. Their stages 2
# and 3 are trained jointly after their own runs.
PAPER_CHAIN = (
    Link("linearize", "linearize"),
    Link("hallucinate", "hallucinate"),
    Link("dequantize", "dequantize"),
    Link("joint", "joint", after=("linearize", "hallucinate", "dequantize")),
    Link("refine", "refine", after=("joint",)),
    *FINISHES,
)
CHAINS = {"compact": COMPACT_CHAIN, "paper": PAPER_CHAIN, "released": PAPER_CHAIN}


def train_all(
    name: str,
    folder: Path,
    configure: Configure,
    *,
    on_run: OnRun | None = None,
    on_progress: OnProgress | None = None,
) -> TrainResult:
    """Train a preset from fresh networks; continue where that was stopped.

    Args:
        name: Name of the preset, one of ``CHAINS``.
        folder: Folder of all runs.
        configure: Returns the configuration of a recipe.
        on_run: Called with the name of each run before it starts.
        on_progress: Called during each run, as by ``train``.

    Returns:
        Result of the last run.

    Raises:
        TrainingError: As ``train``.
        OutputError: As ``train``.
        PlateError: As ``train``.
    """
    weights = dict[str, Path]()
    with process_group():
        for link in CHAINS[name]:
            if on_run:
                on_run(link.name)
            config = configure(link.recipe, link.seed)
            model = start_model(
                name,
                [weights[run] for run in link.after],
                crf=config.data.crf,
                corpus=config.data.corpus,
                real=config.data.real,
                seed=config.data.seed,
            )
            result = train(model, config, folder / link.name, on_progress=on_progress)
            if link.mean_with:
                mean = folder / link.name / MEAN
                if not is_initialized() or get_rank() == 0:
                    pair = weights[link.mean_with], result.weights
                    average_files(*pair, mean, share=0.5)
                result = replace(result, weights=mean)
            weights[link.name] = result.weights
            # Every rank of the next run reads what the first rank has written.
            if is_initialized():
                barrier()
    return result
