"""Where a run starts: fresh networks, or the weights of runs before it."""

import pytest
import torch

from hdr_core.checkpoint import load_model, trained_modules
from hdr_core.errors import TrainingError, WeightsError
from hdr_core.training.loop import train
from hdr_core.training.start import start_model


class TestStartModel:
    def test_when_a_run_ends_then_its_weights_load(
        self, a_compact_model, a_batch, short, tmp_path
    ):
        config = short("dequantize", steps=1)

        result = train(a_compact_model, config, tmp_path / "run")

        loaded = load_model(result.weights)
        # After one step the average is that step's weights, kept as half floats.
        ours, theirs = (
            model.eval()(a_batch.plate) for model in (a_compact_model, loaded)
        )
        torch.testing.assert_close(theirs.refined, ours.refined, rtol=0.02, atol=0.01)
        assert trained_modules(result.weights) == ["dequantize"]

    def test_when_stages_were_trained_apart_then_they_come_together(
        self, a_curve_file, short, tmp_path
    ):
        runs = [
            train(
                start_model("compact", [], crf=a_curve_file, seed=seed),
                short(name, steps=1),
                tmp_path / name,
            )
            for seed, name in enumerate(("linearize", "hallucinate"))
        ]

        model = start_model("compact", [run.weights for run in runs], crf=a_curve_file)

        first, second = (load_model(run.weights).state_dict() for run in runs)
        for key, value in model.state_dict().items():
            origin = second if key.startswith("hallucinate") else first
            assert torch.equal(value, origin[key]), key

    def test_when_a_model_is_fresh_then_its_seed_tells_its_weights(self, a_curve_file):
        ours, theirs, other = (
            start_model("compact", [], crf=a_curve_file, seed=seed).state_dict()
            for seed in (0, 0, 1)
        )

        key = "hallucinate.network.stem.weight"
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
        assert not torch.equal(ours[key], other[key])

    def test_when_weights_are_of_another_preset_then_they_are_refused(
        self, a_compact_model, a_curve_file, short, tmp_path
    ):
        result = train(a_compact_model, short("dequantize", steps=1), tmp_path)

        for weights in ([result.weights], [result.weights] * 2):
            with pytest.raises(TrainingError, match="not 'paper'"):
                start_model("paper", weights, crf=a_curve_file)

    def test_when_weights_are_missing_then_one_line_names_them(
        self, a_curve_file, tmp_path
    ):
        with pytest.raises(WeightsError, match="no such weights file"):
            start_model("compact", [tmp_path / "none.safetensors"], crf=a_curve_file)
