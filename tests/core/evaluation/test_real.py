import json
import math

import numpy as np
import pytest
from PIL import Image

from hdr_core.camera.response import invert_samples
from hdr_core.camera.responses import grid
from hdr_core.errors import PlateError
from hdr_core.evaluation.real import load_real_set


@pytest.fixture
def edit(real_folder):
    """Change fields of the first plate in the list; None takes one away."""

    def edit(**fields):
        path = real_folder / "views.json"
        entries = json.loads(path.read_text(encoding="utf-8"))
        entries[0] |= fields
        entries[0] = {k: v for k, v in entries[0].items() if v is not None}
        path.write_text(json.dumps(entries), encoding="utf-8")

    return edit


class TestLoadRealSet:
    def test_when_a_plate_is_read_then_its_truth_is_in_clips(
        self, real_folder, a_scene
    ):
        first = next(load_real_set(real_folder).cases())

        expected = a_scene(0, height=48, width=72) * np.float32(1.2)
        np.testing.assert_allclose(first.truth, expected, rtol=1e-6)
        assert (first.name, first.kind) == ("a", "photo")
        assert (first.camera_name, first.camera_class) == ("Old", "film")
        assert first.is_lossless

    def test_when_a_plate_is_unclipped_then_its_curve_gives_the_truth(
        self, real_folder
    ):
        first, second = load_real_set(real_folder).cases()

        for case, tolerance in ((first, 0.02), (second, 0.2)):
            light = np.interp(case.plate.pixels, grid(), case.inverse_crf)
            off = np.abs(light - case.truth)[case.well_exposed]
            assert np.quantile(off, 0.9) < tolerance
        assert not second.is_lossless

    def test_when_the_mean_is_taken_then_a_camera_counts_once_and_not_for_itself(
        self, real_folder
    ):
        real_set = load_real_set(real_folder)

        # Inverse curves of gamma g are x^g.
        for camera, gammas in (
            ("Old", (3.0, 4.0)),
            ("New", (2.0, 4.0)),
            ("Unheard of", (2.0, 3.0, 4.0)),
        ):
            expected = np.mean([grid() ** gamma for gamma in gammas], axis=0)
            np.testing.assert_allclose(real_set.mean_curve(camera), expected, atol=2e-3)

    def test_when_channels_differ_then_their_mean_is_inverted(self, real_folder):
        channels = np.stack([grid() ** (1 / gamma) for gamma in (1.0, 2.0, 3.0)])
        np.savez(real_folder / "curves.npz", camera=["One"], forward=channels[None])

        curve = load_real_set(real_folder).mean_curve("Old")

        np.testing.assert_allclose(curve, invert_samples(channels.mean(0)[None])[0])

    def test_when_pictures_are_there_then_they_are_found(self, real_folder):
        assert [path.name for path in load_real_set(real_folder).jpegs] == ["a.jpg"]

    def test_when_there_is_no_list_then_the_error_says_so(self, tmp_path):
        with pytest.raises(PlateError, match=r"views\.json: no list of plates.*--real"):
            load_real_set(tmp_path)

    @pytest.mark.parametrize("text", ["{", "{}", "[]", "3"])
    def test_when_the_list_is_none_then_the_error_says_so(self, real_folder, text):
        (real_folder / "views.json").write_text(text)

        with pytest.raises(PlateError, match=r"views\.json"):
            load_real_set(real_folder)

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({"truth": None, "camera": None}, "plate 1: lacks camera, truth"),
            ({"truth_scale": "1"}, "truth_scale must be a number"),
            ({"truth_scale": True}, "truth_scale must be a number"),
            ({"truth_scale": 0.0}, "truth_scale must be above 0, is 0"),
            ({"truth_scale": math.nan}, "truth_scale must be above 0, is nan"),
            ({"camera": 7}, "camera must be a str"),
            ({"curve": [0.0, 1.0]}, "curve: needs 1024 numbers, has 2"),
            ({"curve": ["a"] * 1024}, "curve: needs 1024 numbers"),
            ({"curve": [1.0] * 1024}, "curve: must rise"),
            ({"curve": [math.nan] * 1024}, "curve: must rise"),
            ({"file": "none.png"}, r"none\.png: no such file"),
            ({"truth": "truth/none.exr"}, r"none\.exr: no such file"),
            ({"view": "b"}, "two plates have one name"),
        ],
    )
    def test_when_a_field_is_wrong_then_the_error_names_it(
        self, real_folder, edit, fields, fault
    ):
        edit(**fields)

        with pytest.raises(PlateError, match=fault):
            load_real_set(real_folder)

    def test_when_a_plate_is_no_object_then_the_error_says_which(self, real_folder):
        (real_folder / "views.json").write_text("[3]")

        with pytest.raises(PlateError, match="plate 1: lacks camera"):
            load_real_set(real_folder)

    def test_when_sizes_differ_then_the_error_names_both(self, real_folder):
        Image.fromarray(np.zeros((4, 6, 3), np.uint8)).save(real_folder / "a.png")

        with pytest.raises(PlateError, match="differ in size: 6x4 and 72x48"):
            next(load_real_set(real_folder).cases())

    def test_when_the_truth_is_damaged_then_the_error_names_it(self, real_folder):
        (real_folder / "truth" / "a.exr").write_bytes(b"no picture")

        with pytest.raises(PlateError, match=r"a\.exr: not a readable"):
            next(load_real_set(real_folder).cases())

    def test_when_there_are_no_curves_then_the_error_says_so(self, real_folder):
        (real_folder / "curves.npz").unlink()

        with pytest.raises(PlateError, match=r"curves\.npz: no \.npz with 'forward'"):
            load_real_set(real_folder)

    def test_when_curves_have_another_shape_then_the_error_says_which(
        self, real_folder
    ):
        np.savez(
            real_folder / "curves.npz", camera=["One"], forward=np.zeros((1, 1024))
        )

        with pytest.raises(PlateError, match=r"must be \(1, 3, 1024\), is \(1, 1024\)"):
            load_real_set(real_folder)

    def test_when_no_other_camera_has_a_curve_then_there_is_no_mean(self, real_folder):
        forward = np.stack([[grid() ** 0.5] * 3])
        np.savez(real_folder / "curves.npz", camera=["Old"], forward=forward)

        with pytest.raises(PlateError, match="no curve of a camera but Old"):
            load_real_set(real_folder)
