"""The house keeps its own rules: version, imports, file sizes, documents."""

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
LONGEST_FILE = 300


def named(path):
    return path.relative_to(ROOT).as_posix()


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

    @pytest.mark.parametrize("source", SOURCES, ids=named)
    def test_when_a_file_is_written_then_it_is_not_too_long(self, source):
        n_lines = len(source.read_text(encoding="utf-8").splitlines())

        assert n_lines <= LONGEST_FILE

    @pytest.mark.parametrize("source", SOURCES, ids=named)
    def test_when_a_file_is_named_then_its_name_says_something(self, source):
        assert source.stem not in {"utils", "helpers", "common", "misc"}


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

    def test_when_a_plate_ships_then_its_origin_is_told(self):
        plates = [path.name for path in (ROOT / "examples").glob("*.[jpt]*g")]
        sources = (ROOT / "examples" / "SOURCES.md").read_text(encoding="utf-8")

        untold = [name for name in plates if f"`{name}`" not in sources]

        assert plates
        assert untold == []


class TestPins:
    def test_when_packages_are_pinned_then_exactly_and_without_hosts(self):
        lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if not line.startswith("#")]

        odd = [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)]

        assert "torch==2.13.0" in pins
        assert odd == []
