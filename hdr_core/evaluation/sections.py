"""Sections of a Markdown report, each between two marker lines, and their JSON files.

The rest of the report is not changed, and the same figures give the same text. The
section on real cameras comes first. The tables of each section are also written as
JSON, into the folder ``figures`` beside the report.
"""

import json
import os
from pathlib import Path

from hdr_core.errors import OutputError
from hdr_core.evaluation.section import Marks, Section
from hdr_core.io.atomic import require_free, whole_file

FIGURES = "figures"
VAL = Marks(
    "<!-- hdr-core evaluate: begin -->",
    "<!-- hdr-core evaluate: end -->",
    "val.json",
)
REAL = Marks(
    "<!-- hdr-core evaluate, real cameras: begin -->",
    "<!-- hdr-core evaluate, real cameras: end -->",
    "real.json",
)
RENDERS = Marks(
    "<!-- hdr-core evaluate, renders: begin -->",
    "<!-- hdr-core evaluate, renders: end -->",
    "renders.json",
)
ALL = (REAL, VAL, RENDERS)

METRICS = """\
Results are scaled to the truth by the median ratio of luminance over well-exposed
pixels (every code in 0.05-0.9 of the range), the same for every method.

- **PU21-PSNR**: luminance times 200 cd/m2, capped at 50 times the clip, PU21 encoding
  (banding and glare), peak 256.4; mean.
- **JOD**: ColorVideoVDP, display `standard_hdr_linear`, times 200 cd/m2; mean.
- **well**, **sat**: RMS error of log2 luminance over well-exposed and over clipped
  pixels (brightest code above 0.98), in stops; mean.
- **hue**: absolute error of log2 of red and blue over luminance where all three codes
  are above 0.98, in stops; mean.
- **energy**: log2 of the luminance summed over clipped pixels, result over truth, in
  stops: median and 90th percentile of its absolute value, and its mean (bias).
- **peak**: log2 of the brightest pixel, result over truth; median.
- **sparkle**: share of clipped pixels whose log2 of red or of blue over green differs
  by more than half a stop from its median over the surrounding 5x5 pixels, minus the
  same share of the truth; mean, in %.
- **CRF RMSE**: over 1024 samples of the inverse curve.
"""


def require_place(path: Path) -> None:
    """Check, before long work, that a report and its JSON files can be written.

    Raises:
        OutputError: A file or its folder cannot be written.
    """
    for file in (path, path.parent / FIGURES / VAL.figures):
        require_free(file, overwrite=True)
        folder = next(parent for parent in file.absolute().parents if parent.exists())
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise OutputError(
                f"{file}: {folder} cannot be written. Choose another folder."
            )


def write_section(path: Path, section: Section) -> list[Path]:
    """Write a section into a Markdown file, in place of the old one, and its JSON.

    Args:
        path: Markdown file; created if it is missing.
        section: What to write.

    Returns:
        Paths of the written files, the report first.

    Raises:
        OutputError: A file cannot be written.
    """
    marks = section.marks
    text = path.read_text(encoding="utf-8") if path.is_file() else "# Benchmarks\n"
    lines = "\n".join([marks.begin, *section.lines(), marks.end])
    figures = json.dumps(section.as_json(), ensure_ascii=False, indent=1)
    contents = {
        path: _placed(text, lines, marks),
        path.parent / FIGURES / marks.figures: f"{figures}\n",
    }
    for file, content in contents.items():
        with whole_file(file, overwrite=True) as hidden:
            hidden.write_text(content, encoding="utf-8", newline="\n")
    return [*contents]


def _placed(text: str, section: str, marks: Marks) -> str:
    """Return the text of the file with ``section`` inserted or replaced."""
    before, begin, rest = text.partition(marks.begin)
    _, end, after = rest.partition(marks.end)
    if begin and end:
        return f"{before}{section}{after}"
    before, begin, rest = text.partition(VAL.begin)
    if marks == REAL and begin:
        return f"{before}{section}\n\n{begin}{rest}"
    return f"{text.rstrip()}\n\n{section}\n"
