"""Banks: the inputs of small networks for many shots, stored on disk.

The perceptrons of stage 2 need many thousands of shots and little time for each. Their
inputs take 4 to 100 kB a shot, so they are drawn once, stored, and used many times.
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
from hdr_core.training.data import DataConfig, Shots
from hdr_core.training.stream import stream_shots

SHOTS_PER_VIEW = 4

Sizes = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class StatisticsBatch:
    """Statistics of shots, and their curves.

    Attributes:
        statistics: Statistics of the plates, (B, n).
        inverse_crf: True inverse response curves, (B, 1024).
    """

    statistics: Tensor
    inverse_crf: Tensor

    @property
    def inputs(self) -> Tensor:
        """The network's inputs, before they are normalized."""
        return self.statistics


@dataclass(frozen=True)
class EdgesBatch:
    """Edges of shots, curve estimates without edges, and true curves.

    Attributes:
        patches: As in ``Edges``, as 8-bit codes.
        counts: As in ``Edges``.
        plate: As in ``Edges``.
        coefficients: Curve that the rest of stage 2 estimates, before the prior,
            (B, K).
        inverse_crf: True inverse response curves, (B, 1024).
    """

    patches: Tensor
    counts: Tensor
    plate: Tensor
    coefficients: Tensor
    inverse_crf: Tensor

    @property
    def inputs(self) -> Tensor:
        """The network's inputs for each plate, before they are normalized."""
        return self.plate

    @property
    def edges(self) -> Edges:
        """The edges, without estimates and truth."""
        return Edges(self.patches, self.counts, self.plate)


Kept = TypeVar("Kept", bound=StatisticsBatch | EdgesBatch)
Kept_co = TypeVar("Kept_co", bound=StatisticsBatch | EdgesBatch, covariant=True)


class Keep(Protocol[Kept_co]):
    """Turns a batch of shots into an entry of a bank.

    Attributes:
        sizes: (height, width) of the plates, px, drawn evenly.
        piece: Number of shots in one file of the bank.
        kind: Class of the entries.
    """

    sizes: ClassVar[Sizes]
    piece: ClassVar[int]
    kind: ClassVar[type]

    def __call__(self, shots: Shots) -> Kept_co:
        """Return what the bank keeps of a batch."""


@dataclass(frozen=True)
class KeepStatistics:
    """Keeps the statistics of a batch.

    Attributes:
        measure: Function that returns the statistics (B, n) of plates (B, 3, H, W).
    """

    measure: Callable[[Tensor], Tensor]

    # Small views are cheap and vary most; larger ones have the detail of fine plates.
    sizes: ClassVar[Sizes] = (*((128, 192),) * 3, (192, 288), (192, 288))
    piece: ClassVar[int] = 8192
    kind: ClassVar[type] = StatisticsBatch

    @torch.no_grad()
    def __call__(self, shots: Shots) -> StatisticsBatch:
        """Return what the bank keeps of a batch."""
        return StatisticsBatch(self.measure(shots.plate).half(), shots.inverse_crf)


@dataclass(frozen=True)
class KeepEdges:
    """Keeps the edges of a batch.

    Attributes:
        model: Model whose stage 2 chooses the edges and estimates the curve without
            them.
    """

    model: HdrModel

    # Sizes at which stage 2 reads plates, and larger ones.
    sizes: ClassVar[Sizes] = (*((256, 384),) * 3, (512, 768))
    piece: ClassVar[int] = 512
    kind: ClassVar[type] = EdgesBatch

    @torch.no_grad()
    def __call__(self, shots: Shots) -> EdgesBatch:
        """Return what the bank keeps of a batch."""
        stage = self.model.linearize
        found = stage.edges_of(shots.plate)
        if found is None:
            raise TrainingError(
                f"edges: preset {self.model.config.name!r} does not use them. "
                "Choose another recipe or preset."
            )
        codes = torch.round(found.patches * 255).to(torch.uint8)
        coefficients = stage.coefficients(shots.plate)
        return EdgesBatch(
            codes, found.counts, found.plate, coefficients, shots.inverse_crf
        )


def draw_bank(
    config: DataConfig, path: Path, keep: Keep[Kept], *, n_shots: int, rank: int = 0
) -> Kept:
    """Return a bank of at least ``n_shots`` shots; a bank on disk is read and used.

    Args:
        config: Shots to draw; its sizes are replaced by those of ``keep``.
        path: Folder of the bank. It is written in pieces, so that little is lost
            when the process is killed.
        keep: ``KeepStatistics`` or ``KeepEdges``.
        n_shots: Least number of shots.
        rank: Rank of the drawing process; each rank has its own bank.
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
    """Yield random batches of a bank without end, reproducible by the seed."""
    generator = torch.Generator().manual_seed(seed)
    names = [field.name for field in fields(bank)]
    while True:
        order = torch.randperm(len(bank.inverse_crf), generator=generator)
        for first in range(0, len(order), batch):
            index = order[first : first + batch]
            yield type(bank)(*(getattr(bank, name)[index] for name in names))
