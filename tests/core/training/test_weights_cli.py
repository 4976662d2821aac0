"""``hdr-core weights``: look into files, and make one of several."""

import json

import pytest
import torch

from hdr_core.checkpoint import load_model, save_model, trained_modules
from hdr_core.cli.main import run
from hdr_core.presets import PRESETS
from hdr_core.training.start import start_model


@pytest.fixture
def runs(tmp_path, a_curve_file):
    """Weights of a run that trained stage 3, and of one that trained stage 4."""
    paths = []
    for seed, module in enumerate(("hallucinate", "refine")):
        path = tmp_path / f"{module}.safetensors"
        model = start_model("compact", [], crf=a_curve_file, seed=seed)
        save_model(model, path, metadata={"recipe": module, "trains": module})
        paths.append(path)
    return paths


def weights(*arguments):
    return run(["weights", *(str(argument) for argument in arguments)])


class TestInfo:
    def test_when_a_file_is_looked_into_then_it_says_what_it_is(self, runs, capsys):
        assert weights("info", runs[0], "--json") == 0

        payload = json.loads(capsys.readouterr().out)
        assert payload["preset"] == "compact"
        assert payload["recipe"] == payload["trains"] == "hallucinate"
        assert set(payload["parameters"]) == {
            "dequantize",
            "linearize",
            "hallucinate",
            "refine",
        }
        assert len(payload["sha256"]) == 64

    def test_when_people_ask_then_sizes_can_be_read(self, runs, capsys):
        assert weights("info", runs[0]) == 0

        assert "hallucinate 2," in capsys.readouterr().out

    def test_when_it_is_no_weights_file_then_one_line_says_so(self, tmp_path, capsys):
        path = tmp_path / "some.safetensors"
        path.write_bytes(b"nothing")

        assert weights("info", path) == 2

        assert capsys.readouterr().err.count("\n") == 1


class TestAverage:
    def test_when_averaged_then_what_the_second_trained_is_between_both(
        self, runs, tmp_path
    ):
        mean = tmp_path / "mean.safetensors"

        assert weights("average", *runs, "--share", 0.25, "-o", mean) == 0

        first, second, found = (load_model(path).state_dict() for path in (*runs, mean))
        for key, value in found.items():
            expected = first[key]
            if key.startswith("refine"):
                expected = 0.75 * first[key] + 0.25 * second[key]
            # Kept as half floats.
            torch.testing.assert_close(value, expected, rtol=1e-3, atol=1e-6)
        assert trained_modules(mean) == ["refine"]

    def test_when_presets_differ_then_nothing_is_written(
        self, runs, tmp_path, a_small_model, monkeypatch, capsys
    ):
        monkeypatch.setitem(PRESETS, "small", a_small_model.config)
        other, mean = tmp_path / "other.safetensors", tmp_path / "mean.safetensors"
        save_model(a_small_model, other, metadata={"trains": "refine"})

        assert weights("average", runs[0], other, "-o", mean) == 2

        assert "of presets 'compact' and 'small'" in capsys.readouterr().err
        assert not mean.exists()


class TestJoin:
    def test_when_joined_then_each_stage_is_of_the_run_that_trained_it(
        self, runs, tmp_path
    ):
        joined = tmp_path / "joined.safetensors"

        assert weights("join", *runs, "-o", joined) == 0

        first, second, found = (
            load_model(path).state_dict() for path in (*runs, joined)
        )
        for key, value in found.items():
            origin = second if key.startswith("refine") else first
            assert torch.equal(value, origin[key]), key
        assert trained_modules(joined) == ["hallucinate", "refine"]
