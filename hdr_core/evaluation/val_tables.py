"""The figures that only val plates have, as tables."""

import numpy as np

from hdr_core.evaluation.protocol import SCENE_KINDS
from hdr_core.evaluation.qualities import QUALITIES
from hdr_core.evaluation.resolution import FACTORS
from hdr_core.evaluation.results import EvaluationResult
from hdr_core.evaluation.rows import Row
from hdr_core.evaluation.section import NOTHING, Table, figure
from hdr_core.evaluation.tables import Where

# Losses smaller than this are rounding errors.
WORSE_DB = -0.01


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


def _has_scene_kind(kind: str) -> Where:
    return lambda row: row.scene_kind == kind


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
