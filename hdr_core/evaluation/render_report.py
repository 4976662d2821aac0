"""The report on rendered plates: a section of a Markdown file, with figures only."""

from collections.abc import Callable, Sequence

from hdr_core.evaluation import sections
from hdr_core.evaluation.render_result import (
    RENDER_METHODS,
    RenderResult,
    RenderRow,
    mean_of,
    share,
    taken_as,
)
from hdr_core.evaluation.rows import Method
from hdr_core.evaluation.section import Section, Table, figure
from hdr_core.evaluation.summary import summarize

N_WORST = 10
Where = Callable[[RenderRow], bool]
# The methods of the tables by kind, in the order of their figures.
BESIDE: tuple[Method, ...] = (
    "hdr_core",
    "hdr_core, camera prior",
    "hdr_core, true transform",
    "sRGB-linear",
)

PROTOCOL = """\
Plates: rendered scenes (`tools/render_scenes`), each through each output transform of
`--linearize`, as a PNG and as a JPEG of quality 90, 8 bits, without a word on its
colors. The truth is the rendered light, scene-linear Rec.709, 1 = the light at which
plain sRGB clips. A pixel counts as well exposed or clipped by its plain sRGB codes (all
in 0.05-0.9; the brightest above 0.98), so that these are the same pixels for all
transforms.

- **named**: share of plates whose output transform was named; in brackets, that or
  another one of its family (sRGB, gamma 2.2, gamma 2.4, Rec.709; Reinhard; ACES; AgX).
- **curve**: error of the curve of greys over codes 0.05-0.9 at the best exposure, RMS,
  in stops; mean.
- **PU21-PSNR**, **well**, **hue**, **energy**: as on [real cameras](#real-cameras), on
  the pixels above.

*Camera prior* estimates the curve as if a camera had taken the plate (`--linearize
network`). *True transform* is given the name (`--linearize NAME`). *Left clipped* adds
no light.
"""


def render_section(result: RenderResult) -> Section:
    """Return the section of the report."""
    n_plates = len(result.select("hdr_core"))
    views = "" if result.n_plates is None else f" --views {result.n_plates}"
    body: list[str | Table] = [
        *PROTOCOL.splitlines(),
        "",
        f"### All {n_plates} rendered plates",
        "",
        main_table(result),
        "",
        f"### By output transform: {' / '.join(BESIDE)}",
        "",
        kinds_table(result, "transform", _by(result, "transform")),
        "",
        "### What the plates were taken for",
        "",
        taken_table(result),
        "",
        f"### By scene and file: {' / '.join(BESIDE)}",
        "",
        kinds_table(result, "plates", scenes_and_files(result)),
        "",
        "### The worst rendered plates",
        "",
        worst_table(result, N_WORST),
    ]
    return Section(
        marks=sections.RENDERS,
        title="Rendered plates",
        weights=result.model,
        cvvdp=None,
        command=f"hdr-core evaluate --renders FOLDER{views} "
        "--report docs/benchmarks.md",
        body=body,
    )


def main_table(result: RenderResult) -> Table:
    """Return the table of every method over all plates."""
    rows = []
    for method in RENDER_METHODS:
        summary = result.summarize(method)
        rows.append(
            [
                method,
                _named(result.select(method)) if method == "hdr_core" else "",
                figure(_curve(result.select(method)), ".3f"),
                figure(summary.pu21_psnr, ".2f"),
                figure(summary.well, ".3f"),
                figure(summary.hue, ".2f"),
                figure(summary.energy_median, ".2f"),
                figure(summary.energy_p90, ".2f"),
                figure(summary.energy_bias, "+.2f"),
            ]
        )
    head = ["method", "named", "curve", "PU21-PSNR dB", "well", "hue"]
    return Table("methods", [*head, "energy median", "energy p90", "energy bias"], rows)


def kinds_table(result: RenderResult, what: str, kinds: dict[str, Where]) -> Table:
    """Return the table of hdr_core beside the other methods, for each kind of plate.

    Args:
        result: Result of the evaluation.
        what: Name of the table, and title of its first column.
        kinds: Kinds of plates, each with the test for its rows.
    """
    rows = []
    for name, where in kinds.items():
        selected = [result.select(method, where) for method in BESIDE]
        summaries = [
            summarize(method, [*found])
            for method, found in zip(BESIDE, selected, strict=True)
        ]
        rows.append(
            [
                name,
                str(len(selected[0])),
                _named(selected[0]),
                " / ".join(figure(_curve(one), ".2f") for one in selected),
                " / ".join(figure(one.pu21_psnr, ".1f") for one in summaries),
                " / ".join(figure(one.energy_median, ".2f") for one in summaries),
            ]
        )
    head = [what, "number", "named", "curve", "PU21-PSNR dB", "energy median"]
    return Table(what, head, rows)


def taken_table(result: RenderResult) -> Table:
    """Return the table of what hdr_core took each transform's plates for."""
    counts = taken_as(result.select("hdr_core"))
    return Table(
        "taken for",
        ["transform", "taken for"],
        [
            [name, ", ".join(f"{taken} {n}" for taken, n in found.items())]
            for name, found in counts.items()
        ],
    )


def worst_table(result: RenderResult, n: int) -> Table:
    """Return the table of the ``n`` plates with the lowest PU21-PSNR."""
    head = ["plate", "taken for", "curve", "PU21-PSNR dB", "well", "energy"]
    return Table(
        "worst",
        head,
        [
            [
                row.case,
                row.taken_as,
                figure(row.curve_stops, ".2f"),
                figure(row.pu21_psnr, ".2f"),
                figure(row.well, ".3f"),
                figure(row.energy, "+.2f"),
            ]
            for row in result.worst(n)
        ],
    )


def scenes_and_files(result: RenderResult) -> dict[str, Where]:
    """Return the kinds of plates by scene and by file."""
    return {
        **_by(result, "scene"),
        "PNG": lambda row: row.jpeg_quality is None,
        "JPEG": lambda row: row.jpeg_quality is not None,
    }


def _by(result: RenderResult, field: str) -> dict[str, Where]:
    """Return a test for each value of a field, in the order of the plates."""
    values = dict.fromkeys(getattr(row, field) for row in result.rows)
    return {value: _has(field, value) for value in values}


def _has(field: str, value: str) -> Where:
    return lambda row: getattr(row, field) == value


def _named(rows: Sequence[RenderRow]) -> str:
    """Return the share that is named exactly, and that of the family in brackets."""
    exact, near = (
        share(row.is_named for row in rows),
        share(row.is_family for row in rows),
    )
    return f"{figure(exact, '.0%')} ({figure(near, '.0%')})"


def _curve(rows: Sequence[RenderRow]) -> float:
    return mean_of([row.curve_stops for row in rows])
