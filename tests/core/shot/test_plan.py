"""The plan of a shot as a file: whole, of these weights, or refused."""

from dataclasses import replace

import numpy as np
import pytest

from hdr_core.errors import OptionError, PlateError
from hdr_core.shot.plan import PlannedFrame, ShotPlan, load_plan, save_plan


class TestPlan:
    @pytest.fixture
    def a_plan(self):
        curve = np.linspace(0.0, 1.0, 9).astype(np.float32).astype(float) ** 2
        curve = curve.astype(np.float32).astype(float)
        steady = np.arange(-9, 9, dtype=np.int16).reshape(3, 2, 3)
        frames = {
            1: PlannedFrame(100, 0, 0.0, steady),
            2: PlannedFrame(90, 0, 0.25, None),
        }
        return ShotPlan("abc", False, (20, 30), (curve,), frames, {3: "damaged"})

    def test_when_saved_and_loaded_then_it_is_the_same(self, a_plan, tmp_path):
        save_plan(a_plan, tmp_path / "shot.json")

        found = load_plan(tmp_path / "shot.json", weights_sha256="abc")

        np.testing.assert_array_equal(
            found.frames[1].deflicker, a_plan.frames[1].deflicker
        )
        np.testing.assert_array_equal(found.curves[0], a_plan.curves[0])
        assert found.frames[2] == a_plan.frames[2]
        assert replace(found, frames={}, curves=()) == replace(
            a_plan, frames={}, curves=()
        )

    def test_when_other_weights_made_it_then_it_is_refused(self, a_plan, tmp_path):
        save_plan(a_plan, tmp_path / "shot.json")

        with pytest.raises(OptionError, match="made with other weights"):
            load_plan(tmp_path / "shot.json", weights_sha256="def")

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("", id="empty"),
            pytest.param("no JSON", id="no JSON"),
            pytest.param("[]", id="a list"),
            pytest.param('{"hdr_core_shot": 1}', id="nothing in it"),
            pytest.param('{"hdr_core_shot": 9}', id="of another version"),
        ],
    )
    def test_when_it_is_no_plan_then_it_is_told(self, tmp_path, text):
        (tmp_path / "shot.json").write_text(text)

        with pytest.raises(PlateError, match=r"shot\.json"):
            load_plan(tmp_path / "shot.json", weights_sha256="abc")

    def test_when_it_is_cut_short_anywhere_then_it_is_told(self, a_plan, tmp_path):
        path = tmp_path / "shot.json"
        save_plan(a_plan, path)
        whole = path.read_text()

        for end in range(0, len(whole) - 2, 37):
            path.write_text(whole[:end])
            with pytest.raises(PlateError, match="damaged"):
                load_plan(path, weights_sha256="abc")
