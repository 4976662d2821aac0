"""The figures that only plates of real cameras have, as Markdown tables."""

from hdr_core.evaluation.results import RealResult
from hdr_core.evaluation.rows import Method
from hdr_core.evaluation.tables import Where, figure, table

# Methods that differ by their curve.
CURVES: tuple[Method, ...] = ("hdr_core", "hdr_core, mean real curve", "sRGB-linear")


def real_parts(result: RealResult) -> dict[str, Where]:
    """Return the kinds of real plates, each with the test for its rows."""
    classes = sorted({row.camera_class or "unknown" for row in result.rows})
    return {
        **{f"cameras: {name}": _is_taken_by(name) for name in classes},
        "PNG": lambda row: row.jpeg_quality is None,
        "JPEG": lambda row: row.jpeg_quality is not None,
    }


def _is_taken_by(camera_class: str) -> Where:
    return lambda row: (row.camera_class or "unknown") == camera_class


def curve_table(result: RealResult) -> list[str]:
    """Return the table of the errors of each curve estimate."""
    summaries = [result.summarize(method) for method in CURVES]
    return table(
        ["", *CURVES],
        [
            [name, *cells]
            for name, cells in (
                ("CRF RMSE, mean", [figure(one.crf_mean, ".4f") for one in summaries]),
                (
                    "CRF RMSE, median",
                    [figure(one.crf_median, ".4f") for one in summaries],
                ),
                ("well", [figure(one.well, ".3f") for one in summaries]),
            )
        ],
    )


def win_lines(result: RealResult) -> list[str]:
    """Return the share of plates on which the estimate beats the constant."""
    return [
        "The estimate is better than the mean real curve on "
        f"{figure(result.curve_wins, '.0%')} of the plates by CRF RMSE,",
        f"and on {figure(result.well_wins, '.0%')} by *well*.",
    ]


def sparkle_lines(result: RealResult) -> list[str]:
    """Return the sparkle of plates with truth and of pictures without."""
    ours = result.summarize("hdr_core")
    lines = [
        f"In excess of the truth: mean {figure(100 * ours.sparkle_excess, '.2f')} % of "
        f"the clipped pixels, worst plate {figure(100 * ours.sparkle_worst, '.2f')} %.",
    ]
    if not result.sparkles:
        return lines
    return [
        *lines,
        "Pictures without truth:",
        "",
        *table(
            ["picture", "clipped %", "sparkle %"],
            [
                [
                    row.file,
                    figure(100 * row.clipped, ".2f"),
                    figure(100 * row.sparkle, ".2f"),
                ]
                for row in result.sparkles
            ],
        ),
    ]


def worst_table(result: RealResult, n: int) -> list[str]:
    """Return the table of the ``n`` plates with the lowest PU21-PSNR."""
    return table(
        ["plate", "camera", "PU21-PSNR dB", "JOD", "well", "sat", "energy", "CRF RMSE"],
        [
            [
                row.case,
                row.camera or "unknown",
                figure(row.pu21_psnr, ".2f"),
                figure(row.jod, ".2f"),
                figure(row.well, ".3f"),
                figure(row.sat, ".2f"),
                figure(row.energy, "+.2f"),
                figure(row.crf_rmse, ".4f"),
            ]
            for row in result.worst(n)
        ],
    )
