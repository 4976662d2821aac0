"""The report on plates of real cameras: figures only.

The photographs may not be published, so the report has no pictures. A contact sheet of
the worst plates is written on request.
"""

from pathlib import Path

from hdr_core.evaluation import real_tables, sections, tables
from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.pictures import write_sheet
from hdr_core.evaluation.real import RealSet
from hdr_core.evaluation.report import exhibit
from hdr_core.evaluation.results import RealResult
from hdr_core.evaluation.rows import Method
from hdr_core.evaluation.section import Section, Table
from hdr_core.evaluation.sections import METRICS

N_WORST = 10
SHEET = "real-worst.jpg"
BESIDE: tuple[Method, ...] = ("mean real curve, left clipped", "sRGB-linear")

PROTOCOL = """\
Plates: photographs by real cameras, one exposure each of a bracketed set. The truth
is the whole set merged to scene-linear light, 1 = clip of the plate, in the camera's
own red, green and blue. The camera's curve was recovered from the same set. The
photographs may not be published; neither they nor the truth were used in training.
"""

METHODS = """\
*True curve* is the camera's own. *Mean real curve* is the mean of the inverse curves
of all other real cameras, each counted once: a constant that an estimate must beat.
*Left clipped* adds no light.
"""


def real_section(result: RealResult) -> Section:
    """Return the section of the report."""
    n_plates = result.summarize("hdr_core").n_plates
    jod = "" if result.metric else " --no-jod"
    body: list[str | Table] = [
        *f"{PROTOCOL}\n{METRICS}\n{METHODS}".splitlines(),
        "",
        f"### All {n_plates} plates of real cameras",
        "",
        tables.main_table(result),
        "",
        f"### By kind of real plate: hdr_core / {' / '.join(BESIDE)}",
        "",
        tables.parts_table(result, real_tables.real_parts(result), beside=BESIDE),
        "",
        "### By cause, real cameras",
        "",
        "One error at a time is removed: the curve is replaced, clipped pixels hold",
        "the truth, or stage 4 is skipped.",
        "",
        *tables.causes_parts(result),
        "",
        "### Curves of real cameras",
        "",
        real_tables.curve_table(result),
        "",
        real_tables.win_table(result),
        "",
        "### Sparkle of clipped pixels",
        "",
        real_tables.sparkle_table(result),
    ]
    if result.sparkles:
        body += ["", real_tables.pictures_table(result)]
    body += ["", "### The worst real plates", ""]
    body.append(real_tables.worst_table(result, N_WORST))
    return Section(
        marks=sections.REAL,
        title="Real cameras",
        weights=result.model,
        cvvdp=result.metric,
        command=f"hdr-core evaluate --real FOLDER --sparkle PICTURES{jod} "
        "--report docs/benchmarks.md",
        body=body,
    )


def write_worst(
    folder: Path, result: RealResult, *, real_set: RealSet, run: Reconstructor
) -> Path:
    """Write a contact sheet of the worst plates and return its path.

    Args:
        folder: Folder to write into.
        result: Result of the evaluation.
        real_set: Plates of the evaluation.
        run: Pipeline that makes the pictured results.

    Raises:
        OutputError: The sheet cannot be written.
    """
    views = {view.name: view for view in real_set.views}
    worst = result.worst(N_WORST)
    exhibits = [exhibit(row, real_set.case(views[row.case]), run) for row in worst]
    write_sheet(folder / SHEET, exhibits)
    return folder / SHEET
