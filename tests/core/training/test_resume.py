"""A run that was stopped, and is gone on with."""

from copy import deepcopy

import pytest
import torch
from safetensors.torch import load_file

from hdr_core.errors import TrainingError
from hdr_core.training import loop
from hdr_core.training.loop import train
from hdr_core.training.run import Run
from hdr_core.training.stream import keep_all, stream_shots


class Stopped(Exception):  # noqa: N818 - not an error: somebody pulled the plug
    """The run was killed."""


def kill_at(step):
    def stop(now, _, __):
        if now == step:
            raise Stopped

    return stop


def reported_steps(model, config, folder):
    """Return the steps that a run took."""
    steps = []
    train(model, config, folder, on_progress=lambda step, _, __: steps.append(step))
    return steps


def state_of(folder):
    return torch.load(folder / "state.pt", weights_only=True)


class TestResume:
    def test_when_a_run_is_killed_then_it_goes_on_to_as_many_steps(
        self, a_small_model, short, tmp_path
    ):
        config = short("dequantize", steps=5)
        with pytest.raises(Stopped):
            train(a_small_model, config, tmp_path, on_progress=kill_at(4))
        assert not (tmp_path / "model.safetensors").exists()

        steps = reported_steps(deepcopy(a_small_model), config, tmp_path)

        state = state_of(tmp_path)
        # The third step was the last one kept.
        assert steps == [4, 5]
        assert state["step"] == 5
        assert state["average"]["n_averaged"].item() == 5
        counts = {int(one["step"]) for one in state["optimizer"]["state"].values()}
        assert counts == {5}

    def test_when_a_run_is_gone_on_with_then_from_its_own_weights(
        self, a_small_model, a_batch, on_one_batch, short, tmp_path
    ):
        on_one_batch(a_batch)
        config = short("dequantize", steps=4)
        whole_run = train(deepcopy(a_small_model), config, tmp_path / "whole")
        stranger = deepcopy(a_small_model)
        for weights in stranger.parameters():
            weights.data.mul_(2.0)
        with pytest.raises(Stopped):
            train(a_small_model, config, tmp_path / "killed", on_progress=kill_at(3))

        resumed = train(stranger, config, tmp_path / "killed")

        # Optimizer and averaged weights too: or the last steps would differ.
        ours, theirs = load_file(whole_run.weights), load_file(resumed.weights)
        assert ours.keys() == theirs.keys()
        for name in ours:
            torch.testing.assert_close(ours[name], theirs[name], rtol=1e-3, atol=1e-6)

    def test_when_a_run_is_gone_on_with_then_it_draws_other_shots(
        self, a_small_model, short, tmp_path
    ):
        config = short("dequantize", steps=2)
        run = Run(a_small_model, config, tmp_path)

        first = next(loop.batches(run))
        run.step = 1
        second = next(loop.batches(run))

        assert torch.equal(first.plate, next(stream_shots(config.data, keep_all)).plate)
        assert not torch.equal(first.plate, second.plate)

    def test_when_a_run_is_done_then_it_takes_no_step_more(
        self, a_small_model, short, tmp_path
    ):
        config = short("dequantize", steps=2)
        train(a_small_model, config, tmp_path)
        weights = (tmp_path / "model.safetensors").read_bytes()

        steps = reported_steps(a_small_model, config, tmp_path)

        assert steps == []
        assert (tmp_path / "model.safetensors").read_bytes() == weights

    @pytest.mark.parametrize(
        ("name", "changes"),
        [
            pytest.param("refine", {}, id="another recipe"),
            pytest.param("dequantize", {"learning_rate": 1.0}, id="another number"),
        ],
    )
    def test_when_the_run_is_of_other_settings_then_it_is_refused(
        self, a_small_model, short, tmp_path, name, changes
    ):
        train(a_small_model, short("dequantize", steps=1), tmp_path)
        before = (tmp_path / "state.pt").read_bytes()

        with pytest.raises(TrainingError, match="another recipe") as caught:
            train(a_small_model, short(name, steps=1, **changes), tmp_path)

        assert "\n" not in str(caught.value)
        assert "--output" in str(caught.value)
        assert (tmp_path / "state.pt").read_bytes() == before

    def test_when_the_run_is_of_another_preset_then_it_is_refused(
        self, a_small_model, a_compact_model, short, tmp_path
    ):
        config = short("dequantize", steps=1)
        train(a_small_model, config, tmp_path)

        with pytest.raises(TrainingError, match="another recipe, preset"):
            train(a_compact_model, config, tmp_path)

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"not a state", id="something else"),
            pytest.param(None, id="cut short"),
        ],
    )
    def test_when_the_state_is_damaged_then_one_line_says_so(
        self, a_small_model, short, tmp_path, content
    ):
        config = short("dequantize", steps=1)
        train(a_small_model, config, tmp_path)
        path = tmp_path / "state.pt"
        path.write_bytes(path.read_bytes()[:5000] if content is None else content)

        with pytest.raises(TrainingError, match=r"state\.pt: damaged") as caught:
            train(a_small_model, config, tmp_path)

        assert "\n" not in str(caught.value)
