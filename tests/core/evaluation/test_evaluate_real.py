import json
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hdr_core.camera.responses import grid, inverse_srgb
from hdr_core.evaluation.evaluate_real import evaluate_real, measure_sparkle
from hdr_core.evaluation.real import load_real_set
from hdr_core.evaluation.results import REAL_CAUSES, REAL_METHODS, RealResult


class TestEvaluateReal:
    @pytest.fixture
    def found(self, real_folder, clip_only):
        return evaluate_real(
            load_real_set(real_folder), clip_only, model="a test", with_jod=False
        )

    def test_when_it_has_run_then_every_plate_has_every_method(self, found):
        methods = {*REAL_METHODS, *REAL_CAUSES}

        assert {(row.case, row.method) for row in found.rows} == {
            (case, method) for case in "ab" for method in methods
        }
        assert len(found.rows) == 2 * len(methods)

    def test_when_the_camera_is_srgb_then_srgb_is_the_true_curve(self, found):
        srgb_row = found.of("sRGB-linear")["a"]
        true_row = found.of("true curve, left clipped")["a"]

        assert srgb_row.crf_rmse < 1e-3
        assert srgb_row.pu21_psnr == pytest.approx(true_row.pu21_psnr, abs=0.02)
        assert srgb_row.well < 0.05

    def test_when_the_mean_is_known_then_its_error_is(self, found):
        mean = (grid() ** 3 + grid() ** 4) / 2
        expected = np.sqrt(np.mean((mean - inverse_srgb(grid())) ** 2))

        for method in ("mean real curve, left clipped", "hdr_core, mean real curve"):
            row = found.of(method)["a"]
            assert row.crf_rmse == pytest.approx(expected, abs=1e-3)
            assert (row.camera, row.camera_class) == ("Old", "film")

    def test_when_srgb_is_estimated_then_it_wins_where_the_camera_is_srgb(self, found):
        # Always sRGB: right for the first plate, wrong for the second.
        assert found.curve_wins == 0.5
        assert found.well_wins == 0.5

    def test_when_truth_stands_in_clipped_pixels_then_it_does_not_sparkle_more(
        self, found
    ):
        for row in found.of("hdr_core, true light").values():
            assert row.energy == pytest.approx(0.0, abs=1e-5)
            assert row.sparkle >= 0.0

    def test_when_pictures_are_given_then_they_follow_those_of_the_folder(
        self, real_folder, clip_only
    ):
        shares = []

        found = evaluate_real(
            load_real_set(real_folder),
            clip_only,
            model="a test",
            with_jod=False,
            pictures=[real_folder / "a.png"],
            on_progress=shares.append,
        )

        assert [row.file for row in found.sparkles] == ["jpeg/a.jpg", "real/a.png"]
        assert shares == [0.25, 0.5, 0.75, 1.0]

    def test_when_a_pixel_of_white_turns_red_then_the_share_is_known(
        self, tmp_path, clip_only
    ):
        codes = np.full((20, 20, 3), 100, dtype=np.uint8)
        codes[4:8, 4:9] = 250
        codes[14, 14] = 249
        Image.fromarray(codes).save(tmp_path / "white.png")

        def redden(plate, inverse_crf, skip=()):
            result = clip_only(plate, inverse_crf)
            hdr = result.hdr.pixels.copy()
            hdr[5, 5, 0] *= 2.0
            result.hdr = replace(result.hdr, pixels=hdr)
            return result

        row = measure_sparkle(tmp_path / "white.png", redden)

        assert row.clipped == pytest.approx(20 / 400)
        assert row.sparkle == pytest.approx(1 / 20)
        assert row.file == f"{tmp_path.name}/white.png"

    def test_when_it_becomes_json_then_rows_have_camera_and_class(self, found):
        said = json.loads(json.dumps(found.as_json(), allow_nan=False))

        assert said["rows"][0]["camera"] == "Old"
        assert said["rows"][0]["camera_class"] == "film"
        assert said["curve_wins"] == 0.5
        assert said["sparkles"][0]["file"] == "jpeg/a.jpg"
        assert "resolution" not in said
        assert [one["method"] for one in said["summary"]][: len(REAL_METHODS)] == [
            *REAL_METHODS
        ]


class TestRealResult:
    def test_when_sparkle_is_known_then_mean_and_worst_are(self, make_row):
        rows = tuple(
            make_row(case=case, sparkle_excess=excess)
            for case, excess in (("a", 0.04), ("b", -0.01), ("c", math.nan))
        )

        summary = RealResult(model="", metric=None, rows=rows).summarize("hdr_core")

        assert summary.sparkle_excess == pytest.approx(0.015)
        assert summary.sparkle_worst == 0.04

    def test_when_nothing_was_measured_then_nothing_wins(self):
        assert math.isnan(RealResult(model="", metric=None, rows=()).curve_wins)

    def test_when_plates_are_ranked_then_the_worst_come_first(self, make_row):
        rows = tuple(
            make_row(case=case, pu21_psnr=db)
            for case, db in zip("abc", (3, 1, 2), strict=True)
        )

        worst = RealResult(model="", metric=None, rows=rows).worst(2)

        assert [row.case for row in worst] == ["b", "c"]
