from dataclasses import replace

import numpy as np
import pytest

from hdr_core.camera.responses import load_measured
from hdr_core.errors import OptionError, PlateError, TrainingError
from hdr_core.evaluation.protocol import load_val_set, shippable


class TestValSet:
    def test_when_it_is_made_twice_then_every_byte_is_the_same(
        self, a_corpus, a_curve_file, a_val_set
    ):
        again = load_val_set(a_corpus, a_curve_file, n_views=6)

        for one, other in zip(a_val_set.cases(), again.cases(), strict=True):
            assert one.name == other.name
            assert one.plate.pixels.tobytes() == other.plate.pixels.tobytes()
            assert one.truth.tobytes() == other.truth.tobytes()
            assert one.clean.tobytes() == other.clean.tobytes()

    def test_when_the_seed_is_another_then_the_plates_are_others(self, a_val_set):
        other = replace(a_val_set, seed=1)
        plan = a_val_set.plans[0]

        one, two = a_val_set.case(plan).plate.pixels, other.case(plan).plate.pixels

        assert one.tobytes() != two.tobytes()

    def test_when_a_plate_is_shot_without_noise_then_only_codes_are_lost(
        self, a_val_set
    ):
        for case in a_val_set.cases():
            banded = case.without_noise()

            assert banded.lossy_quality is None
            assert np.abs(banded.pixels - case.clean).max() < 0.501 / 255

    def test_when_more_views_are_asked_for_then_the_first_stay(self, a_val_set):
        more = replace(a_val_set, n_views=7)

        assert more.plans[:6] == a_val_set.plans[:6]

    def test_when_there_are_60_views_then_cameras_and_files_have_their_shares(
        self, a_val_set
    ):
        scenes = tuple(a_val_set.scenes[index % 3] for index in range(20))
        large = replace(a_val_set, scenes=scenes, n_views=60)

        views = [large.case(plan) for plan in large.plans if plan.kind == "view"]

        assert sum(view.curve_kind == "measured" for view in views) == 30
        assert sum(view.is_lossless for view in views) == 36
        qualities = [v.camera.jpeg_quality for v in views if not v.is_lossless]
        assert 82 <= min(qualities) < max(qualities) <= 98

    def test_when_a_plate_is_made_then_2_to_15_percent_of_it_clip(self, a_val_set):
        for case in a_val_set.cases():
            share = (case.truth.max(axis=-1) >= 1.0).mean()

            assert 0.02 <= share <= 0.15, case.name

    def test_when_the_camera_is_measured_then_training_never_saw_it(
        self, a_val_set, a_curve_file
    ):
        training, _ = load_measured(a_curve_file)
        for case in a_val_set.cases():
            if case.curve_kind == "measured":
                distance = np.abs(training - case.camera.crf).max(axis=1)

                assert distance.min() > 1e-6, case.name

    def test_when_a_plate_is_lossless_then_it_is_the_truth_with_light_noise(
        self, a_val_set
    ):
        for case in a_val_set.cases():
            if case.is_lossless:
                error = np.abs(case.plate.pixels - case.clean)

                assert case.plate.lossy_quality is None
                assert np.median(error) < 1.5 / 255, case.name

    def test_when_codes_are_asked_for_then_they_are_the_pixels(self, a_val_set):
        case = a_val_set.case(a_val_set.plans[0])

        pixels = (case.codes / 255).astype(np.float32)

        assert case.codes.min() >= 0
        np.testing.assert_array_equal(pixels, case.plate.pixels)

    def test_when_a_case_is_asked_for_by_name_then_it_is_that_one(self, a_val_set):
        for plan in a_val_set.plans:
            case = a_val_set.case(plan)
            assert a_val_set.case_of(case.name).truth.tobytes() == case.truth.tobytes()

    def test_when_a_scene_is_a_photograph_then_it_is_no_panorama(self, a_val_set):
        names = [a_val_set.name_of(plan) for plan in a_val_set.plans]

        assert names[-2:] == ["hall/panorama", "yard/panorama"]
        assert "lamp/view0" in names

    def test_when_a_scene_is_for_training_then_it_is_not_used(self, a_val_set):
        assert [scene.name for scene in a_val_set.scenes] == ["hall", "yard", "lamp"]

    def test_when_there_is_no_manifest_then_it_is_refused(self, tmp_path, a_curve_file):
        with pytest.raises(PlateError, match="manifest"):
            load_val_set(tmp_path, a_curve_file)

    def test_when_there_are_no_curves_then_it_is_refused(self, a_corpus, tmp_path):
        with pytest.raises(TrainingError, match="--crf"):
            load_val_set(a_corpus, tmp_path / "none.npz")

    def test_when_no_view_is_asked_for_then_it_is_refused(self, a_corpus, a_curve_file):
        with pytest.raises(OptionError, match="views"):
            load_val_set(a_corpus, a_curve_file, n_views=0)

    def test_when_a_licence_is_not_plain_then_the_scene_is_not_shippable(
        self, a_corpus
    ):
        assert "hall" in shippable(a_corpus)
        assert "yard" not in shippable(a_corpus)
