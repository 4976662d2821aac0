"""The figures that only plates of real cameras have, as tables."""

from hdr_core.evaluation.results import RealResult
from hdr_core.evaluation.rows import Method
from hdr_core.evaluation.section import Table, figure
from hdr_core.evaluation.tables import Where

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


def curve_table(result: RealResult) -> Table:
    """Return the table of the errors of each curve estimate."""
    summaries = [result.summarize(method) for method in CURVES]
    return Table(
        "curves",
        ["measure", *CURVES],
        [
            ["CRF RMSE, mean", *(figure(one.crf_mean, ".4f") for one in summaries)],
            ["CRF RMSE, median", *(figure(one.crf_median, ".4f") for one in summaries)],
            ["well", *(figure(one.well, ".3f") for one in summaries)],
        ],
    )


def win_table(result: RealResult) -> Table:
    """Return the share of plates on which the estimate beats the constant."""
    return Table(
        "wins",
        ["the estimate is better than the mean real curve", "% of the plates"],
        [
            ["by CRF RMSE", figure(100 * result.curve_wins, ".0f")],
            ["by *well*", figure(100 * result.well_wins, ".0f")],
        ],
    )


def sparkle_table(result: RealResult) -> Table:
    """Return the sparkle of plates with truth."""
    ours = result.summarize("hdr_core")
    return Table(
        "sparkle",
        ["sparkle in excess of the truth", "% of clipped pixels"],
        [
            ["mean", figure(100 * ours.sparkle_excess, ".2f")],
            ["worst plate", figure(100 * ours.sparkle_worst, ".2f")],
        ],
    )


def pictures_table(result: RealResult) -> Table:
    """Return the sparkle of pictures without truth."""
    return Table(
        "pictures",
        ["picture without truth", "clipped %", "sparkle %"],
        [
            [
                row.file,
                figure(100 * row.clipped, ".2f"),
                figure(100 * row.sparkle, ".2f"),
            ]
            for row in result.sparkles
        ],
    )


def worst_table(result: RealResult, n: int) -> Table:
    """Return the table of the ``n`` plates with the lowest PU21-PSNR."""
    return Table(
        "worst",
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
