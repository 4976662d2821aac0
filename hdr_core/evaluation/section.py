"""A section of a report: lines and tables for people, the tables as JSON for programs.

Both are made of the same ``Table``, so that they cannot differ.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

NOTHING = "–"  # noqa: RUF001 - an en dash, as is usual in tables
Record = dict[str, str]


class Marks(NamedTuple):
    """Where a section is written.

    Attributes:
        begin: Line before it.
        end: Line after it.
        figures: Name of the JSON file of its tables.
    """

    begin: str
    end: str
    figures: str


class Table(NamedTuple):
    """A table of figures, each as it is printed.

    Attributes:
        name: Name in the JSON file.
        head: Titles of the columns, all different.
        rows: Cells of each row.
    """

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def lines(self) -> list[str]:
        """Return it as Markdown: first column aligned left, the others right."""
        rule = ["---", *["---:"] * (len(self.head) - 1)]
        return [f"| {' | '.join(cells)} |" for cells in (self.head, rule, *self.rows)]

    def records(self) -> list[Record]:
        """Return it as one object for each row."""
        return [dict(zip(self.head, row, strict=True)) for row in self.rows]

    @classmethod
    def from_records(cls, name: str, records: Sequence[Record]) -> "Table":
        """Return the table that ``records`` made."""
        return cls(name, [*records[0]], [[*record.values()] for record in records])


class Section(NamedTuple):
    """What one evaluation adds to a report.

    Attributes:
        marks: Where it is written.
        title: Heading.
        weights: The evaluated weights.
        cvvdp: Version of ColorVideoVDP; None means that JOD was not measured.
        command: Command that makes it again.
        body: Lines of Markdown, and tables.
    """

    marks: Marks
    title: str
    weights: str
    cvvdp: str | None
    command: str
    body: Sequence[str | Table]

    def lines(self) -> list[str]:
        """Return it as Markdown."""
        metric = f"; ColorVideoVDP {self.cvvdp}" if self.cvvdp else ""
        lines = [f"## {self.title}", "", f"Weights: {self.weights}{metric}. Made by"]
        lines += ["", f"    {self.command}", ""]
        for part in self.body:
            lines += part.lines() if isinstance(part, Table) else [part]
        return lines

    def as_json(self) -> dict[str, object]:
        """Return its figures as JSON types."""
        tables = [part for part in self.body if isinstance(part, Table) and part.rows]
        return {
            "title": self.title,
            "weights": self.weights,
            "cvvdp": self.cvvdp,
            "command": self.command,
            "tables": {table.name: table.records() for table in tables},
        }


def figure(value: float | None, form: str) -> str:
    """Return a formatted value; a dash if it was not measured.

    Args:
        value: Value to format; None, NaN and infinity mean not measured.
        form: Format specification, as of ``format``.
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    return format(value, form)
