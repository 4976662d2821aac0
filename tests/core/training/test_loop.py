"""A run: the same twice, stopped and gone on with, and what it leaves behind."""

import logging
import math
from copy import deepcopy
from dataclasses import replace
from itertools import cycle

import pytest
import torch
from safetensors.torch import load_file

from hdr_core.checkpoint import load_model, trained_modules
from hdr_core.errors import OutputError, PlateError, TrainingError, WeightsError
from hdr_core.training import bank, loop
from hdr_core.training.data import stream_shots, whole
from hdr_core.training.loop import Run, train
from hdr_core.training.start import start_model


class Stopped(Exception):  # noqa: N818 - not an error: somebody pulled the plug
    """The run was killed."""


def kill_at(step):
    def tell(now, _, __):
        if now == step:
            raise Stopped

    return tell


def told_losses(model, config, folder):
    """Return what every step of a run told."""
    told = []
    train(model, config, folder, tell=lambda _, __, losses: told.append(dict(losses)))
    return told


def told_steps(model, config, folder):
    """Return the steps that a run took."""
    steps = []
    train(model, config, folder, tell=lambda step, _, __: steps.append(step))
    return steps


def values_of(model):
    """Return all parameters and buffers, as they are now."""
    return {name: value.clone() for name, value in model.state_dict().items()}


def state_of(folder):
    return torch.load(folder / "state.pt", weights_only=True)


class TestTrain:
    def test_when_the_seed_is_the_same_then_the_losses_are_digit_for_digit(
        self, a_small_model, short, tmp_path
    ):
        config = short("joint")
        copies = [deepcopy(a_small_model) for _ in range(2)]

        ours = told_losses(copies[0], config, tmp_path / "ours")
        theirs = told_losses(copies[1], config, tmp_path / "theirs")

        assert len(ours) == config.steps
        assert ours == theirs

    def test_when_the_seed_is_another_then_the_losses_are(
        self, a_small_model, short, tmp_path
    ):
        config = short("dequantize", steps=1)
        other = replace(config, data=replace(config.data, seed=1))

        ours = told_losses(deepcopy(a_small_model), config, tmp_path / "ours")
        theirs = told_losses(deepcopy(a_small_model), other, tmp_path / "theirs")

        assert ours != theirs

    @pytest.mark.parametrize(
        "name", ["dequantize", "linearize", "hallucinate", "joint", "refine"]
    )
    @pytest.mark.parametrize(
        "preset", ["a_small_model", "a_paper_like_model"], ids=["compact", "paper"]
    )
    def test_when_stages_are_frozen_then_not_a_digit_of_them_changes(
        self, name, preset, short, tmp_path, request
    ):
        model = request.getfixturevalue(preset)
        config = short(name, steps=2)
        before = values_of(model)

        train(model, config, tmp_path)

        after = values_of(model)
        changed = {key for key in after if not torch.equal(before[key], after[key])}
        parameters = {key for key, _ in model.named_parameters()}
        trained = {key for key in after if key.startswith(config.trains)}
        assert changed <= trained
        for module in config.trains:
            assert any(key.startswith(module) for key in changed & parameters)

    @pytest.mark.parametrize(
        ("name", "has_norm"),
        [
            pytest.param("linearize", True, id="its own run"),
            pytest.param("refine", False, id="another stage's run"),
        ],
    )
    def test_when_a_stage_learns_then_only_so_do_its_norms_statistics(
        self, a_small_model, short, tmp_path, name, has_norm
    ):
        norm = a_small_model.linearize.backbone.stem[1]
        before = norm.running_mean.clone()

        train(a_small_model, short(name, steps=1), tmp_path)

        assert torch.equal(before, norm.running_mean) != has_norm

    def test_when_one_batch_comes_again_and_again_then_its_loss_falls(
        self, a_small_model, a_batch, on_one_batch, short, tmp_path
    ):
        on_one_batch(a_batch)

        told = told_losses(a_small_model, short("hallucinate", steps=8), tmp_path)

        assert told[-1]["total"] < told[0]["total"]

    def test_when_a_run_ends_then_its_events_can_be_watched(
        self, a_small_model, short, tmp_path
    ):
        from tensorboard.backend.event_processing.event_accumulator import (
            EventAccumulator,
        )

        result = train(
            a_small_model, short("dequantize", steps=4, log_every=3), tmp_path
        )

        events = EventAccumulator(str(tmp_path)).Reload()
        totals = events.Scalars("total")
        assert [event.step for event in totals] == [3, 4]
        assert totals[-1].value == pytest.approx(result.losses["total"])

    def test_when_it_tells_then_losses_are_running_means(
        self, a_small_model, short, tmp_path, monkeypatch
    ):
        losses = cycle([{"total": 1.0, "norm": 1.0}, {"total": 2.0, "norm": 1.0}])
        monkeypatch.setattr(loop, "train_step", lambda *_: next(losses))

        told = told_losses(a_small_model, short("dequantize", steps=2), tmp_path)

        assert [one["total"] for one in told] == pytest.approx([1.0, 1.02])

    def test_when_a_step_is_passed_over_then_it_is_logged_and_not_counted(
        self, a_small_model, short, tmp_path, monkeypatch, caplog
    ):
        losses = cycle(
            [{"total": 1.0, "norm": 1.0}, {"total": math.nan, "norm": math.nan}]
        )
        monkeypatch.setattr(loop, "train_step", lambda *_: next(losses))

        with caplog.at_level(logging.WARNING):
            told = told_losses(a_small_model, short("dequantize", steps=2), tmp_path)

        assert [one["total"] for one in told] == [1.0, 1.0]
        assert "step 2: gradients are not finite" in caplog.text


class TestAverage:
    def test_when_a_run_ends_then_the_averaged_weights_are_what_is_written(
        self, a_small_model, short, tmp_path
    ):
        key, steps = "dequantize.unet.last.weight", []
        config = short("dequantize", ema=0.5)
        model = a_small_model

        result = train(
            model, config, tmp_path, tell=lambda *_: steps.append(values_of(model)[key])
        )

        first, second, third = steps
        average = 0.5 * (0.5 * first + 0.5 * second) + 0.5 * third
        written = load_file(result.weights)[key]
        torch.testing.assert_close(written.float(), average, rtol=2e-3, atol=1e-6)
        assert not torch.equal(written, third.half())

    def test_when_norms_learn_then_their_averaged_statistics_are_written(
        self, a_small_model, short, tmp_path
    ):
        key, steps = "linearize.backbone.stem.1.running_mean", []
        config = short("linearize", ema=0.5, steps=2)
        model = a_small_model

        result = train(
            model, config, tmp_path, tell=lambda *_: steps.append(values_of(model)[key])
        )

        average = 0.5 * steps[0] + 0.5 * steps[1]
        torch.testing.assert_close(load_file(result.weights)[key], average)


class TestSchedule:
    @pytest.mark.parametrize(
        ("step", "share"),
        [
            pytest.param(0, 0.25, id="a quarter of the way up"),
            pytest.param(3, 0.505 + 0.495 * math.cos(math.pi * 0.03), id="at the top"),
            pytest.param(50, 0.505, id="half of the way down"),
            pytest.param(100, 0.01, id="at the end"),
        ],
    )
    def test_when_a_run_goes_on_then_the_rate_rises_and_falls(
        self, a_small_model, short, tmp_path, step, share
    ):
        config = short("dequantize", steps=100, warmup=4)
        run = Run(a_small_model, config, tmp_path)
        run.step = step

        run.schedule()

        rate = run.optimizer.param_groups[0]["lr"]
        assert rate == pytest.approx(share * config.learning_rate)


class TestResume:
    def test_when_a_run_is_killed_then_it_goes_on_to_as_many_steps(
        self, a_small_model, short, tmp_path
    ):
        config = short("dequantize", steps=5)
        with pytest.raises(Stopped):
            train(a_small_model, config, tmp_path, tell=kill_at(4))
        assert not (tmp_path / "model.safetensors").exists()

        steps = told_steps(deepcopy(a_small_model), config, tmp_path)

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
        key = "dequantize.unet.last.weight"
        whole_run = train(deepcopy(a_small_model), config, tmp_path / "whole")
        stranger = deepcopy(a_small_model)
        for weights in stranger.parameters():
            weights.data.mul_(2.0)
        with pytest.raises(Stopped):
            train(a_small_model, config, tmp_path / "killed", tell=kill_at(3))

        resumed = train(stranger, config, tmp_path / "killed")

        # Optimizer and averaged weights too: or the last steps would differ.
        ours, theirs = load_file(whole_run.weights), load_file(resumed.weights)
        assert ours.keys() == theirs.keys()
        for name in ours:
            torch.testing.assert_close(ours[name], theirs[name], rtol=1e-3, atol=1e-6)
        assert not torch.equal(ours[key].float(), a_small_model.state_dict()[key])

    def test_when_a_run_is_gone_on_with_then_it_draws_other_shots(
        self, a_small_model, short, tmp_path
    ):
        config = short("dequantize", steps=2)
        run = Run(a_small_model, config, tmp_path)

        first = next(loop.batches(run))
        run.step = 1
        second = next(loop.batches(run))

        assert not torch.equal(first.plate, second.plate)

    def test_when_a_run_is_done_then_it_takes_no_step_more(
        self, a_small_model, short, tmp_path
    ):
        config = short("dequantize", steps=2)
        train(a_small_model, config, tmp_path)
        weights = (tmp_path / "model.safetensors").read_bytes()

        steps = told_steps(a_small_model, config, tmp_path)

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


class TestNothingHalfMade:
    def test_when_there_are_no_scenes_then_no_folder_is_made(
        self, a_small_model, short, tmp_path
    ):
        config = short("dequantize")
        config = replace(config, data=replace(config.data, corpus=tmp_path / "none"))

        with pytest.raises(PlateError, match="no manifest"):
            train(a_small_model, config, tmp_path / "run")

        assert list(tmp_path.iterdir()) == []

    def test_when_the_folder_is_a_file_then_one_line_says_so(
        self, a_small_model, short, tmp_path
    ):
        (tmp_path / "run").write_text("not a folder")

        with pytest.raises(OutputError, match="run: cannot be made"):
            train(a_small_model, short("dequantize"), tmp_path / "run")

    def test_when_the_preset_has_no_statistics_then_they_cannot_be_trained(
        self, a_small_model, short, tmp_path
    ):
        config = short("statistics", bank_shots=8)

        with pytest.raises(TrainingError, match="'small' has no linearize.statistics"):
            train(a_small_model, config, tmp_path / "run")

        assert list(tmp_path.iterdir()) == []


class TestStatisticsRun:
    @pytest.fixture(autouse=True)
    def _a_small_bank(self, monkeypatch):
        monkeypatch.setattr(bank, "SIZES", ((32, 48),))
        monkeypatch.setattr(bank, "PIECE", 64)

    def test_when_perceptrons_are_trained_then_they_know_what_is_usual(
        self, a_compact_model, short, tmp_path
    ):
        config = short("statistics", steps=2, bank_shots=100)

        train(a_compact_model, config, tmp_path / "run")

        pieces = sorted((tmp_path / "bank").iterdir())
        known = torch.cat([load_file(piece)["statistics"] for piece in pieces]).float()
        assert [piece.name for piece in pieces] == [
            "0000.safetensors",
            "0001.safetensors",
        ]
        net = a_compact_model.linearize.statistics
        torch.testing.assert_close(net.mean, known.mean(dim=0), rtol=1e-3, atol=1e-4)

    def test_when_a_bank_is_there_then_it_is_read_and_not_drawn(
        self, a_compact_model, short, tmp_path, monkeypatch
    ):
        config = short("statistics", steps=1, bank_shots=64)
        train(a_compact_model, config, tmp_path / "run")

        def draw(*_, **__):
            yield pytest.fail("drawn again")

        monkeypatch.setattr(bank, "stream_shots", draw)

        result = train(a_compact_model, config, tmp_path / "again")

        assert result.steps == 1

    def test_when_a_bank_is_gone_on_with_then_its_shots_are_new(
        self, a_data_config, tmp_path
    ):
        bank.draw_bank(a_data_config, tmp_path, n_shots=64, bins=4)

        drawn = bank.draw_bank(a_data_config, tmp_path, n_shots=128, bins=4)

        first, second = drawn.statistics.chunk(2)
        assert len(drawn.inverse_crf) == 128
        assert not torch.equal(first, second)

    def test_when_ranks_draw_then_each_has_shots_of_its_own(
        self, a_data_config, tmp_path
    ):
        ours, theirs = (
            bank.draw_bank(
                a_data_config, tmp_path / str(rank), n_shots=64, bins=4, rank=rank
            )
            for rank in (0, 1)
        )

        assert not torch.equal(ours.statistics, theirs.statistics)

    def test_when_batches_stream_then_every_shot_comes_once_a_round(self):
        shots = bank.StatisticsBatch(
            torch.arange(10.0)[:, None], torch.arange(10.0)[:, None]
        )
        stream = bank.stream_bank(shots, batch=4, seed=0)

        batches = [next(stream) for _ in range(3)]

        found = torch.cat([batch.statistics for batch in batches]).flatten()
        truth = torch.cat([batch.inverse_crf for batch in batches]).flatten()
        assert sorted(found.tolist()) == [float(index) for index in range(10)]
        assert torch.equal(found, truth)
        assert found.tolist() != sorted(found.tolist())


class TestWeights:
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
            with pytest.raises(TrainingError, match="not of preset 'paper'"):
                start_model("paper", weights, crf=a_curve_file)

    def test_when_weights_are_missing_then_one_line_names_them(
        self, a_curve_file, tmp_path
    ):
        with pytest.raises(WeightsError, match="none.safetensors: no such"):
            start_model("compact", [tmp_path / "none.safetensors"], crf=a_curve_file)


class TestShortRecipes:
    def test_when_plates_stream_then_a_run_sees_what_the_data_draws(
        self, a_small_model, short, tmp_path
    ):
        config = short("dequantize")
        run = Run(a_small_model, config, tmp_path)

        (seen, drawn) = next(loop.batches(run)), next(stream_shots(config.data, whole))

        assert torch.equal(seen.plate, drawn.plate)
