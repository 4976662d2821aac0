import json

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from hdr_core.checkpoint import save_model
from hdr_core.cli import main
from hdr_core.cli.evaluate import evaluate as evaluate_command
from hdr_core.cli.exit_codes import NOTHING_DONE
from hdr_core.errors import OptionError, PlateError
from hdr_core.evaluation.evaluate_real import evaluate_real
from hdr_core.evaluation.real import load_real_set
from hdr_core.evaluation.real_report import real_section, write_worst
from hdr_core.evaluation.results import REAL_CAUSES, REAL_METHODS, RealResult
from hdr_core.evaluation.section import Marks, Section
from hdr_core.evaluation.sections import REAL, VAL, write_section


def a_section(line, marks):
    return Section(marks, "A title", "some weights", None, "a command", [line])


class TestRealReport:
    @pytest.fixture
    def found(self, make_row):
        rows = (
            make_row(
                method="hdr_core",
                camera="Old",
                camera_class="film",
                pu21_psnr=25.126,
                crf_rmse=0.02,
                well=0.2,
                sparkle_excess=0.0123,
            ),
            make_row(method="hdr_core, mean real curve", crf_rmse=0.03, well=0.1),
        )
        return RealResult(model="a test", metric=None, rows=rows)

    def test_when_figures_are_known_then_they_stand_in_the_tables(self, found):
        text = "\n".join(real_section(found).lines())

        assert "| hdr_core | 25.13 |" in text
        assert "| cameras: film | 1 | 25.13 / " in text
        assert "| by CRF RMSE | 100 |\n| by *well* | 0 |" in text
        assert "| mean | 1.23 |\n| worst plate | 1.23 |" in text
        assert "| hall/view0 | Old | 25.13 |" in text
        assert "--no-jod" in text

    def test_when_it_is_written_then_the_json_has_the_figures_of_the_text(
        self, tmp_path, found
    ):
        report, figures = write_section(tmp_path / "a.md", real_section(found))

        held = json.loads(figures.read_bytes())
        row = held["tables"]["methods"][0]
        cells = " | ".join(row.values())
        assert row["PU21-PSNR dB"] == "25.13"
        assert f"\n| {cells} |\n" in report.read_text(encoding="utf-8")
        assert held["weights"] == "a test"

    def test_when_val_has_a_section_then_real_cameras_come_above(self, tmp_path, found):
        path = tmp_path / "benchmarks.md"
        write_section(path, a_section("val", VAL))
        with path.open("a") as file:
            file.write("\n## After\n")

        write_section(path, real_section(found))
        once = path.read_text(encoding="utf-8")
        write_section(path, real_section(found))

        assert path.read_text(encoding="utf-8") == once
        marks = (REAL.begin, REAL.end, VAL.begin, VAL.end, "## After")
        order = [once.index(mark) for mark in marks]
        assert order == sorted(order)
        assert once.startswith("# Benchmarks\n")

    def test_when_real_cameras_have_a_section_then_val_comes_below(
        self, tmp_path, found
    ):
        path = tmp_path / "benchmarks.md"
        write_section(path, real_section(found))

        write_section(path, a_section("val", VAL))
        write_section(path, a_section("val again", VAL))

        text = path.read_text(encoding="utf-8")
        assert text.index(REAL.end) < text.index(VAL.begin)
        assert f"val again\n{VAL.end}" in text
        assert f"val\n{VAL.end}" not in text
        assert text.count(VAL.begin) == 1

    def test_when_a_mark_is_alone_then_nothing_is_lost(self, tmp_path):
        path = tmp_path / "benchmarks.md"
        path.write_text("kept\nBEGIN\nkept too\n")

        write_section(path, a_section("new", Marks("BEGIN", "END", "new.json")))

        text = path.read_text(encoding="utf-8")
        assert text.startswith("kept\nBEGIN\nkept too\n\nBEGIN\n## A title\n")
        assert text.endswith("\nnew\nEND\n")

    def test_when_pictures_are_asked_for_then_one_sheet_is_written(
        self, tmp_path, real_folder, clip_only
    ):
        real_set = load_real_set(real_folder)
        found = evaluate_real(real_set, clip_only, model="a test", with_jod=False)

        sheet = write_worst(tmp_path / "out", found, real_set=real_set, run=clip_only)

        assert sheet == tmp_path / "out" / "real-worst.jpg"
        # Two rows: plate and result and truth at three exposures.
        with Image.open(sheet) as picture:
            assert picture.width > 1000
        assert [path.name for path in sheet.parent.iterdir()] == [sheet.name]


class TestRealCommand:
    @pytest.fixture
    def evaluate(self, a_model, tmp_path):
        app = typer.Typer()
        app.command("evaluate")(evaluate_command)
        save_model(a_model, tmp_path / "some.safetensors")

        def evaluate(*options):
            weights = ["--weights", tmp_path / "some.safetensors", "--no-jod"]
            arguments = [str(option) for option in (*options, *weights)]
            return CliRunner().invoke(app, arguments)

        return evaluate

    def test_when_json_is_asked_for_then_every_row_is_printed(
        self, evaluate, real_folder, tmp_path
    ):
        report, pictures = tmp_path / "benchmarks.md", tmp_path / "sheets"

        ran = evaluate(
            *("--real", real_folder, "--sparkle", real_folder, "--json"),
            *("--report", report, "--pictures", pictures),
        )

        assert ran.exit_code == 0, ran.output
        said = json.loads(ran.stdout)
        assert len(said["rows"]) == 2 * len({*REAL_METHODS, *REAL_CAUSES})
        files = [row["file"] for row in said["sparkles"]]
        assert files == ["jpeg/a.jpg", "real/a.png", "real/b.jpg"]
        assert said["files"] == [
            str(report),
            str(tmp_path / "figures" / "real.json"),
            str(pictures / "real-worst.jpg"),
        ]
        text = report.read_text(encoding="utf-8")
        assert "### All 2 plates of real cameras" in text
        assert ".jpg)" not in text

    def test_when_nothing_is_to_be_written_then_the_tables_are_printed(
        self, evaluate, real_folder
    ):
        ran = evaluate("--real", real_folder)

        assert ran.exit_code == 0, ran.output
        assert "| hdr_core, mean real curve |" in ran.stdout
        assert "wrote" not in ran.stdout

    @pytest.mark.parametrize(
        ("options", "fault"),
        [
            ([], "give --corpus and --crf, or --real"),
            (["--corpus", "x"], "give --corpus and --crf, or --real"),
            (["--real", "x", "--crf", "y"], "--crf cannot be used with --real"),
            (["--real", "x", "--views", "3"], "--views cannot be used with --real"),
            (
                ["--corpus", "x", "--crf", "y", "--sparkle", "z"],
                "--sparkle cannot be used without --real",
            ),
        ],
    )
    def test_when_options_do_not_fit_then_the_error_says_which(
        self, evaluate, options, fault
    ):
        ran = evaluate(*options)

        assert isinstance(ran.exception, OptionError)
        assert fault in str(ran.exception)

    def test_when_real_folder_holds_no_picture_then_the_error_says_so(
        self, evaluate, real_folder, tmp_path
    ):
        (tmp_path / "empty").mkdir()

        ran = evaluate("--real", real_folder, "--sparkle", tmp_path / "empty")

        assert isinstance(ran.exception, PlateError)
        assert "empty: no picture" in str(ran.exception)

    def test_when_a_picture_is_missing_then_no_plate_is_evaluated(
        self, evaluate, real_folder
    ):
        ran = evaluate("--real", real_folder, "--sparkle", real_folder / "none.jpg")

        assert isinstance(ran.exception, PlateError)
        assert "none.jpg: no such file" in str(ran.exception)

    def test_when_there_is_no_list_then_the_program_says_one_line_and_ends_with_2(
        self, tmp_path, a_model, capsys
    ):
        save_model(a_model, tmp_path / "some.safetensors")

        code = main.run(
            [
                *("evaluate", "--real", str(tmp_path / "none")),
                *("--weights", str(tmp_path / "some.safetensors")),
            ]
        )

        printed = capsys.readouterr()
        assert code == NOTHING_DONE
        assert len(printed.err.splitlines()) == 1
        assert "views.json" in printed.err
