"""A bank of statistics: many shots, each kept as a few numbers.

The perceptrons of stage 2 need many thousands of shots and little time for each. A
shot's statistics are 4 kB, so they are drawn once, kept, and learnt from over and
over.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from hdr_core.training.data import DataConfig, Shots, stream_shots

# Small views are cheap and most varied; larger ones show what a finer plate is like.
SIZES = (*((128, 192),) * 3, (192, 288), (192, 288))
PIECE = 8192
SHOTS_PER_VIEW = 4

Measure = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class StatisticsBatch:
    """Statistics of shots, and their curves.

    Attributes:
        statistics: (B, n).
        inverse_crf: (B, 1024).
    """

    statistics: Tensor
    inverse_crf: Tensor


def draw_bank(
    config: DataConfig, path: Path, measure: Measure, *, n_shots: int, rank: int = 0
) -> StatisticsBatch:
    """Return ``n_shots`` shots' statistics; a bank on disk is read again.

    Args:
        config: What to draw; its sizes are replaced by more of them.
        path: Folder of the bank, written in pieces so that a kill loses little.
        measure: Statistics (B, n) of plates (B, 3, H, W).
        n_shots: Shots wanted, at least.
        rank: Of the process that draws; each has a bank of its own.
    """
    pieces = [load_file(piece) for piece in sorted(path.glob("*.safetensors"))]
    drawn = sum(len(piece["inverse_crf"]) for piece in pieces)
    varied = replace(config, sizes=SIZES, batch=64, shots_per_view=SHOTS_PER_VIEW)
    keep = partial(statistics_of, measure=measure)
    batches = stream_shots(varied, keep, rank=rank, start=len(pieces))
    while drawn < n_shots:
        some = [next(batches) for _ in range(PIECE // varied.batch)]
        piece = {
            "statistics": torch.cat([batch.statistics for batch in some]).half(),
            "inverse_crf": torch.cat([batch.inverse_crf for batch in some]),
        }
        path.mkdir(parents=True, exist_ok=True)
        temporary = path / "piece.tmp"
        save_file(piece, temporary)
        temporary.replace(path / f"{len(pieces):04d}.safetensors")
        pieces.append(piece)
        drawn += PIECE
    return StatisticsBatch(
        torch.cat([piece["statistics"] for piece in pieces]),
        torch.cat([piece["inverse_crf"] for piece in pieces]),
    )


@torch.no_grad()
def statistics_of(shots: Shots, *, measure: Measure) -> StatisticsBatch:
    """Return what the bank keeps of a batch."""
    return StatisticsBatch(measure(shots.plate), shots.inverse_crf)


def stream_bank(
    bank: StatisticsBatch, *, batch: int, seed: int
) -> Iterator[StatisticsBatch]:
    """Yield random batches of a bank, endlessly; the same seed gives the same."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(len(bank.inverse_crf), generator=generator)
        for first in range(0, len(order), batch):
            index = order[first : first + batch]
            yield StatisticsBatch(
                bank.statistics[index].float(), bank.inverse_crf[index]
            )
