"""What an evaluation found: a row for every plate and method, and their summary."""

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from hdr_core.evaluation.by_code import PARTS
from hdr_core.evaluation.protocol import CurveKind, Kind, SceneKind

Method = Literal[
    "hdr_core",
    "hdr_core, true curve",
    "hdr_core, true light",
    "hdr_core, true values",
    "hdr_core, no refinement",
    "sRGB-linear",
    "true curve, left clipped",
]
METHODS: tuple[Method, ...] = (
    "hdr_core",
    "hdr_core, true curve",
    "sRGB-linear",
    "true curve, left clipped",
)
# hdr_core with one of its errors taken away, or one of its parts.
CAUSES: tuple[Method, ...] = (
    "hdr_core, true curve",
    "hdr_core, true light",
    "hdr_core, true values",
    "hdr_core, no refinement",
)
# All there are, each once.
ALL_METHODS = tuple(dict.fromkeys((*METHODS, *CAUSES)))
Json = dict[str, str | int | float | list[float | None] | None]


@dataclass(frozen=True)
class Row:
    """One method on one plate. NaN: cannot be measured there.

    Attributes:
        case: The plate's name.
        kind: A view, or a whole panorama.
        scene_kind: What lights the scene.
        curve_kind: Where the camera's curve is from.
        jpeg_quality: None: a PNG.
        method: What made the result.
        pu21_psnr: dB.
        by_code: What it would gain were each part of the plate true, dB (by_code.py).
        jod: ColorVideoVDP, at most 10.
        well: RMS error of log2 luminance of well-exposed pixels, stops.
        sat: The same of clipped pixels.
        hue: Error of log2 of red and blue over luminance where all channels are
            clipped, stops.
        energy: Light of the clipped pixels, result over truth, stops.
        peak: Brightest pixel, result over truth, stops.
        ground: Irradiance on a floor, result over truth, stops; panoramas only.
        crf_rmse: Of the inverse CRF, where the method estimates one.
        dequantization: Gain of stage 1, dB, where it ran.
        banding: The same on the view shot without noise, as a PNG, where that has
            bands (metrics.band_share).
        coverage: Share of clipped pixels whose truth lies in the 80 % interval told.
        violations: Values of the result, as a file holds them, which would not
            photograph back to their code; None: nothing is promised.
    """

    case: str
    kind: Kind
    scene_kind: SceneKind
    curve_kind: CurveKind
    jpeg_quality: int | None
    method: Method
    pu21_psnr: float
    by_code: tuple[float, ...]
    jod: float
    well: float
    sat: float
    hue: float
    energy: float
    peak: float
    ground: float
    crf_rmse: float
    dequantization: float
    banding: float
    coverage: float
    violations: int | None


@dataclass(frozen=True)
class ResolutionRow:
    """How the light above clip changes when a plate is enlarged.

    Attributes:
        case: The plate's name.
        factor: By which it was enlarged.
        energy: Light of the clipped pixels, enlarged over plain, stops.
    """

    case: str
    factor: int
    energy: float


@dataclass(frozen=True)
class QualityRow:
    """What stage 1 gains on a plate as a JPEG.

    Attributes:
        case: The plate's name.
        quality: Of the JPEG.
        gain: dB.
    """

    case: str
    quality: int
    gain: float


@dataclass(frozen=True)
class Summary:
    """One method on many plates.

    Attributes:
        method: What made the results.
        n_plates: How many plates.
        pu21_psnr: Mean, dB.
        by_code: Mean gain of each part, dB.
        jod: Mean.
        well: Mean, stops.
        sat: Mean, stops.
        hue: Mean, stops.
        energy_median: Of the absolute error, stops.
        energy_p90: 90th percentile of the absolute error, stops.
        energy_bias: Mean of the signed error, stops.
        peak_median: Of the signed error, stops.
        ground_median: Of the absolute error, stops.
        ground_bias: Mean of the signed error, stops.
        crf_median: Of the RMSE.
        crf_mean: Of the RMSE.
        dequantization_png: Mean gain, dB.
        dequantization_jpeg: Mean gain, dB.
        dequantization_worst: The least gain on a JPEG, dB.
        banding: Mean gain, dB.
        coverage: Mean share of the 80 % interval.
        violations: Sum; None: nothing is promised.
    """

    method: Method
    n_plates: int
    pu21_psnr: float
    by_code: tuple[float, ...]
    jod: float
    well: float
    sat: float
    hue: float
    energy_median: float
    energy_p90: float
    energy_bias: float
    peak_median: float
    ground_median: float
    ground_bias: float
    crf_median: float
    crf_mean: float
    dequantization_png: float
    dequantization_jpeg: float
    dequantization_worst: float
    banding: float
    coverage: float
    violations: int | None


@dataclass(frozen=True)
class EvaluationResult:
    """All that an evaluation found.

    Attributes:
        model: What was evaluated, for people.
        n_views: Number of views asked for.
        seed: Of the val plates.
        metric: Version of ColorVideoVDP; None: JOD was left out.
        rows: Every plate and method.
        resolution: Plates enlarged.
        qualities: Views as JPEGs.
    """

    model: str
    n_views: int
    seed: int
    metric: str | None
    rows: tuple[Row, ...]
    resolution: tuple[ResolutionRow, ...]
    qualities: tuple[QualityRow, ...]

    def summarize(
        self, method: Method, *, where: Callable[[Row], bool] = lambda _: True
    ) -> Summary:
        """Return the summary of ``method`` over the rows where ``where`` holds."""
        return summarize(
            method,
            [row for row in self.rows if row.method == method and where(row)],
        )

    def gains(self) -> dict[str, float]:
        """Return by how many dB hdr_core is nearer than sRGB-linear, by plate."""
        ours, srgb = (
            {row.case: row.pu21_psnr for row in self.rows if row.method == method}
            for method in ("hdr_core", "sRGB-linear")
        )
        return {case: ours[case] - srgb[case] for case in ours if case in srgb}

    def as_json(self) -> dict[str, object]:
        """Return everything as what JSON can hold; NaN and infinity become null."""
        return {
            "model": self.model,
            "n_views": self.n_views,
            "seed": self.seed,
            "cvvdp": self.metric,
            "summary": [_jsonable(self.summarize(method)) for method in ALL_METHODS],
            "rows": [_jsonable(row) for row in self.rows],
            "resolution": [_jsonable(row) for row in self.resolution],
            "qualities": [_jsonable(row) for row in self.qualities],
        }


def summarize(method: Method, rows: list[Row]) -> Summary:
    """Return the summary of ``rows``, all of one method."""
    energy = _finite(row.energy for row in rows)
    ground = _finite(row.ground for row in rows)
    crf = _finite(row.crf_rmse for row in rows)
    jpeg_gains = _finite(
        row.dequantization for row in rows if row.jpeg_quality is not None
    )
    promised = [row.violations for row in rows if row.violations is not None]
    return Summary(
        method=method,
        n_plates=len(rows),
        pu21_psnr=_mean(_finite(row.pu21_psnr for row in rows)),
        by_code=tuple(
            _mean(_finite(row.by_code[part] for row in rows))
            for part in range(len(PARTS))
        ),
        jod=_mean(_finite(row.jod for row in rows)),
        well=_mean(_finite(row.well for row in rows)),
        sat=_mean(_finite(row.sat for row in rows)),
        hue=_mean(_finite(row.hue for row in rows)),
        energy_median=_quantile(np.abs(energy), 0.5),
        energy_p90=_quantile(np.abs(energy), 0.9),
        energy_bias=_mean(energy),
        peak_median=_quantile(_finite(row.peak for row in rows), 0.5),
        ground_median=_quantile(np.abs(ground), 0.5),
        ground_bias=_mean(ground),
        crf_median=_quantile(crf, 0.5),
        crf_mean=_mean(crf),
        dequantization_png=_mean(
            _finite(row.dequantization for row in rows if row.jpeg_quality is None)
        ),
        dequantization_jpeg=_mean(jpeg_gains),
        dequantization_worst=_quantile(jpeg_gains, 0.0),
        banding=_mean(_finite(row.banding for row in rows)),
        coverage=_mean(_finite(row.coverage for row in rows)),
        violations=sum(promised) if promised else None,
    )


def _finite(values: Iterable[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return what could be measured: a perfect plate has no finite PSNR."""
    found = np.array(list(values), dtype=np.float64)
    return found[np.isfinite(found)]


def _mean(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(values.mean()) if values.size else math.nan


def _quantile(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], share: float
) -> float:
    return float(np.quantile(values, share)) if values.size else math.nan


def _jsonable(item: Row | Summary | ResolutionRow | QualityRow) -> Json:
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
