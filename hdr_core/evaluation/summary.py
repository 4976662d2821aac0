"""Summary of a method over many plates: means, medians and 90th percentiles."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hdr_core.evaluation.rows import Method, Row
from hdr_core.metrics.by_code import PARTS


@dataclass(frozen=True)
class Summary:
    """Scores of one method over many plates; see ``Row`` for their meaning.

    Attributes:
        method: Method that made the results.
        n_plates: Number of plates.
        pu21_psnr: Mean PU21-PSNR, dB.
        by_code: Mean gain of each part, dB.
        jod: Mean JOD.
        well: Mean error of well-exposed pixels, stops.
        sat: Mean error of clipped pixels, stops.
        hue: Mean hue error, stops.
        sparkle_excess: Mean excess of sparkle over the truth.
        sparkle_worst: Largest excess of sparkle.
        energy_median: Median of the absolute energy error, stops.
        energy_p90: 90th percentile of the absolute energy error, stops.
        energy_bias: Mean of the signed energy error, stops.
        peak_median: Median of the signed peak error, stops.
        ground_median: Median of the absolute ground error, stops.
        ground_bias: Mean of the signed ground error, stops.
        crf_median: Median of the curve RMSE.
        crf_mean: Mean of the curve RMSE.
        dequantization_png: Mean gain of stage 1 on PNGs, dB.
        dequantization_jpeg: Mean gain of stage 1 on JPEGs, dB.
        dequantization_worst: Lowest gain of stage 1 on a JPEG, dB.
        banding: Mean gain of stage 1 on plates with banding, dB.
        coverage: Mean share of the truth in the 80 % interval.
        violations: Sum of violations; None means that nothing is promised.
    """

    method: Method
    n_plates: int
    pu21_psnr: float
    by_code: tuple[float, ...]
    jod: float
    well: float
    sat: float
    hue: float
    sparkle_excess: float
    sparkle_worst: float
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


def summarize(method: Method, rows: list[Row]) -> Summary:
    """Return the summary of ``rows``, all of one method."""
    energy = _finite(row.energy for row in rows)
    ground = _finite(row.ground for row in rows)
    crf = _finite(row.crf_rmse for row in rows)
    excess = _finite(row.sparkle_excess for row in rows)
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
        sparkle_excess=_mean(excess),
        sparkle_worst=_quantile(excess, 1.0),
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
    """Return the finite values: some are not measured or, as a PSNR, infinite."""
    found = np.array(list(values), dtype=np.float64)
    return found[np.isfinite(found)]


def _mean(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(values.mean()) if values.size else math.nan


def _quantile(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], share: float
) -> float:
    return float(np.quantile(values, share)) if values.size else math.nan
