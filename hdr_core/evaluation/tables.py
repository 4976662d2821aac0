"""The figures of an evaluation as Markdown tables."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from hdr_core.evaluation.protocol import SCENE_KINDS
from hdr_core.evaluation.qualities import QUALITIES
from hdr_core.evaluation.resolution import FACTORS
from hdr_core.evaluation.results import EvaluationResult, Result
from hdr_core.evaluation.rows import Method, Row
from hdr_core.evaluation.section import NOTHING, Table, figure
from hdr_core.evaluation.summary import Summary
from hdr_core.metrics.by_code import PARTS

# Losses smaller than this are rounding errors.
WORSE_DB = -0.01
# A plate below this would better have been decoded as sRGB.
SRGB_IS_BETTER_DB = -0.5
Where = Callable[[Row], bool]


def main_table(result: Result) -> Table:
    """Return the table of every method over all plates."""
    return Table(
        "methods",
        [
            "method",
            "PU21-PSNR dB",
            "JOD",
            "well",
            "sat",
            "hue",
            "energy median",
            "energy p90",
            "energy bias",
            "peak",
            "sparkle %",
        ],
        [
            [
                method,
                *_quality(summary := result.summarize(method)),
                figure(summary.well, ".3f"),
                figure(summary.sat, ".2f"),
                figure(summary.hue, ".2f"),
                figure(summary.energy_median, ".2f"),
                figure(summary.energy_p90, ".2f"),
                figure(summary.energy_bias, "+.2f"),
                figure(summary.peak_median, "+.2f"),
                figure(100.0 * summary.sparkle_excess, ".2f"),
            ]
            for method in result.methods
        ],
    )


def val_parts() -> dict[str, Where]:
    """Return the kinds of val plates, each with the test for its rows."""
    return {
        "views": lambda row: row.kind == "view",
        "whole panoramas": lambda row: row.kind == "panorama",
        "measured curves": lambda row: row.curve_kind == "measured",
        "today's encodings": lambda row: row.curve_kind == "today",
        "PNG": lambda row: row.jpeg_quality is None,
        "JPEG": lambda row: row.jpeg_quality is not None,
        **{f"scenes: {kind}": _has_scene_kind(kind) for kind in SCENE_KINDS},
    }


def parts_table(
    result: Result,
    parts: Mapping[str, Where],
    *,
    beside: Sequence[Method] = ("sRGB-linear",),
) -> Table:
    """Return the table of hdr_core and other methods, for each kind of plate.

    Args:
        result: Result of the evaluation.
        parts: Kinds of plates, each with the test for its rows.
        beside: Methods to compare with.
    """
    rows = []
    for name, where in parts.items():
        summaries = [
            result.summarize(method, where=where) for method in ("hdr_core", *beside)
        ]
        if not summaries[0].n_plates:
            continue
        figures = zip(*map(_brief, summaries), strict=True)
        rows.append([name, str(summaries[0].n_plates), *map(" / ".join, figures)])
    return Table(
        "kinds",
        ["plates", "number", "PU21-PSNR dB", "JOD", "energy median", "CRF RMSE median"],
        rows,
    )


def _has_scene_kind(kind: str) -> Where:
    return lambda row: row.scene_kind == kind


def causes_table(result: Result) -> Table:
    """Return the table of hdr_core with one error removed at a time."""
    methods: tuple[Method, ...] = ("hdr_core", *result.causes)
    plain = result.summarize("hdr_core")
    return Table(
        "causes",
        ["method", "PU21-PSNR dB", "gain", "JOD", "well", "sat", "energy median"],
        [
            [
                method,
                figure(summary.pu21_psnr, ".2f"),
                figure(summary.pu21_psnr - plain.pu21_psnr, "+.2f"),
                figure(summary.jod, ".2f"),
                figure(summary.well, ".3f"),
                figure(summary.sat, ".2f"),
                figure(summary.energy_median, ".2f"),
            ]
            for method in methods
            for summary in [result.summarize(method)]
        ],
    )


def causes_parts(result: Result) -> list[str | Table]:
    """Return what the errors of hdr_core cost: by cause, by code, and how reliably."""
    return [
        causes_table(result),
        "",
        "By the code of a pixel's brightest channel: the gain in PU21-PSNR if only",
        "these pixels held the truth; mean over the plates, at most 20 dB per plate.",
        "",
        code_table(result),
        "",
        reliability_table(result),
    ]


def code_table(result: Result) -> Table:
    """Return the table of the gains by code of the brightest channel."""
    methods: tuple[Method, ...] = ("hdr_core", "hdr_core, true curve")
    gains = [result.summarize(method).by_code for method in methods]
    return Table(
        "codes",
        ["pixels", *methods],
        [
            [name, *(figure(gain, "+.2f") for gain in part)]
            for name, *part in zip(PARTS, *gains, strict=True)
        ],
    )


def reliability_table(result: Result) -> Table:
    """Return how often the predicted interval holds, and how often sRGB is better."""
    gains = result.gains()
    worst, lowest = min(
        gains.items(), key=lambda item: item[1], default=(NOTHING, None)
    )
    n_worse = sum(gain < SRGB_IS_BETTER_DB for gain in gains.values())
    return Table(
        "reliability",
        ["measure", "hdr_core"],
        [
            [
                "80 % interval holds the truth, %",
                figure(100.0 * result.summarize("hdr_core").coverage, ".0f"),
            ],
            ["plates", str(len(gains))],
            ["plates 0.5 dB below sRGB-linear", str(n_worse)],
            [
                "lowest gain over sRGB-linear, dB",
                figure(lowest, "+.1f"),
            ],
            ["plate of the lowest gain", worst],
        ],
    )


def camera_table(result: EvaluationResult) -> Table:
    """Return the table of stages 1 and 2 and of the promise."""
    ours, srgb = result.summarize("hdr_core"), result.summarize("sRGB-linear")
    return Table(
        "stages",
        ["measure", "hdr_core", "always sRGB"],
        [
            [
                "CRF RMSE, median",
                figure(ours.crf_median, ".4f"),
                figure(srgb.crf_median, ".4f"),
            ],
            [
                "CRF RMSE, mean",
                figure(ours.crf_mean, ".4f"),
                figure(srgb.crf_mean, ".4f"),
            ],
            [
                "dequantization gain, PNG, dB",
                figure(ours.dequantization_png, "+.2f"),
                NOTHING,
            ],
            [
                "dequantization gain, JPEG, dB",
                figure(ours.dequantization_jpeg, "+.2f"),
                NOTHING,
            ],
            [
                "dequantization gain, JPEG, worst plate, dB",
                figure(ours.dequantization_worst, "+.2f"),
                NOTHING,
            ],
            [
                "dequantization gain, PNG with bands, dB",
                figure(ours.banding, "+.2f"),
                NOTHING,
            ],
            ["re-shoot violations, PNG", figure(ours.violations, "d"), NOTHING],
        ],
    )


def quality_table(result: EvaluationResult) -> Table:
    """Return the table of the gains of stage 1 by JPEG quality."""
    rows = []
    for quality in QUALITIES:
        gains = {
            row.case: row.gain for row in result.qualities if row.quality == quality
        }
        if not gains:
            continue
        worst = min(gains, key=lambda case: gains[case])
        rows.append(
            [
                str(quality),
                figure(float(np.mean(list(gains.values()))), "+.2f"),
                figure(gains[worst], "+.2f"),
                worst,
                str(sum(gain < WORSE_DB for gain in gains.values())),
            ]
        )
    return Table(
        "qualities", ["quality", "mean", "worst", "worst view", "views that lose"], rows
    )


def ground_table(result: EvaluationResult) -> Table:
    """Return the table of the irradiance of panoramas on a floor."""

    def is_panorama(row: Row) -> bool:
        return row.kind == "panorama"

    return Table(
        "ground",
        ["method", "ground median", "ground bias", "energy median", "peak"],
        [
            [
                method,
                figure(summary.ground_median, ".2f"),
                figure(summary.ground_bias, "+.2f"),
                figure(summary.energy_median, ".2f"),
                figure(summary.peak_median, "+.2f"),
            ]
            for method in result.methods
            for summary in [result.summarize(method, where=is_panorama)]
        ],
    )


def resolution_table(result: EvaluationResult) -> Table:
    """Return the table of the light of enlarged plates."""
    rows = []
    for factor in FACTORS:
        energy = np.array(
            [row.energy for row in result.resolution if row.factor == factor]
        )
        energy = energy[np.isfinite(energy)]
        is_measured = energy.size > 0
        rows.append(
            [
                f"{factor}x",
                str(energy.size),
                figure(
                    float(np.median(np.abs(energy))) if is_measured else None, ".2f"
                ),
                figure(float(energy.mean()) if is_measured else None, "+.2f"),
                figure(float(np.abs(energy).max()) if is_measured else None, ".2f"),
            ]
        )
    return Table("enlarged", ["enlarged", "plates", "median", "bias", "largest"], rows)


def _quality(summary: Summary) -> list[str]:
    return [figure(summary.pu21_psnr, ".2f"), figure(summary.jod, ".2f")]


def _brief(summary: Summary) -> list[str]:
    return [
        *_quality(summary),
        figure(summary.energy_median, ".2f"),
        figure(summary.crf_median, ".3f"),
    ]
