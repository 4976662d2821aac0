"""What a release holds together: one version, figures, the pages of the site."""

import re
from pathlib import Path

import pytest

import hdr_core
from hdr_core.evaluation.sections import REAL
from hdr_core.view.page import SCRIPTS
from tools.site import cli_reference, figures, links

ROOT = Path(__file__).parents[2]
FOUND = {
    "real": {
        "methods": [
            {"method": "hdr_core", "JOD": "7.62"},
            {"method": "sRGB-linear", "JOD": "7.12"},
        ]
    }
}
EACH = pytest.mark.parametrize("document", figures.documents(), ids=lambda p: p.name)


class TestVersion:
    @pytest.mark.parametrize(
        "name", ["CITATION.cff", "blender_addon/blender_manifest.toml"]
    )
    def test_when_a_file_names_the_version_then_it_is_that_of_the_code(self, name):
        text = (ROOT / name).read_text(encoding="utf-8")

        found = re.search(r'^version\s*[:=]\s*"?([\d.]+)"?$', text, re.MULTILINE)

        assert found.group(1) == hdr_core.__version__


class TestFigures:
    @EACH
    def test_when_a_document_holds_figures_then_they_are_those_of_the_report(
        self, document
    ):
        text = document.read_text(encoding="utf-8")

        assert figures.fill(text, figures.read_figures()) == text

    @EACH
    def test_when_a_figure_is_marked_then_not_where_a_line_begins(self, document):
        text = document.read_text(encoding="utf-8")

        # There Markdown takes it for a block of HTML, and ends the paragraph.
        assert re.findall(r"^\s*<!-- figure.*", text, re.MULTILINE) == []

    def test_when_a_figure_is_old_then_it_is_replaced(self):
        old = "JOD <!-- figure real methods: hdr_core: JOD -->1.23<!-- -->."

        filled = figures.fill(old, FOUND)

        assert filled == "JOD <!-- figure real methods: hdr_core: JOD -->7.62<!-- -->."

    def test_when_two_methods_are_named_then_their_difference_is_written(self):
        place = "<!-- figure real methods: hdr_core - sRGB-linear: JOD -->{}<!-- -->"

        filled = figures.fill(place.format(""), FOUND)

        assert filled == place.format("+0.50")

    def test_when_a_table_of_a_report_is_old_then_it_is_replaced(self):
        text = f"{REAL.begin}\na\n\n{{}}\nb\n{REAL.end}\n\n| my | own |\n"

        filled = figures.fill(text.format("| x | y |\n| --- | ---: |\n"), FOUND)

        assert filled == text.format(
            "| method | JOD |\n"
            "| --- | ---: |\n"
            "| hdr_core | 7.62 |\n"
            "| sRGB-linear | 7.12 |\n"
        )

    def test_when_a_report_has_a_table_too_many_then_it_is_an_error(self):
        table = "\n| x | y |\n"

        with pytest.raises(ValueError, match="2 tables for methods"):
            figures.fill(f"{REAL.begin}{table}{table}{REAL.end}", FOUND)

    def test_when_the_report_has_no_such_figure_then_it_is_an_error(self):
        with pytest.raises(ValueError, match="no such figure"):
            figures.fill("<!-- figure real methods: magic -->1<!-- -->", FOUND)


class TestSite:
    def test_when_the_command_line_is_described_then_every_option_is_there(self):
        page = cli_reference.cli_page()

        assert "## hdr-core view" in page
        assert "| `--depth` auto\\|half\\|float |" in page
        assert "## hdr-core weights import" in page

    def test_when_a_page_links_to_a_source_file_then_it_is_only_named(self, tmp_path):
        (tmp_path / "color.md").write_text("")
        text = "[color](color.md#rules) [code](../hdr_core/plate.py) [web](https://a.b)"

        kept = links.keep_links(text, Path("exr.md"), tmp_path)

        assert kept == "[color](color.md#rules) `code` [web](https://a.b)"

    def test_when_the_navigation_names_a_page_then_it_exists(self):
        text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
        named = re.findall(r": ([\w/]+\.md)$", text, re.MULTILINE)
        made = {"cli.md", "api.md", "CHANGELOG.md", "CONTRIBUTING.md"}

        assert len(named) > 20
        missing = [
            n for n in named if n not in made and not (ROOT / "docs" / n).is_file()
        ]
        assert missing == []
        pages = {path.name for path in (ROOT / "docs").glob("*.md")}
        assert pages - set(named) == set()

    def test_when_the_page_has_scripts_then_each_is_short(self):
        folder = ROOT / "hdr_core" / "view" / "page"
        sizes = {
            path.name: len(path.read_text().splitlines()) for path in folder.iterdir()
        }

        assert {f"{name}.js" for name in (*SCRIPTS, "main")} <= set(sizes)
        assert {name: n for name, n in sizes.items() if n > 300} == {}
