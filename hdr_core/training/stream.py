"""Endless batches of training shots, drawn in worker processes."""

import math
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from hdr_core.errors import HdrError
from hdr_core.io.corpus import load_scenes
from hdr_core.training.data import DataConfig, Shots, training_pool
from hdr_core.training.draw import draw_shots
from hdr_core.training.views import choose_fine_scenes

Kept = TypeVar("Kept")


def keep_all(shots: Shots) -> Shots:
    """Return the batch unchanged."""
    return shots


class ShotStream(IterableDataset[Kept]):
    """Endless batches of shots; each worker of each rank draws its own.

    Args:
        config: Shots to draw.
        keep: Function applied to each batch in the worker that drew it.
        rank: Rank of the training process.
        start: Step of the run to start at; another start draws other shots.
    """

    def __init__(
        self,
        config: DataConfig,
        keep: Callable[[Shots], Kept],
        *,
        rank: int = 0,
        start: int = 0,
    ) -> None:
        self.config = config
        self.keep = keep
        self.rank = rank
        self.start = start

    def __iter__(self) -> Iterator[Kept]:
        """Yield batches; they depend on seed, rank, start and worker only."""
        info = get_worker_info()
        if info:
            torch.set_num_threads(1)
        worker = info.id if info else 0
        rng = np.random.default_rng([self.config.seed, self.rank, self.start, worker])
        scenes = load_scenes(self.config.corpus, split="train", needs_train_ok=True)
        pool = training_pool(
            self.config.crf, self.config.real, corpus=self.config.corpus
        )
        for size in self.config.sizes:
            choose_fine_scenes(scenes, size)
        while True:
            size = self.config.sizes[rng.integers(len(self.config.sizes))]
            n_views = math.ceil(self.config.batch / self.config.shots_per_view)
            drawn = [
                shot
                for _ in range(n_views)
                for shot in draw_shots(scenes, pool, self.config, rng, size)
            ]
            shots = drawn[: self.config.batch]
            parts = (torch.stack(part) for part in zip(*shots, strict=True))
            yield self.keep(Shots(*parts))


def stream_shots(
    config: DataConfig, keep: Callable[[Shots], Kept], *, rank: int = 0, start: int = 0
) -> Iterator[Kept]:
    """Yield batches without end, drawn by ``config.workers`` processes.

    Args:
        config: Shots to draw.
        keep: Function applied to each batch in the worker that drew it.
        rank: Rank of the training process.
        start: Step of the run to start at; another start draws other shots.

    Raises:
        HdrError: A worker failed; the message is the worker's own, on one line.
    """
    loader = DataLoader(
        ShotStream(config, keep, rank=rank, start=start),
        batch_size=None,
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
    )
    try:
        yield from loader
    except HdrError as error:
        # The error of a worker contains a traceback; its last line is the message.
        kind = type(error)
        _, _, line = str(error).strip().rpartition(f"{kind.__name__}: ")
        raise kind(line) from error
