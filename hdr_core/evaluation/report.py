"""The report on the val plates: a section of a Markdown file, with pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hdr_core.evaluation import sections, tables
from hdr_core.evaluation.case import Case
from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.pictures import Exhibit, write_sheet
from hdr_core.evaluation.protocol import SEED, ValSet
from hdr_core.evaluation.results import EvaluationResult
from hdr_core.evaluation.rows import Row
from hdr_core.evaluation.sections import METRICS, write_section

# How many plates of the middle, and how many of the worst, are pictured.
N_MEDIAN, N_WORST = 3, 10
# File name and what it shows.
SHEETS = {
    "val-median": "The plates in the middle, by PU21-PSNR of hdr_core",
    "val-worst": "The worst plates, by PU21-PSNR of hdr_core",
}

PROTOCOL = """\
Plates: views of 60-110 degrees cut from HDR scenes which no training saw, two of five
with the scene's brightest light in them, and the whole panoramas. Each is exposed so
that 2-15 % of it clips, and shot by a fixed random camera: every second one has a
measured response curve that was kept from training, the others one of today's
encodings (sRGB, Rec.709, gamma, S-curves, display transforms). 60 % are PNG, 40 %
JPEG of quality 82-98; noise is light.
"""

VAL_METRICS = """\
- **ground**: log2 of the irradiance on a floor; panoramas.
- **scenes**: by the tags of the corpus; indoor stands for lamps and windows.
- **dequantization gain**: PSNR of the encoded plate after stage 1 over before it; truth
  is what the camera had written without noise, codes and JPEG. Plates with bands are
  PNGs without noise, two of five values of which lie among values a code away at most.

*hdr_core, true curve* is told the camera: what is left is not stage 2's. *True curve,
left clipped* is told the camera and adds no light: what a perfect stage 2 alone gives.
"""


class Sheet(NamedTuple):
    """A contact sheet of the report.

    Attributes:
        picture: Path, relative to the report.
        title: What it shows.
        origin: Scenes and their licences.
    """

    picture: str
    title: str
    origin: str


def report_lines(
    result: EvaluationResult, *, sheets: Sequence[Sheet] = ()
) -> list[str]:
    """Return the section, line by line.

    Args:
        result: What was found.
        sheets: Its pictures.
    """
    n_plates = result.summarize("hdr_core").n_plates
    metric = f"; ColorVideoVDP {result.metric}" if result.metric else ""
    return [
        "## Val plates",
        "",
        f"Weights: {result.model}{metric}. Made by",
        "",
        f"    {_command(result)}",
        "",
        *f"{PROTOCOL}\n{METRICS}{VAL_METRICS}".splitlines(),
        "",
        f"### All {n_plates} plates",
        "",
        *tables.main_table(result),
        "",
        "### By kind of plate: hdr_core / sRGB-linear",
        "",
        *tables.parts_table(result, tables.val_parts()),
        "",
        "### By cause",
        "",
        "One error after the other is taken away: the curve is told, clipped pixels",
        "hold the truth, values are those before noise, codes and JPEG; or stage 4 is",
        "left out.",
        "",
        *tables.causes_table(result),
        "",
        "By what the brightest channel of a pixel says: PU21-PSNR that the mean of the",
        "plates would gain were such pixels alone true, 20 dB at most for a plate.",
        "",
        *tables.code_table(result),
        "",
        *tables.sureness_lines(result),
        "",
        "### The camera, undone",
        "",
        *tables.camera_table(result),
        "",
        "Dequantization gain on the views as JPEGs of other qualities, dB.",
        "",
        *tables.quality_table(result),
        "",
        "### Panoramas as light",
        "",
        *tables.ground_table(result),
        "",
        "### Plates enlarged",
        "",
        "Light of the clipped pixels, reduced again, over the plate's own, in stops.",
        "",
        *tables.resolution_table(result),
        *_picture_lines(sheets),
    ]


def write_report(
    path: Path,
    result: EvaluationResult,
    *,
    val_set: ValSet,
    run: Reconstructor,
    licences: Mapping[str, str],
) -> list[Path]:
    """Write the section into ``path`` and its pictures into ``images`` beside it.

    Args:
        path: Markdown file; made if it is missing.
        result: What was found.
        val_set: Its plates.
        run: Makes the results that are pictured.
        licences: Licence by scene; other scenes are not pictured.

    Returns:
        The files written.

    Raises:
        OutputError: One of them cannot be written.
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
    write_section(path, report_lines(result, sheets=sheets), sections.VAL)
    return [path, *written]


def _choose(
    result: EvaluationResult, licences: Mapping[str, str]
) -> dict[str, list[Row]]:
    """Return the rows to picture: the worst, and those in the middle."""
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
    """Return a plate beside its result and its truth."""
    hdr = run(case.plate, None).hdr.pixels
    file = "PNG" if row.jpeg_quality is None else f"JPEG {row.jpeg_quality}"
    return Exhibit(
        caption=f"{row.case}, {file}: {row.pu21_psnr:.1f} dB, "
        f"energy {tables.figure(row.energy, '+.2f')} stops",
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
