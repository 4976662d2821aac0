"""The house keeps its own rules: version, sizes, documents, pins."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

import hdr_core

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "hdr_core"
FOLDERS = sorted({path.parent for path in PACKAGE.rglob("*.py")})
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DOCUMENTS += [ROOT / "examples" / "SOURCES.md"]
PUBLIC_LINE = PACKAGE / "reconstruction.py"

LONGEST_FILE = 300
MOST_STATEMENTS = 40
MOST_LINES_OF_95_PERCENT = 25
MOST_STEPS = 15
VAGUE = {"utils", "helpers", "common", "misc"}


def named(path):
    return path.relative_to(ROOT).as_posix()


def is_function(node):
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def functions_of(source):
    return [node for node in ast.walk(source) if is_function(node)]


def body_of(function):
    """Return the statements of a function, without its docstring."""
    return function.body[ast.get_docstring(function) is not None :]


def statements_of(function):
    nodes = [node for part in body_of(function) for node in ast.walk(part)]
    return [node for node in nodes if isinstance(node, ast.stmt)]


def n_body_lines(function):
    body = body_of(function)
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def parsed(paths):
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def run_python(code):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)


class TestPublicApi:
    def test_when_the_package_is_installed_then_it_has_the_version_of_the_code(self):
        installed = version("hdr-core")

        assert installed == hdr_core.__version__

    def test_when_hdr_core_is_imported_then_nothing_heavy_is_loaded(self):
        code = "import hdr_core, sys; print(*sys.modules)"

        loaded = set(run_python(code).stdout.split())

        assert "hdr_core" in loaded
        assert not loaded & {"torch", "numpy", "OpenImageIO", "PyOpenColorIO", "typer"}

    @pytest.mark.parametrize("name", hdr_core.__all__)
    def test_when_a_promised_name_is_asked_for_then_it_is_there(self, name):
        value = getattr(hdr_core, name)

        assert value is not None
        assert name in dir(hdr_core)

    def test_when_a_name_is_not_promised_then_it_is_an_attribute_error(self):
        with pytest.raises(AttributeError, match="no attribute 'magic'"):
            _ = hdr_core.magic


class TestModules:
    @pytest.mark.parametrize("folder", FOLDERS, ids=named)
    def test_when_a_folder_holds_modules_then_it_says_what_it_is(self, folder):
        name = ".".join(folder.relative_to(ROOT).parts)

        docstring = import_module(name).__doc__

        assert docstring
        assert docstring.strip().splitlines()[0].endswith(".")

    def test_when_a_file_is_named_then_its_name_says_something(self):
        assert [named(source) for source in SOURCES if source.stem in VAGUE] == []

    def test_when_a_package_is_tested_then_its_tests_are_in_a_folder_of_its_name(self):
        folders = (ROOT / "tests" / "core").glob("*/")
        names = {path.name for path in folders if any(path.glob("*.py"))}

        assert names
        assert [name for name in names if not (PACKAGE / name).is_dir()] == []


class TestSizes:
    def test_when_a_file_is_written_then_it_is_not_too_long(self):
        n_lines = {
            named(path): len(path.read_text(encoding="utf-8").splitlines())
            for path in SOURCES
        }

        assert len(n_lines) > 300
        assert {name: n for name, n in n_lines.items() if n > LONGEST_FILE} == {}

    def test_when_a_function_is_written_then_it_has_not_too_many_statements(self):
        n_statements = {
            f"{named(path)}: {function.name}": len(statements_of(function))
            for path, source in parsed(SOURCES).items()
            for function in functions_of(source)
        }

        too_long = {name: n for name, n in n_statements.items() if n > MOST_STATEMENTS}

        assert len(n_statements) > 1000
        assert too_long == {}

    def test_when_functions_are_measured_then_95_percent_have_at_most_25_lines(self):
        sources = parsed(PACKAGE.rglob("*.py")).values()
        functions = [
            function for source in sources for function in functions_of(source)
        ]
        lines = sorted(map(n_body_lines, functions))

        assert lines[int(0.95 * len(lines))] <= MOST_LINES_OF_95_PERCENT

    def test_when_the_line_is_read_then_it_has_at_most_15_steps(self):
        (source,) = parsed([PUBLIC_LINE]).values()
        (line,) = (f for f in functions_of(source) if f.name == "reconstruct")

        assert 0 < len(statements_of(line)) <= MOST_STEPS


class TestDocuments:
    @pytest.mark.parametrize("document", DOCUMENTS, ids=named)
    def test_when_a_document_links_to_a_file_then_the_file_is_there(self, document):
        text = document.read_text(encoding="utf-8")
        links = re.findall(r"\]\((?!https?:)([^)#]+)", text)

        missing = [link for link in links if not (document.parent / link).exists()]

        assert missing == []

    @pytest.mark.parametrize("document", DOCUMENTS, ids=named)
    def test_when_a_document_names_a_path_then_it_is_of_no_machine(self, document):
        text = document.read_text(encoding="utf-8")

        found = re.findall(r"/(?:home|root|tmp|work|Users)/|[A-Z]:\\", text)

        assert found == []

    def test_when_a_plate_ships_then_its_origin_is_in_sources(self):
        plates = [path.name for path in (ROOT / "examples").rglob("*.[jpt]*g")]
        sources = (ROOT / "examples" / "SOURCES.md").read_text(encoding="utf-8")

        missing = [name for name in plates if f"`{name}`" not in sources]

        assert plates
        assert missing == []


class TestPins:
    def test_when_packages_are_pinned_then_exactly_and_without_hosts(self):
        lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if not line.startswith("#")]

        odd = [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)]

        assert "torch==2.13.0" in pins
        assert odd == []
