"""Results of an evaluation: a row for every plate and method, and summaries."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

from hdr_core.evaluation.rows import (
    Method,
    QualityRow,
    ResolutionRow,
    Row,
    SparkleRow,
)
from hdr_core.evaluation.summary import Summary, summarize

METHODS: tuple[Method, ...] = (
    "hdr_core",
    "hdr_core, true curve",
    "sRGB-linear",
    "true curve, left clipped",
)
# hdr_core with one of its errors, or one of its stages, removed.
CAUSES: tuple[Method, ...] = (
    "hdr_core, true curve",
    "hdr_core, true light",
    "hdr_core, true values",
    "hdr_core, no refinement",
)
REAL_METHODS: tuple[Method, ...] = (
    "hdr_core",
    "hdr_core, mean real curve",
    "hdr_core, true curve",
    "sRGB-linear",
    "mean real curve, left clipped",
    "true curve, left clipped",
)
REAL_CAUSES: tuple[Method, ...] = (
    "hdr_core, mean real curve",
    "hdr_core, true curve",
    "hdr_core, true light",
    "hdr_core, no refinement",
)
# All methods that are measured on val plates, each once.
ALL_METHODS = tuple(dict.fromkeys((*METHODS, *CAUSES)))
Json = dict[str, str | int | float | list[float | None] | None]


@dataclass(frozen=True, kw_only=True)
class Result:
    """Fields and summaries that every evaluation has.

    Attributes:
        methods: Methods of the main table.
        causes: Methods of the table of causes.
        model: Name of the evaluated model, for the report.
        metric: Version of ColorVideoVDP; None means that JOD was not measured.
        rows: One row for every plate and method.
    """

    methods: ClassVar[tuple[Method, ...]] = METHODS
    causes: ClassVar[tuple[Method, ...]] = CAUSES

    model: str
    metric: str | None
    rows: tuple[Row, ...]

    def of(self, method: Method) -> dict[str, Row]:
        """Return the rows of ``method`` by plate."""
        return {row.case: row for row in self.rows if row.method == method}

    def summarize(
        self, method: Method, *, where: Callable[[Row], bool] = lambda _: True
    ) -> Summary:
        """Return the summary of a method over a selection of plates.

        Args:
            method: Method to summarize.
            where: Test that selects the rows.
        """
        return summarize(
            method,
            [row for row in self.rows if row.method == method and where(row)],
        )

    def gains(self) -> dict[str, float]:
        """Return the PU21-PSNR of hdr_core minus that of sRGB-linear, dB, by plate."""
        ours, srgb = self.of("hdr_core"), self.of("sRGB-linear")
        return {
            case: ours[case].pu21_psnr - srgb[case].pu21_psnr
            for case in ours
            if case in srgb
        }

    def as_json(self) -> dict[str, object]:
        """Return all fields as JSON types; NaN and infinity become null."""
        methods = dict.fromkeys((*self.methods, *self.causes))
        return {
            "model": self.model,
            "cvvdp": self.metric,
            "summary": [_jsonable(self.summarize(method)) for method in methods],
            "rows": [_jsonable(row) for row in self.rows],
        }


@dataclass(frozen=True, kw_only=True)
class EvaluationResult(Result):
    """Results on the val plates.

    Attributes:
        n_views: Number of views.
        seed: Random seed of the val plates.
        resolution: Comparison with enlarged plates.
        qualities: Gain of stage 1 on JPEGs of several qualities.
    """

    n_views: int
    seed: int
    resolution: tuple[ResolutionRow, ...]
    qualities: tuple[QualityRow, ...]

    def as_json(self) -> dict[str, object]:
        """Return all fields as JSON types; NaN and infinity become null."""
        return {
            "n_views": self.n_views,
            "seed": self.seed,
            **super().as_json(),
            "resolution": [_jsonable(row) for row in self.resolution],
            "qualities": [_jsonable(row) for row in self.qualities],
        }


@dataclass(frozen=True, kw_only=True)
class RealResult(Result):
    """Results on plates of real cameras.

    Attributes:
        sparkles: Sparkle of the pictures without truth.
    """

    methods: ClassVar[tuple[Method, ...]] = REAL_METHODS
    causes: ClassVar[tuple[Method, ...]] = REAL_CAUSES

    sparkles: tuple[SparkleRow, ...] = ()

    @property
    def curve_wins(self) -> float:
        """Share of plates whose curve RMSE is below that of the mean real curve."""
        return self._share_below(lambda row: row.crf_rmse)

    @property
    def well_wins(self) -> float:
        """The same by the error of well-exposed pixels; both with all four stages."""
        return self._share_below(lambda row: row.well)

    def worst(self, n: int) -> Sequence[Row]:
        """Return the ``n`` rows of hdr_core with the lowest PU21-PSNR."""
        ours = self.of("hdr_core").values()
        return sorted(ours, key=lambda row: row.pu21_psnr)[:n]

    def as_json(self) -> dict[str, object]:
        """Return all fields as JSON types; NaN and infinity become null."""
        return {
            **super().as_json(),
            "curve_wins": _finite_or_none(self.curve_wins),
            "well_wins": _finite_or_none(self.well_wins),
            "sparkles": [_jsonable(row) for row in self.sparkles],
        }

    def _share_below(self, error: Callable[[Row], float]) -> float:
        ours, mean = self.of("hdr_core"), self.of("hdr_core, mean real curve")
        wins = [error(ours[case]) < error(mean[case]) for case in ours if case in mean]
        return sum(wins) / len(wins) if wins else math.nan


def _jsonable(
    item: Row | Summary | ResolutionRow | QualityRow | SparkleRow,
) -> Json:
    return {
        name: [_finite_or_none(part) for part in value]
        if isinstance(value, tuple)
        else _finite_or_none(value)
        if isinstance(value, float)
        else value
        for name, value in asdict(item).items()
    }


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
