"""Sections of a Markdown file, each between two marks, and what they share.

All else in the file is left as it is, and the same figures give the same text. Plates
of real cameras come first.
"""

import os
from pathlib import Path
from typing import NamedTuple

from hdr_core.errors import OutputError
from hdr_core.io.atomic import require_free, whole_file


class Marks(NamedTuple):
    """The lines around a section."""

    begin: str
    end: str


VAL = Marks("<!-- hdr-core evaluate: begin -->", "<!-- hdr-core evaluate: end -->")
REAL = Marks(
    "<!-- hdr-core evaluate, real cameras: begin -->",
    "<!-- hdr-core evaluate, real cameras: end -->",
)

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
- **sparkle**: share of clipped pixels whose log2 of red or of blue over green is more
  than half a stop off its median over the 5x5 pixels around, less the same share of
  the truth; mean, in %.
- **CRF RMSE**: over 1024 samples of the inverse curve.
"""


def require_place(path: Path) -> None:
    """Raise OutputError, before the long work, if ``path`` cannot be written."""
    require_free(path, overwrite=True)
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise OutputError(f"{path}: {folder} cannot be written. Choose another folder.")


def write_section(path: Path, lines: list[str], marks: Marks) -> None:
    """Write a section into ``path``, which is made if it is missing.

    Raises:
        OutputError: It cannot be written.
    """
    section = "\n".join([marks.begin, *lines, marks.end])
    text = path.read_text(encoding="utf-8") if path.is_file() else "# Benchmarks\n"
    with whole_file(path, overwrite=True) as hidden:
        hidden.write_text(_placed(text, section, marks), encoding="utf-8", newline="\n")


def _placed(text: str, section: str, marks: Marks) -> str:
    """Return the text of the file with ``section`` in its place."""
    before, begin, rest = text.partition(marks.begin)
    _, end, after = rest.partition(marks.end)
    if begin and end:
        return f"{before}{section}{after}"
    before, begin, rest = text.partition(VAL.begin)
    if marks == REAL and begin:
        return f"{before}{section}\n\n{begin}{rest}"
    return f"{text.rstrip()}\n\n{section}\n"
