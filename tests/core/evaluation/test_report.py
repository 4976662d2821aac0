import json
from dataclasses import replace

import OpenImageIO as oiio
import pytest
import typer
from typer.testing import CliRunner

from hdr_core.checkpoint import save_model
from hdr_core.cli.evaluate import evaluate as evaluate_command
from hdr_core.errors import OutputError, PlateError
from hdr_core.evaluation.protocol import shippable
from hdr_core.evaluation.report import val_section, write_report
from hdr_core.evaluation.results import ALL_METHODS
from hdr_core.evaluation.rows import QualityRow
from hdr_core.evaluation.sections import VAL, require_place


class TestReport:
    @pytest.fixture
    def write(self, a_result, a_val_set, a_corpus, clip_only):
        def write(path):
            return write_report(
                path,
                a_result,
                val_set=a_val_set,
                run=clip_only,
                licences=shippable(a_corpus),
            )

        return write

    def test_when_it_is_written_twice_then_nothing_changes(self, tmp_path, write):
        path = tmp_path / "docs" / "benchmarks.md"
        first = write(path)
        before = [file.read_bytes() for file in first]

        second = write(path)

        assert [file.read_bytes() for file in second] == before
        assert [file.name for file in first] == [
            "benchmarks.md",
            "val.json",
            "val-median.jpg",
            "val-worst.jpg",
        ]

    def test_when_other_sections_are_there_then_they_stay(self, tmp_path, write):
        path = tmp_path / "benchmarks.md"
        path.write_text(f"# Speed\n\n{VAL.begin}\nyesterday\n{VAL.end}\n\n## Memory\n")

        write(path)

        text = path.read_text(encoding="utf-8")
        assert text.startswith("# Speed\n")
        assert text.endswith("## Memory\n")
        assert "yesterday" not in text
        assert text.count(VAL.begin) == 1

    def test_when_a_licence_is_not_plain_then_the_scene_is_not_pictured(
        self, tmp_path, write
    ):
        path = tmp_path / "benchmarks.md"

        write(path)

        text = path.read_text(encoding="utf-8")
        assert "hall: CC0 (made for a test)" in text
        assert "yard" not in text

    def test_when_it_is_pictured_then_the_file_is_small(self, tmp_path, write):
        path = tmp_path / "benchmarks.md"

        _, _, *pictures = write(path)

        for picture in pictures:
            image = oiio.ImageBuf(str(picture))
            assert picture.stat().st_size < 300_000
            assert image.spec().width > 1000

    def test_when_jod_was_left_out_then_the_table_has_dashes(self, a_result):
        lines = val_section(a_result).lines()

        row = next(line for line in lines if line.startswith("| sRGB-linear"))
        assert row.split("|")[3].strip() == "\N{EN DASH}"
        assert any("--no-jod" in line for line in lines)

    def test_when_figures_are_known_then_they_stand_in_the_table(
        self, make_row, a_result
    ):
        rows = (make_row(pu21_psnr=25.126, energy=-1.25),)
        lines = val_section(replace(a_result, rows=rows)).lines()

        ours = next(line for line in lines if line.startswith("| hdr_core |"))

        assert "| 25.13 |" in ours
        assert "| -1.25 |" in ours

    def test_when_stage_1_loses_on_a_jpeg_then_the_report_says_which(self, a_result):
        rows = tuple(
            QualityRow(case, 100, gain)
            for case, gain in [("hall/view0", 3.0), ("yard/view0", -1.5)]
        )

        lines = val_section(replace(a_result, qualities=rows)).lines()

        assert "| 100 | +0.75 | -1.50 | yard/view0 | 1 |" in lines


class TestEvaluateCommand:
    @pytest.fixture
    def a_program(self):
        app = typer.Typer()
        app.command("evaluate")(evaluate_command)
        return app

    @pytest.fixture
    def some_weights(self, tmp_path, a_model):
        save_model(a_model, tmp_path / "some.safetensors")
        return tmp_path / "some.safetensors"

    def test_when_json_is_asked_for_then_every_row_is_printed(
        self, a_program, a_corpus, a_curve_file, some_weights, tmp_path
    ):
        report = tmp_path / "benchmarks.md"
        options = ["--corpus", a_corpus, "--crf", a_curve_file, "--views", 1]
        options += ["--weights", some_weights, "--no-jod", "--json"]
        options += ["--report", report]

        ran = CliRunner().invoke(a_program, [str(option) for option in options])

        assert ran.exit_code == 0, ran.output
        said = json.loads(ran.stdout)
        assert len(said["rows"]) == 2 * len(ALL_METHODS)
        assert said["model"].startswith("compact, SHA-256 ")
        assert said["files"][0] == str(report)
        assert report.is_file()

    def test_when_the_report_is_a_folder_then_nothing_is_evaluated(
        self, a_program, a_corpus, a_curve_file, some_weights, tmp_path
    ):
        options = ["--corpus", a_corpus, "--crf", a_curve_file]
        options += ["--weights", some_weights, "--report", tmp_path]

        ran = CliRunner().invoke(a_program, [str(option) for option in options])

        assert isinstance(ran.exception, OutputError)
        assert ran.stdout == ""

    def test_when_the_report_would_lie_in_a_file_then_it_is_refused(self, tmp_path):
        (tmp_path / "notes").write_text("not a folder")

        with pytest.raises(OutputError, match="notes"):
            require_place(tmp_path / "notes" / "benchmarks.md")

    def test_when_there_is_no_corpus_then_it_is_one_clear_error(
        self, a_program, a_curve_file, some_weights, tmp_path
    ):
        options = ["--corpus", tmp_path / "none", "--crf", a_curve_file]
        options += ["--weights", some_weights]

        ran = CliRunner().invoke(a_program, [str(option) for option in options])

        assert isinstance(ran.exception, PlateError)
        assert "--corpus" in str(ran.exception)
