"""The report on the val plates: a section of a Markdown file, with pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hdr_core.evaluation import sections, tables, val_tables
from hdr_core.evaluation.case import Case
from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.pictures import Exhibit, write_sheet
from hdr_core.evaluation.protocol import SEED, ValSet
from hdr_core.evaluation.results import EvaluationResult
from hdr_core.evaluation.rows import Row
from hdr_core.evaluation.section import Section, Table, figure
from hdr_core.evaluation.sections import METRICS, write_section

# Number of pictured plates around the median, and of the worst.
N_MEDIAN, N_WORST = 3, 10
# Title of each contact sheet, by file name.
SHEETS = {
    "val-median": "The plates in the middle, by PU21-PSNR of hdr_core",
    "val-worst": "The worst plates, by PU21-PSNR of hdr_core",
}

PROTOCOL = """\
Plates: views of 60-110 degrees of HDR scenes that are not in the training set (two of
five hold the scene's brightest light), and the whole panoramas. Each is exposed so
that 2-15 % of it clips, and shot by a fixed random camera. Half of the cameras have a
measured response curve that is not in the training set, the others one of today's
encodings (sRGB, Rec.709, gamma, S-curves, display transforms). 60 % are PNG, 40 %
JPEG of quality 82-98; noise is low.
"""

VAL_METRICS = """\
- **ground**: log2 of the irradiance on a floor, result over truth; panoramas only.
- **scenes**: by the tags of the corpus; indoor means lamps and windows.
- **dequantization gain**: PSNR of the encoded plate after stage 1, minus that before
  it. The truth is the plate without noise, quantization and JPEG. Plates with bands are
  PNGs without noise; at least 40 % of their values differ by at most one code from
  their neighbors.

*hdr_core, true curve* uses the camera's true curve: the remaining error is not that of
stage 2. *True curve, left clipped* uses the true curve and adds no light: the result of
a perfect stage 2 alone.
"""


class Sheet(NamedTuple):
    """A contact sheet of the report.

    Attributes:
        picture: Path of the picture, relative to the report.
        title: Title of the sheet.
        origin: Scenes of the pictures and their licences.
    """

    picture: str
    title: str
    origin: str


def val_section(result: EvaluationResult, *, sheets: Sequence[Sheet] = ()) -> Section:
    """Return the section of the report.

    Args:
        result: Result of the evaluation.
        sheets: Contact sheets to show.
    """
    n_plates = result.summarize("hdr_core").n_plates
    body: list[str | Table] = [
        *f"{PROTOCOL}\n{METRICS}{VAL_METRICS}".splitlines(),
        "",
        f"### All {n_plates} plates",
        "",
        tables.main_table(result),
        "",
        "### By kind of plate: hdr_core / sRGB-linear",
        "",
        tables.parts_table(result, val_tables.val_parts()),
        "",
        "### By cause",
        "",
        "One error at a time is removed: the true curve is used, clipped pixels hold",
        "the truth, the plate has no noise, quantization and JPEG, or stage 4 is",
        "skipped.",
        "",
        *tables.causes_parts(result),
        "",
        "### Stages 1 and 2",
        "",
        val_tables.camera_table(result),
        "",
        "Dequantization gain on the views stored as JPEGs of other qualities, in dB.",
        "",
        val_tables.quality_table(result),
        "",
        "### Panoramas as light",
        "",
        val_tables.ground_table(result),
        "",
        "### Plates enlarged",
        "",
        "Light of the clipped pixels of an enlarged plate, reduced again, over that of",
        "the plate itself, in stops.",
        "",
        val_tables.resolution_table(result),
        *_picture_lines(sheets),
    ]
    return Section(
        marks=sections.VAL,
        title="Val plates",
        weights=result.model,
        cvvdp=result.metric,
        command=_command(result),
        body=body,
    )


def write_report(
    path: Path,
    result: EvaluationResult,
    *,
    val_set: ValSet,
    run: Reconstructor,
    licences: Mapping[str, str],
) -> list[Path]:
    """Write the section into a Markdown file, and its pictures beside it.

    Args:
        path: Markdown file; created if it is missing. The pictures go to the folder
            ``images`` beside it.
        result: Result of the evaluation.
        val_set: Val plates of the evaluation.
        run: Pipeline that makes the pictured results.
        licences: Licences by scene; other scenes are not pictured.

    Returns:
        Paths of the written files.

    Raises:
        OutputError: A file cannot be written.
    """
    written: list[Path] = []
    sheets: list[Sheet] = []
    for name, rows in _choose(result, licences).items():
        cases = [val_set.case_of(row.case) for row in rows]
        exhibits = [
            exhibit(row, case, run) for row, case in zip(rows, cases, strict=True)
        ]
        picture = path.parent / "images" / f"{name}.jpg"
        write_sheet(picture, exhibits)
        written.append(picture)
        origins = sorted({f"{case.scene}: {licences[case.scene]}" for case in cases})
        sheets.append(Sheet(f"images/{picture.name}", SHEETS[name], "; ".join(origins)))
    return [*write_section(path, val_section(result, sheets=sheets)), *written]


def _choose(
    result: EvaluationResult, licences: Mapping[str, str]
) -> dict[str, list[Row]]:
    """Return the rows to picture: the worst, and those around the median."""
    ranked = sorted(
        (
            row
            for row in result.rows
            if row.method == "hdr_core" and row.case.split("/")[0] in licences
        ),
        key=lambda row: row.pu21_psnr,
    )
    if not ranked:
        return {}
    start = max((len(ranked) - N_MEDIAN) // 2, 0)
    return {
        "val-median": ranked[start : start + N_MEDIAN],
        "val-worst": ranked[:N_WORST],
    }


def exhibit(row: Row, case: Case, run: Reconstructor) -> Exhibit:
    """Return the row of a contact sheet for a plate.

    Args:
        row: Scores of the plate.
        case: Plate and truth.
        run: Pipeline that makes the result.
    """
    hdr = run(case.plate, None).hdr.pixels
    file = "PNG" if row.jpeg_quality is None else f"JPEG {row.jpeg_quality}"
    return Exhibit(
        caption=f"{row.case}, {file}: {row.pu21_psnr:.1f} dB, "
        f"energy {figure(row.energy, '+.2f')} stops",
        plate=case.plate.pixels,
        hdr=case.exposed(hdr),
        truth=case.truth,
    )


def _command(result: EvaluationResult) -> str:
    seed = "" if result.seed == SEED else f" --seed {result.seed}"
    jod = "" if result.metric else " --no-jod"
    return (
        f"hdr-core evaluate --corpus CORPUS --crf CURVES --views {result.n_views}"
        f"{seed}{jod} --report docs/benchmarks.md"
    )


def _picture_lines(sheets: Sequence[Sheet]) -> Sequence[str]:
    if not sheets:
        return []
    lines = ["", "### Pictures", "", "Plate, hdr_core and truth at 0, -3 and -6 stops."]
    for sheet in sheets:
        lines += ["", f"![{sheet.title}]({sheet.picture})"]
        lines += ["", f"{sheet.title}. {sheet.origin}."]
    return lines
