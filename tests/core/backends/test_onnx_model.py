"""Graphs are taken only if they are of this code and of these weights."""

import json

import pytest

from hdr_core.backends import onnx_model
from hdr_core.backends.method import method_digest
from hdr_core.backends.onnx_model import MANIFEST, find_graphs, load_graphs
from hdr_core.errors import BackendError
from hdr_core.version import __version__

WEIGHTS = "a" * 64
MADE_OF = {
    "hdr_core_version": __version__,
    "method_sha256": method_digest(),
    "weights_sha256": WEIGHTS,
    "preset": "compact",
    "stage_1_reach": [30, 4],
    "stage_4_reach": [50, 8],
    "means_area_px": 55296,
}


@pytest.fixture
def write(tmp_path):
    def write(**changes):
        text = json.dumps({**MADE_OF, **changes})
        (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
        return tmp_path

    return write


class TestLoadGraphs:
    def test_when_they_are_of_this_code_then_they_are_taken(self, write):
        model = load_graphs(WEIGHTS, write())

        assert model.config.name == "compact"
        assert model.stage_4_reach == (50, 8)

    @pytest.mark.parametrize(
        "changes",
        [
            {"method_sha256": "b" * 64},
            {"hdr_core_version": "0.0"},
            {"weights_sha256": "b" * 64},
        ],
        ids=["code", "version", "weights"],
    )
    def test_when_they_are_of_other_code_or_weights_then_they_are_refused(
        self, write, changes
    ):
        with pytest.raises(BackendError, match="graphs of other code or weights"):
            load_graphs(WEIGHTS, write(**changes))

    def test_when_there_are_none_then_it_says_how_to_write_them(self, tmp_path):
        with pytest.raises(BackendError, match="hdr-core export onnxruntime"):
            load_graphs(WEIGHTS, tmp_path)

    @pytest.mark.parametrize("text", ["{", '{"preset": 1}'], ids=["cut", "strange"])
    def test_when_the_list_is_damaged_then_they_are_refused(self, write, text):
        folder = write()
        (folder / MANIFEST).write_text(text, encoding="utf-8")

        with pytest.raises(BackendError, match=f"{MANIFEST}|other code"):
            load_graphs(WEIGHTS, folder)

    def test_when_a_graph_is_missing_then_its_file_is_named(self, write):
        model = load_graphs(WEIGHTS, write())

        with pytest.raises(BackendError, match=r"gain\.onnx.*export onnxruntime"):
            model.run("gain")

    def test_when_onnxruntime_is_missing_then_it_says_how_to_install_it(
        self, write, monkeypatch
    ):
        monkeypatch.setattr(onnx_model, "has_onnxruntime", lambda: False)

        with pytest.raises(BackendError, match="pip install"):
            load_graphs(WEIGHTS, write())


class TestFindGraphs:
    def test_a_named_folder_comes_before_the_environment(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HDR_CORE_GRAPHS", "elsewhere")

        assert find_graphs(tmp_path) == tmp_path
        assert str(find_graphs()) == "elsewhere"
