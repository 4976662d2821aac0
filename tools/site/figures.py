"""``python -m tools.site.figures``: write the figures of the documents.

A document holds ``<!-- figure real: hdr_core: JOD -->7.62<!-- -->``: a table, its row
and its column. The figure is read from the tables that ``hdr-core evaluate`` wrote into
docs/benchmarks.md, and written in place. No figure is typed, and a test holds the
documents to the tables.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "benchmarks.md"
# The tables that documents may name: the title above each one.
TABLES = {
    "real": "### All 43 plates of real cameras",
    "curves": "### Curves of real cameras",
    "causes": "### By cause, real cameras",
}
PLACE = re.compile(r"<!-- figure (\w+): ([^:>]+?)(?:: ([^>]+?))? -->([^<]*)<!-- -->")
# Figures that the report says in a sentence.
SENTENCES = {
    "interval": r"80 % interval of clipped pixels holds the truth of (\d+)%",
    "worse": r"(\d+) of \d+ plates score more than 0\.5 dB below sRGB-linear",
    "plates": r"\d+ of (\d+) plates score more than",
    "worst": r"the worst is \S+, -?([\d.]+) dB",
    "better": r"better than the mean real curve on (\d+)% of the plates by CRF",
}
Table = Mapping[str, Mapping[str, str]]


def read_figures(report: Path = REPORT) -> dict[str, Table]:
    """Return the tables of a report, by name, row and column.

    Raises:
        ValueError: A table or a sentence is not in the report.
    """
    text = report.read_text(encoding="utf-8")
    figures: dict[str, Table] = {
        name: _read_table(text, title) for name, title in TABLES.items()
    }
    said = {}
    for name, pattern in SENTENCES.items():
        found = re.search(pattern, text)
        if found is None:
            raise ValueError(f"{report}: no sentence on {name}. Change figures.py.")
        said[name] = {"": found.group(1)}
    return figures | {"said": said}


def fill(text: str, figures: Mapping[str, Table]) -> str:
    """Return a document with its figures in their places.

    Raises:
        ValueError: The document names a figure that the report does not have.
    """

    def figure(found: re.Match[str]) -> str:
        table, row, column, held = found.groups()
        try:
            value = figures[table][row][column or ""]
        except KeyError as error:
            raise ValueError(f"{found.group()}: no such figure ({error}).") from error
        opening = found.group().removesuffix(f"{held}<!-- -->")
        return f"{opening}{value}<!-- -->"

    return PLACE.sub(figure, text)


def without_marks(text: str) -> str:
    """Return a document with its figures as plain text."""
    return PLACE.sub(r"\4", text)


def documents() -> list[Path]:
    """Return the documents that may hold figures."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def main() -> int:
    """Write the figures into all documents and return the exit code."""
    figures = read_figures()
    for document in documents():
        text = document.read_text(encoding="utf-8")
        filled = fill(text, figures)
        if filled != text:
            document.write_text(filled, encoding="utf-8")
            print(f"{document.relative_to(ROOT)}: figures written")
    return 0


def _read_table(text: str, title: str) -> dict[str, dict[str, str]]:
    """Return the first table below a title."""
    if title not in text:
        raise ValueError(f"no section {title!r} in the report. Change figures.py.")
    section = text[text.index(title) :]
    lines = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    if lines is None:
        raise ValueError(f"no table below {title!r}.")
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in lines.group().splitlines()
    ]
    header, _, *body = rows
    return {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in body}


if __name__ == "__main__":
    sys.exit(main())
