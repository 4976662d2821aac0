"""Imports within hdr_core: no circles, none upwards, no folder too large.

Every import statement counts: also those inside functions and under TYPE_CHECKING.
"""

import ast
import tomllib
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "hdr_core"
MOST_PERCENT = 13.0


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source, modules):
    """Return those of ``modules`` that the text of a module imports, anywhere."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in modules else node.module for name in names}
    return found & modules


def import_graph(sources):
    return {name: imports_of(text, set(sources)) for name, text in sources.items()}


def find_circle(graph):
    """Return the modules of one circle, in order; none: an empty list."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


@pytest.fixture(scope="module")
def the_graph():
    paths = PACKAGE.rglob("*.py")
    return import_graph({module_name(p): p.read_text("utf-8") for p in paths})


@pytest.fixture(scope="module")
def heights():
    """The height of each room in the layers of import-linter; the top is 0."""
    contents = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = contents["tool"]["importlinter"]["contracts"]
    (layers,) = (c["layers"] for c in contracts if c["name"] == "hdr_core is layered")
    return {
        room.strip(): height
        for height, layer in enumerate(layers)
        for room in layer.split("|")
    }


class TestFindCircle:
    @pytest.mark.parametrize(
        "statement",
        [
            "from a import low",
            "import a.low",
            "from a.low import thing",
            "def f():\n    from a.low import thing",
            "if TYPE_CHECKING:\n    from a.low import Thing",
        ],
        ids=["module", "dotted", "name", "in a function", "for types only"],
    )
    def test_when_two_modules_import_each_other_then_the_circle_is_named(
        self, statement
    ):
        sources = {"a.high": "from a.low import thing", "a.low": "import os"}

        without = find_circle(import_graph(sources))
        sources["a.low"] = statement.replace("low", "high")
        circle = find_circle(import_graph(sources))

        assert without == []
        assert set(circle) == {"a.high", "a.low"}


class TestHdrCore:
    def test_when_modules_import_each_other_then_never_in_a_circle(self, the_graph):
        assert len(the_graph) > 100
        assert find_circle(the_graph) == []

    def test_when_a_module_imports_another_then_never_from_a_higher_layer(
        self, the_graph, heights
    ):
        room = {name: name.split(".")[1] for name in the_graph if "." in name}
        upward = [
            f"{name} imports {other}"
            for name in room
            for other in the_graph[name]
            if heights[room[other]] < heights[room[name]]
        ]

        assert upward == []

    def test_when_lines_are_counted_then_no_folder_holds_too_many(self):
        n_lines = Counter()
        for path in PACKAGE.rglob("*.py"):
            room = path.relative_to(PACKAGE).parts[0]
            n_lines[room] += len(path.read_text("utf-8").splitlines())

        shares = {room: 100 * n / n_lines.total() for room, n in n_lines.items()}

        assert {r: s for r, s in shares.items() if s > MOST_PERCENT} == {}
