import json
import math
from dataclasses import replace

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from hdr_core.camera.responses import grid
from hdr_core.checkpoint import save_model
from hdr_core.cli.evaluate import evaluate as evaluate_command
from hdr_core.errors import OptionError
from hdr_core.evaluation.evaluate import reconstructor
from hdr_core.evaluation.evaluate_renders import curve_error, evaluate_renders
from hdr_core.evaluation.render_report import render_section
from hdr_core.evaluation.render_result import RENDER_METHODS, family
from hdr_core.evaluation.renders import load_render_set
from hdr_core.evaluation.sections import write_section

TRANSFORMS = ("gamma-2.4", "agx")


@pytest.fixture(scope="module")
def a_render_result(module_render_folder, a_model):
    render_set = replace(
        load_render_set(module_render_folder, n_plates=3), transforms=TRANSFORMS
    )
    return evaluate_renders(render_set, reconstructor(a_model), model="a test")


class TestCurveError:
    def test_when_only_the_exposure_differs_then_there_is_none(self):
        assert curve_error(grid() ** 2.2, 8.0 * grid() ** 2.2) == pytest.approx(0.0)

    def test_when_the_gamma_differs_then_it_is_that_of_the_logs(self):
        # log2 of x^2.4 over x^2.2 is 0.2 log2 x.
        expected = 0.2 * np.log2(np.linspace(0.05, 0.9, 200)).std()

        error = curve_error(grid() ** 2.4, grid() ** 2.2)

        assert error == pytest.approx(expected, rel=1e-3)

    def test_when_curves_have_other_numbers_of_samples_then_they_are_compared(self):
        codes = np.linspace(0.0, 1.0, 511)

        assert curve_error(codes**2.2, grid() ** 2.2) < 1e-4


class TestEvaluateRenders:
    def test_when_it_has_run_then_every_plate_has_every_method(self, a_render_result):
        rows = a_render_result.rows

        assert len(rows) == 3 * len(RENDER_METHODS)
        assert {row.method for row in rows} == set(RENDER_METHODS)
        assert {row.transform for row in rows} == set(TRANSFORMS)

    def test_when_the_transform_is_inverted_then_its_greys_are_right(
        self, a_render_result
    ):
        inverted = a_render_result.select("true transform, left clipped")
        ours = a_render_result.select("hdr_core, true transform")

        for row in (*inverted, *ours):
            assert row.taken_as == row.transform
            assert row.curve_stops < 0.02

    def test_when_no_light_is_lost_then_the_inverse_is_nearly_the_truth(
        self, a_render_result
    ):
        [agx] = a_render_result.select(
            "true transform, left clipped",
            lambda row: row.transform == "agx" and row.jpeg_quality is None,
        )
        [plain] = a_render_result.select(
            "sRGB-linear", lambda row: row.case == agx.case
        )

        assert agx.pu21_psnr > plain.pu21_psnr + 5.0
        assert abs(agx.energy) < 0.1 < abs(plain.energy)

    def test_when_it_is_taken_for_a_camera_then_no_transform_is_named(
        self, a_render_result
    ):
        prior = a_render_result.select("hdr_core, camera prior")

        assert {row.taken_as for row in prior} == {"camera"}
        assert not any(row.is_named or row.is_family for row in prior)

    def test_when_it_is_printed_as_json_then_nothing_is_lost(self, a_render_result):
        printed = a_render_result.as_json()

        assert set(printed["taken_as"]) == set(TRANSFORMS)
        assert len(printed["rows"]) == len(a_render_result.rows)
        assert {row["scene"] for row in printed["rows"]} == {"street", "product"}


class TestFamily:
    def test_when_names_are_of_one_family_then_they_have_the_same(self):
        assert family("aces-hill") == family("aces-2.0") != family("hable")
        assert family("camera") == "camera"


class TestReport:
    def test_when_a_method_scores_then_its_figures_are_in_the_table(
        self, a_render_result
    ):
        score = a_render_result.summarize("sRGB-linear").pu21_psnr

        lines = render_section(a_render_result).lines()

        [line] = [line for line in lines if line.startswith("| sRGB-linear |")]
        assert f"| {score:.2f} |" in line
        assert "### All 3 rendered plates" in lines
        assert not math.isnan(score)

    def test_when_it_is_written_twice_then_the_rest_of_the_file_is_kept(
        self, a_render_result, tmp_path
    ):
        path = tmp_path / "figures.md"
        path.write_text("# Figures\n\nBefore.\n", encoding="utf-8")

        for _ in range(2):
            write_section(path, render_section(a_render_result))

        text = path.read_text(encoding="utf-8")
        assert text.startswith("# Figures\n\nBefore.\n")
        assert text.count("## Rendered plates") == 1


class TestEvaluateCommand:
    @pytest.fixture
    def a_program(self):
        app = typer.Typer()
        app.command("evaluate")(evaluate_command)
        return app

    def test_when_renders_are_given_then_their_section_is_written(
        self, a_program, render_folder, a_model, tmp_path
    ):
        save_model(a_model, tmp_path / "some.safetensors")
        report = tmp_path / "benchmarks.md"
        options = ["--renders", render_folder, "--views", 1, "--json"]
        options += ["--weights", tmp_path / "some.safetensors", "--report", report]

        ran = CliRunner().invoke(a_program, [str(option) for option in options])

        assert ran.exit_code == 0, ran.output
        printed = json.loads(ran.stdout)
        assert len(printed["rows"]) == len(RENDER_METHODS)
        assert printed["files"] == [
            str(report),
            str(tmp_path / "figures" / "renders.json"),
        ]
        assert "--renders FOLDER --views 1 " in report.read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--crf", "y"], "--crf cannot be used with --renders"),
            (["--sparkle", "y"], "--sparkle cannot be used with --renders"),
            (["--real", "y"], "--renders cannot be used with --real"),
            (["--views", "0"], "views"),
        ],
        ids=["curves", "sparkle", "real", "no view"],
    )
    def test_when_an_option_makes_no_sense_then_it_is_refused(
        self, a_program, options, message
    ):
        ran = CliRunner().invoke(a_program, ["--renders", "x", *options])

        assert isinstance(ran.exception, OptionError)
        assert message in str(ran.exception)
