"""Results are within 2e-5 of stored arrays, on every machine."""

import numpy as np
import pytest

from tests.golden.cases import CASES
from tests.golden.plates import draw_plates
from tests.golden.program import run_case
from tests.golden.random_weights import write_paper
from tests.golden.stored import FOLDER, find_errors, load_results, read_results

STORED = [case for case in CASES if case.is_stored]


@pytest.fixture(scope="module")
def the_plates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plates")
    draw_plates(folder)
    write_paper(folder / "paper.safetensors")
    return folder


@pytest.fixture
def some_layers():
    light = np.linspace(0.001, 40.0, 24, dtype=np.float32).reshape(2, 4, 3)
    gain = np.linspace(0.0, 5.0, 24, dtype=np.float32).reshape(2, 4, 3)
    return {"lamp rgba RGB": light, "lamp hdr_core gain": gain}


class TestStoredArrays:
    def test_when_cases_are_stored_then_there_is_a_file_for_each_and_no_more(self):
        files = sorted(path.stem for path in FOLDER.glob("*.npz"))

        assert files == sorted(case.name for case in STORED)
        assert len(files) >= 14

    @pytest.mark.parametrize("case", STORED, ids=lambda case: case.name)
    def test_when_a_case_is_stored_then_it_holds_light(self, case):
        stored = load_results(case.name)

        light = [values for name, values in stored.items() if "rgba RGB" in name]
        assert light
        assert all(np.isfinite(values).all() for values in stored.values())
        assert all(values.dtype == np.float32 for values in light)
        assert max(values.max() for values in light) >= 0.5

    @pytest.mark.parametrize("case", STORED, ids=lambda case: case.name)
    def test_when_a_case_is_converted_then_the_result_is_the_stored_one(
        self, case, the_plates, tmp_path
    ):
        stored = load_results(case.name)

        run_case(case, the_plates, tmp_path / "out", options=("--depth", "float"))

        assert find_errors(read_results(tmp_path / "out"), stored) == {}


class TestFindErrors:
    def test_when_nothing_changed_then_there_is_no_error(self, some_layers):
        assert find_errors(some_layers, some_layers) == {}

    @pytest.mark.parametrize("change", [1.0001, np.nan], ids=["1e-4", "NaN"])
    @pytest.mark.parametrize("name", ["lamp rgba RGB", "lamp hdr_core gain"])
    def test_when_one_pixel_changed_then_its_layer_is_named(
        self, some_layers, name, change
    ):
        changed = {key: values.copy() for key, values in some_layers.items()}
        changed[name][1, 2] *= change

        assert list(find_errors(changed, some_layers)) == [name]

    def test_when_a_layer_is_missing_or_new_then_it_is_named(self, some_layers):
        fewer = {"lamp rgba RGB": some_layers["lamp rgba RGB"]}

        assert list(find_errors(fewer, some_layers)) == ["lamp hdr_core gain"]
        assert list(find_errors(some_layers, fewer)) == ["lamp hdr_core gain"]

    def test_when_a_layer_has_another_size_then_it_is_named(self, some_layers):
        name = "lamp rgba RGB"
        smaller = some_layers | {name: some_layers[name][:1]}

        assert list(find_errors(smaller, some_layers)) == [name]
