import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hdr_core.evaluation.causes import with_true_values
from hdr_core.evaluation.evaluate import evaluate_set, reconstructor
from hdr_core.evaluation.measure import measure
from hdr_core.evaluation.qualities import QUALITIES
from hdr_core.evaluation.results import ALL_METHODS
from hdr_core.metrics import plate_metrics as metrics
from hdr_core.metrics.jod import is_available, metric_version


class TestMeasure:
    @pytest.fixture
    def a_case(self, a_val_set):
        return a_val_set.case(a_val_set.plans[0])

    def test_when_the_result_is_the_truth_then_there_is_no_error(self, a_case):
        row = measure(a_case, "hdr_core", a_case.truth, with_jod=False)

        assert row.pu21_psnr > 120.0
        assert row.well == pytest.approx(0.0, abs=1e-6)
        assert row.energy == pytest.approx(0.0, abs=1e-6)
        assert row.peak == pytest.approx(0.0, abs=1e-6)

    def test_when_only_the_exposure_differs_then_no_method_pays(self, a_case):
        row = measure(a_case, "hdr_core", a_case.truth * 8, with_jod=False)

        assert row.well == pytest.approx(0.0, abs=1e-5)
        assert row.energy == pytest.approx(0.0, abs=1e-5)

    def test_when_it_is_a_view_then_there_is_no_ground(self, a_val_set):
        view, panorama = a_val_set.plans[0], a_val_set.plans[-1]

        rows = [
            measure(case, "hdr_core", case.truth, with_jod=False)
            for case in map(a_val_set.case, (view, panorama))
        ]

        assert math.isnan(rows[0].ground)
        assert rows[1].ground == pytest.approx(0.0, abs=1e-5)


class TestEvaluateSet:
    def test_when_it_has_run_then_every_plate_has_every_method(
        self, a_result, a_val_set
    ):
        expected = {
            (a_val_set.name_of(plan), method)
            for plan in a_val_set.plans
            for method in ALL_METHODS
        }

        assert {(row.case, row.method) for row in a_result.rows} == expected
        assert len(a_result.rows) == len(expected)

    def test_when_the_true_curve_is_used_and_no_light_added_then_it_is_the_oracle(
        self, a_result
    ):
        true_curve = a_result.summarize("hdr_core, true curve")
        oracle = a_result.summarize("true curve, left clipped")

        assert true_curve.pu21_psnr == oracle.pu21_psnr
        assert true_curve.energy_median == oracle.energy_median

    def test_when_the_curve_is_taken_for_srgb_then_both_say_the_same(self, a_result):
        ours, srgb_linear = map(a_result.summarize, ("hdr_core", "sRGB-linear"))

        assert ours.pu21_psnr == pytest.approx(srgb_linear.pu21_psnr, abs=0.01)
        assert ours.crf_mean == pytest.approx(srgb_linear.crf_mean, abs=1e-4)

    def test_when_clipped_pixels_hold_the_truth_then_no_light_is_missing(
        self, a_result
    ):
        true_light = a_result.summarize("hdr_core, true light")

        assert true_light.energy_median == pytest.approx(0.0, abs=1e-5)
        assert true_light.sat == pytest.approx(0.0, abs=1e-5)
        assert true_light.well == a_result.summarize("hdr_core").well > 0.1

    def test_when_values_are_those_before_codes_then_only_curve_and_light_err(
        self, a_val_set, clip_only
    ):
        def with_true_curve(plate, inverse_crf, skip=()):
            return clip_only(plate, case.camera.inverse_crf, skip)

        case = a_val_set.case(a_val_set.plans[0])
        plain = with_true_curve(case.plate, None).hdr.pixels
        clean = with_true_values(case, case.camera.inverse_crf, with_true_curve)

        wells = [
            measure(case, "hdr_core", hdr, with_jod=False).well
            for hdr in (plain, clean)
        ]
        assert wells[1] < 0.01 < wells[0]

    def test_when_a_stage_is_to_be_left_out_then_it_is(self, a_val_set, clip_only):
        left_out = []

        def note(plate, inverse_crf, skip=()):
            left_out.append(skip)
            return clip_only(plate, inverse_crf)

        evaluate_set(
            replace(a_val_set, n_views=1), note, model="a test", with_jod=False
        )

        alone = ("hallucinate", "refine")
        assert {(), ("dequantize",), ("refine",), alone} == set(left_out)
        # Nothing has bands: stage 1 alone is asked of JPEGs of the view.
        assert left_out.count(alone) == len(QUALITIES)

    def test_when_a_plate_has_no_bands_then_none_are_measured(self, a_result):
        assert math.isnan(a_result.summarize("hdr_core").banding)

    def test_when_a_plate_has_bands_then_stages_1_and_2_alone_are_measured(
        self, a_val_set, clip_only, monkeypatch
    ):
        monkeypatch.setattr(metrics, "BANDED_SHARE", 0.0)
        left_out = []

        def note(plate, inverse_crf, skip=()):
            left_out.append(skip)
            return clip_only(plate, inverse_crf)

        result = evaluate_set(
            replace(a_val_set, n_views=1), note, model="a test", with_jod=False
        )

        # A view and a panorama, beside the JPEGs of the view.
        assert left_out.count(("hallucinate", "refine")) == len(QUALITIES) + 2
        assert result.summarize("hdr_core").banding == 0.0

    def test_when_the_interval_is_half_a_stop_then_lamps_are_not_in_it(self, a_result):
        assert 0.0 < a_result.summarize("hdr_core").coverage < 0.99

    def test_when_a_lamp_is_left_clipped_then_light_is_missing(self, a_result):
        oracle = a_result.summarize("true curve, left clipped")

        assert oracle.energy_bias < -0.5
        assert oracle.well < 0.1

    def test_when_stage_1_does_nothing_then_it_gains_nothing(self, a_result):
        assert a_result.summarize("hdr_core").dequantization_png == 0.0

    def test_when_it_runs_then_progress_ends_at_one(self, clip_only, a_val_set):
        shares = []

        evaluate_set(
            replace(a_val_set, n_views=1),
            clip_only,
            model="a test",
            with_jod=False,
            on_progress=shares.append,
        )

        assert shares == [0.5, 1.0]

    @pytest.mark.skipif(not is_available(), reason="cvvdp is not installed")
    def test_when_jod_is_wanted_then_every_plate_has_one(self, clip_only, a_val_set):
        small = replace(a_val_set, n_views=1)

        result = evaluate_set(small, clip_only, model="a test")

        assert all(0.0 < row.jod <= 10.0 for row in result.rows)
        assert result.metric == metric_version()

    def test_when_a_result_breaks_the_promise_then_it_is_counted(
        self, clip_only, a_val_set
    ):
        def darken(plate, inverse_crf, skip=()):
            result = clip_only(plate, inverse_crf)
            dark = replace(result.hdr, pixels=result.hdr.pixels * np.float32(0.5))
            return SimpleNamespace(**{**vars(result), "hdr": dark})

        result = evaluate_set(a_val_set, darken, model="a test", with_jod=False)

        assert result.summarize("hdr_core").violations > 1000
        lossy = [row for row in result.rows if row.jpeg_quality is not None]
        assert lossy
        assert {row.violations for row in lossy} == {None}

    def test_when_the_networks_run_then_png_plates_photograph_back(
        self, a_val_set, a_model
    ):
        small = replace(a_val_set, n_views=2)

        result = evaluate_set(
            small, reconstructor(a_model), model="compact", with_jod=False
        )

        assert result.summarize("hdr_core").violations == 0
        assert result.summarize("hdr_core, true curve").violations == 0
        assert {row.factor for row in result.resolution} == {2, 4}
        assert all(math.isfinite(row.energy) for row in result.resolution)


class TestQualities:
    def test_when_a_view_is_shot_as_jpegs_then_finer_ones_are_nearer(self, a_val_set):
        case = a_val_set.case(a_val_set.plans[0])

        def shoot(quality):
            return case.as_jpeg(quality, torch.Generator().manual_seed(1))

        plates = {quality: shoot(quality) for quality in (75, 90, 100)}

        errors = [
            float(np.abs(plate.pixels - case.clean).mean()) for plate in plates.values()
        ]
        assert errors[0] > errors[1] > errors[2] > 0.0
        assert [plate.lossy_quality for plate in plates.values()] == [75, 90, 100]
        np.testing.assert_array_equal(shoot(75).pixels, plates[75].pixels)

    def test_when_stage_1_does_nothing_then_no_quality_gains(self, a_result, a_val_set):
        views = [plan for plan in a_val_set.plans if plan.kind == "view"]

        assert {row.gain for row in a_result.qualities} == {0.0}
        assert len(a_result.qualities) == len(QUALITIES) * len(views)
