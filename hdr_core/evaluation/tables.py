"""The figures that plates of every kind have, as tables."""

from collections.abc import Callable, Mapping, Sequence

from hdr_core.evaluation.results import Result
from hdr_core.evaluation.rows import Method, Row
from hdr_core.evaluation.section import NOTHING, Table, figure
from hdr_core.evaluation.summary import Summary
from hdr_core.metrics.by_code import PARTS

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


def _quality(summary: Summary) -> list[str]:
    return [figure(summary.pu21_psnr, ".2f"), figure(summary.jod, ".2f")]


def _brief(summary: Summary) -> list[str]:
    return [
        *_quality(summary),
        figure(summary.energy_median, ".2f"),
        figure(summary.crf_median, ".3f"),
    ]
