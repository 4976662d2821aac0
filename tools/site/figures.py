"""``python -m tools.site.figures``: write the figures of the documents.

``hdr-core evaluate --report docs/benchmarks.md`` also writes its tables as JSON, into
docs/figures. No figure of an evaluation is typed. From these files come

- the tables of docs/benchmarks.md, between the marker lines of each evaluation
- figures within a sentence, in any document:

      <!-- figure real methods: hdr_core: JOD -->7.62<!-- -->

  names file, table, row and column, and may leave out the column of a table that has
  only two. ``hdr_core - sRGB-linear`` as row means the difference of two rows.

A test fails where a document and these files differ.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hdr_core.evaluation.section import Record, Table
from hdr_core.evaluation.sections import ALL

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "docs" / "figures"
PLACE = re.compile(
    r"<!-- figure (\w+) ([^:>]+): ([^:>]+?)(?:: ([^>]+?))? -->([^<]*)<!-- -->"
)
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
Figures = Mapping[str, Mapping[str, Sequence[Record]]]


def read_figures(folder: Path = FIGURES) -> Figures:
    """Return the tables of all evaluations, by name of file and name of table."""
    return {
        path.stem: json.loads(path.read_bytes())["tables"]
        for path in sorted(folder.glob("*.json"))
    }


def fill(text: str, figures: Figures) -> str:
    """Return a document with its tables and figures as the evaluations found them.

    Raises:
        ValueError: The document names a figure, or has a table, that none of them has.
    """
    return PLACE.sub(lambda found: _filled(found, figures), _fill_tables(text, figures))


def without_marks(text: str) -> str:
    """Return a document with its figures as plain text."""
    return PLACE.sub(r"\5", text)


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
            document.write_text(filled, encoding="utf-8", newline="\n")
            print(f"{document.relative_to(ROOT)}: figures written")
    return 0


def _filled(found: re.Match[str], figures: Figures) -> str:
    """Return a place in a sentence with its figure."""
    file, table, row, column, held = found.groups()
    try:
        records = figures[file][table]
        values = [_cell(records, name, column) for name in row.split(" - ")]
    except KeyError as error:
        raise ValueError(f"{found.group()}: no such figure ({error}).") from error
    value = values[0]
    if len(values) > 1:
        value = f"{float(values[0]) - float(values[1]):+.2f}"
    return f"{found.group().removesuffix(f'{held}<!-- -->')}{value}<!-- -->"


def _cell(records: Sequence[Record], row: str, column: str | None) -> str:
    """Return one cell of a table."""
    first, *others = records[0]
    cells = {record[first]: record for record in records}
    return cells[row][column or others[0]]


def _fill_tables(text: str, figures: Figures) -> str:
    """Return a document with the tables between marker lines replaced, in order."""
    for marks in ALL:
        before, begin, rest = text.partition(marks.begin)
        section, end, after = rest.partition(marks.end)
        if end:
            section = _with_tables(section, figures[Path(marks.figures).stem])
            text = f"{before}{begin}{section}{end}{after}"
    return text


def _with_tables(section: str, tables: Mapping[str, Sequence[Record]]) -> str:
    """Return a section with its tables replaced, in order."""
    texts = TABLE.split(section)
    if len(texts) != len(tables) + 1:
        raise ValueError(f"{len(texts) - 1} tables for {', '.join(tables)}.")
    made = [Table.from_records(*table).lines() for table in tables.items()]
    pairs = zip(texts, [*made, []], strict=True)
    return "".join(f"{text}{chr(10).join([*lines, ''])}" for text, lines in pairs)


if __name__ == "__main__":
    sys.exit(main())
