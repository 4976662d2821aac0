"""Banks: many shots, each kept as what a small network sees of it.

The perceptrons of stage 2 need many thousands of shots and little time for each. What
they see of a shot is 4 to 100 kB, so it is drawn once, kept, and learnt from over and
over.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from hdr_core.errors import TrainingError
from hdr_core.model import HdrModel
from hdr_core.stages.linearize.edges import Edges
from hdr_core.training.data import DataConfig, Shots, stream_shots

SHOTS_PER_VIEW = 4

Sizes = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class StatisticsBatch:
    """Statistics of shots, and their curves.

    Attributes:
        statistics: (B, n).
        inverse_crf: (B, 1024).
    """

    statistics: Tensor
    inverse_crf: Tensor

    @property
    def seen(self) -> Tensor:
        """What a network sees, before it is made normal."""
        return self.statistics


@dataclass(frozen=True)
class EdgesBatch:
    """Edges of shots, what the rest of stage 2 says of them, and their curves.

    Attributes:
        patches, counts, plate: ``Edges``, the patches as codes.
        coefficients: (B, K), before the prior.
        inverse_crf: (B, 1024).
    """

    patches: Tensor
    counts: Tensor
    plate: Tensor
    coefficients: Tensor
    inverse_crf: Tensor

    @property
    def seen(self) -> Tensor:
        """What a network sees of each plate, before it is made normal."""
        return self.plate

    @property
    def edges(self) -> Edges:
        """The edges alone."""
        return Edges(self.patches, self.counts, self.plate)


Kept = TypeVar("Kept", bound=StatisticsBatch | EdgesBatch)
Kept_co = TypeVar("Kept_co", bound=StatisticsBatch | EdgesBatch, covariant=True)


class Keep(Protocol[Kept_co]):
    """What is kept of a batch of shots, and of which sizes of plates.

    Attributes:
        sizes: (height, width), drawn evenly.
        piece: Shots in a file of the bank.
        kind: What it is kept as.
    """

    sizes: ClassVar[Sizes]
    piece: ClassVar[int]
    kind: ClassVar[type]

    def __call__(self, shots: Shots) -> Kept_co:
        """Return what the bank keeps of a batch."""


@dataclass(frozen=True)
class KeepStatistics:
    """Keeps a batch's statistics.

    Attributes:
        measure: Statistics (B, n) of plates (B, 3, H, W).
    """

    measure: Callable[[Tensor], Tensor]

    # Small views are cheap and most varied; larger ones show what a finer plate is
    # like.
    sizes: ClassVar[Sizes] = (*((128, 192),) * 3, (192, 288), (192, 288))
    piece: ClassVar[int] = 8192
    kind: ClassVar[type] = StatisticsBatch

    @torch.no_grad()
    def __call__(self, shots: Shots) -> StatisticsBatch:
        """Return what the bank keeps of a batch."""
        return StatisticsBatch(self.measure(shots.plate).half(), shots.inverse_crf)


@dataclass(frozen=True)
class KeepEdges:
    """Keeps a batch's edges.

    Attributes:
        model: Its stage 2 chooses them, and says what the rest of it would.
    """

    model: HdrModel

    # Whole plates as stage 2 sees them, and larger ones.
    sizes: ClassVar[Sizes] = (*((256, 384),) * 3, (512, 768))
    piece: ClassVar[int] = 512
    kind: ClassVar[type] = EdgesBatch

    @torch.no_grad()
    def __call__(self, shots: Shots) -> EdgesBatch:
        """Return what the bank keeps of a batch."""
        stage = self.model.linearize
        found = stage.edges_of(shots.plate)
        if found is None:
            raise TrainingError("edges: this preset does not ask them.")
        codes = torch.round(found.patches * 255).to(torch.uint8)
        coefficients = stage.coefficients(shots.plate)
        return EdgesBatch(
            codes, found.counts, found.plate, coefficients, shots.inverse_crf
        )


def draw_bank(
    config: DataConfig, path: Path, keep: Keep[Kept], *, n_shots: int, rank: int = 0
) -> Kept:
    """Return what is kept of ``n_shots`` shots; a bank on disk is read again.

    Args:
        config: What to draw; its sizes are replaced by those of ``keep``.
        path: Folder of the bank, written in pieces so that a kill loses little.
        keep: ``KeepStatistics`` or ``KeepEdges``.
        n_shots: Shots wanted, at least.
        rank: Of the process that draws; each has a bank of its own.
    """
    pieces = [load_file(piece) for piece in sorted(path.glob("*.safetensors"))]
    drawn = sum(len(piece["inverse_crf"]) for piece in pieces)
    varied = replace(config, sizes=keep.sizes, batch=64, shots_per_view=SHOTS_PER_VIEW)
    batches = stream_shots(varied, keep, rank=rank, start=len(pieces))
    names = [field.name for field in fields(keep.kind)]
    while drawn < n_shots:
        some = [next(batches) for _ in range(keep.piece // varied.batch)]
        piece = {name: torch.cat([getattr(it, name) for it in some]) for name in names}
        path.mkdir(parents=True, exist_ok=True)
        temporary = path / "piece.tmp"
        save_file(piece, temporary)
        temporary.replace(path / f"{len(pieces):04d}.safetensors")
        pieces.append(piece)
        drawn += keep.piece
    bank: Kept = keep.kind(
        *(torch.cat([piece[name] for piece in pieces]) for name in names)
    )
    return bank


def stream_bank(bank: Kept, *, batch: int, seed: int) -> Iterator[Kept]:
    """Yield random batches of a bank, endlessly; the same seed gives the same."""
    generator = torch.Generator().manual_seed(seed)
    names = [field.name for field in fields(bank)]
    while True:
        order = torch.randperm(len(bank.inverse_crf), generator=generator)
        for first in range(0, len(order), batch):
            index = order[first : first + batch]
            yield type(bank)(*(getattr(bank, name)[index] for name in names))
