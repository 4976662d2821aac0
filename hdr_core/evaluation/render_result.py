"""The result on rendered plates: rows, what was named right, and summaries."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hdr_core.color.output_transforms import family
from hdr_core.evaluation.results import Result
from hdr_core.evaluation.rows import Method, Row

CAMERA = "camera"
RENDER_METHODS: tuple[Method, ...] = (
    "hdr_core",
    "hdr_core, camera prior",
    "hdr_core, true transform",
    "sRGB-linear",
    "true transform, left clipped",
)


@dataclass(frozen=True)
class RenderRow(Row):
    """The scores of one method on one rendered plate.

    ``energy``, ``sat`` and ``well`` are measured on the pixels that are clipped or well
    exposed in plain sRGB codes of the truth.

    Attributes:
        scene: Name of the scene.
        transform: Name of the plate's output transform.
        taken_as: Name of the output transform that the method took the plate for;
            "camera" means an estimated curve.
        curve_stops: Error of the curve of greys over codes 0.05-0.9, at the best
            exposure, RMS, stops.
    """

    scene: str
    transform: str
    taken_as: str
    curve_stops: float

    @property
    def is_named(self) -> bool:
        """Whether the transform was named exactly."""
        return self.taken_as == self.transform

    @property
    def is_family(self) -> bool:
        """Whether a transform of the same family was named."""
        return family(self.taken_as) == family(self.transform)


@dataclass(frozen=True, kw_only=True)
class RenderResult(Result):
    """Results on rendered plates.

    Attributes:
        rows: One row for every plate and method.
        n_plates: Largest number of plates that was asked for; None means all.
    """

    methods: ClassVar[tuple[Method, ...]] = RENDER_METHODS
    causes: ClassVar[tuple[Method, ...]] = ()

    rows: tuple[RenderRow, ...]
    n_plates: int | None = None

    def select(
        self, method: Method, where: Callable[[RenderRow], bool] = lambda _: True
    ) -> list[RenderRow]:
        """Return the rows of a method, of the plates that ``where`` selects."""
        return [row for row in self.rows if row.method == method and where(row)]

    def worst(self, n: int) -> Sequence[RenderRow]:
        """Return the ``n`` rows of hdr_core with the lowest PU21-PSNR."""
        return sorted(self.select("hdr_core"), key=lambda row: row.pu21_psnr)[:n]

    def as_json(self) -> dict[str, object]:
        """Return all fields as JSON types; NaN and infinity become null."""
        rows = self.select("hdr_core")
        return {
            **super().as_json(),
            "named": share(row.is_named for row in rows),
            "family": share(row.is_family for row in rows),
            "taken_as": taken_as(rows),
        }


def share(answers: Iterable[bool]) -> float | None:
    """Return the share of true answers; None if there are none."""
    found = list(answers)
    return sum(found) / len(found) if found else None


def taken_as(rows: Sequence[RenderRow]) -> dict[str, dict[str, int]]:
    """Return, for each transform, how often its plates were taken for what."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.transform, Counter())[row.taken_as] += 1
    return {name: dict(count.most_common()) for name, count in counts.items()}


def mean_of(values: Sequence[float]) -> float:
    """Return the mean of the finite values; NaN if there are none."""
    finite = [value for value in values if math.isfinite(value)]
    return float(np.mean(finite)) if finite else math.nan
