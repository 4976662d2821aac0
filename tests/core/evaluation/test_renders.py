import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from hdr_core.camera.responses import inverse_srgb
from hdr_core.color.output_transforms import NAMES, find_output_transform
from hdr_core.errors import PlateError
from hdr_core.evaluation.renders import RenderPlan, load_render_set
from hdr_core.io.corpus import read_light
from hdr_core.metrics.plate_metrics import luminance
from hdr_core.plate import HALF_MAX

RENDERS = Path(__file__).parents[3] / "examples" / "renders"


class TestLoadRenderSet:
    def test_when_scenes_are_listed_then_each_is_found(self, render_folder):
        found = load_render_set(render_folder)

        assert list(found.scenes) == ["street", "product"]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            pytest.param("[", "not JSON", id="no JSON"),
            pytest.param('{"scenes": []}', 'needs a list "scenes"', id="no scene"),
            pytest.param("[1]", 'needs a list "scenes"', id="no object"),
            pytest.param(
                '{"scenes": [{"name": "a"}]}', "scene 1: needs the texts", id="no file"
            ),
            pytest.param(
                '{"scenes": [{"name": "a", "file": "a.exr"}]}',
                "a.exr: no such file",
                id="missing file",
            ),
        ],
    )
    def test_when_the_list_is_wrong_then_the_error_says_where(
        self, tmp_path, content, message
    ):
        (tmp_path / "renders.json").write_text(content, encoding="utf-8")

        with pytest.raises(PlateError, match=message):
            load_render_set(tmp_path)

    def test_when_two_scenes_have_one_name_then_it_is_refused(self, render_folder):
        path = render_folder / "renders.json"
        entry = {"name": "street", "file": "street.exr"}
        path.write_text(json.dumps({"scenes": [entry, entry]}), encoding="utf-8")

        with pytest.raises(PlateError, match="two scenes have the name 'street'"):
            load_render_set(render_folder)

    def test_when_there_is_no_list_then_the_error_names_its_maker(self, tmp_path):
        with pytest.raises(PlateError, match="tools/render_scenes"):
            load_render_set(tmp_path)


class TestRenderSet:
    def test_when_all_plates_are_planned_then_each_comes_once(self, render_folder):
        plans = load_render_set(render_folder).plans

        assert len(set(plans)) == len(plans) == 2 * len(NAMES) * 2

    def test_when_few_plates_are_planned_then_they_are_a_fair_choice(
        self, render_folder
    ):
        plans = load_render_set(render_folder, n_plates=len(NAMES)).plans

        assert {plan.transform for plan in plans} == set(NAMES)
        for field in ("scene", "file"):
            counts = Counter(getattr(plan, field) for plan in plans)
            assert min(counts.values()) >= len(NAMES) // 2 - 1

    def test_when_a_png_is_made_then_it_holds_the_transforms_codes(self, render_folder):
        case = load_render_set(render_folder).case(RenderPlan("street", "agx", "PNG"))

        codes = find_output_transform("agx").encode(case.truth)
        assert np.abs(case.plate.pixels - codes).max() <= 0.5 / 255 + 1e-6
        assert case.is_lossless
        assert case.name == "street/agx/PNG"

    def test_when_a_jpeg_is_made_then_it_has_quality_90(self, render_folder):
        case = load_render_set(render_folder).case(RenderPlan("street", "agx", "JPEG"))

        assert case.plate.lossy_quality == pytest.approx(90, abs=1)

    def test_when_transforms_differ_then_the_same_pixels_are_measured(
        self, render_folder
    ):
        render_set = load_render_set(render_folder)

        one, two = (
            render_set.case(RenderPlan("street", name, "PNG"))
            for name in ("srgb", "reinhard")
        )

        # Plain Reinhard puts light of 20 and more above code 0.98.
        assert (two.plate.pixels.max(axis=-1) > 0.98).sum() < 0.5 * two.clipped.sum()
        np.testing.assert_array_equal(one.clipped, two.clipped)
        np.testing.assert_array_equal(one.clipped, one.plate.pixels.max(axis=-1) > 0.98)
        np.testing.assert_array_equal(one.well_exposed, two.well_exposed)

    def test_when_the_transform_is_srgb_then_its_greys_are_srgb(self, render_folder):
        case = load_render_set(render_folder).case(RenderPlan("street", "srgb", "PNG"))

        codes = np.linspace(0.0, 1.0, len(case.inverse_crf))
        np.testing.assert_allclose(case.inverse_crf, inverse_srgb(codes), atol=1e-4)


class TestScenesThatShipHere:
    @pytest.mark.parametrize(
        "name", ["room", "fire", "street", "sky", "product", "still_life"]
    )
    def test_when_a_scene_ships_then_it_is_exposed_as_a_photograph_is(self, name):
        path = load_render_set(RENDERS).scenes[name]

        light = read_light(path)

        assert light.shape == (180, 320, 3)
        assert 0.02 < np.median(luminance(light)) < 1.0
        assert 0.003 < (light.max(axis=-1) > 1.0).mean() < 0.3
        assert light.max() < HALF_MAX
