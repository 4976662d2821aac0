"""A run: the same twice, true to what is frozen, and what it leaves behind."""

import logging
import math
from copy import deepcopy
from dataclasses import replace
from itertools import cycle

import pytest
import torch
from safetensors.torch import load_file

from hdr_core.errors import OutputError, PlateError, TrainingError
from hdr_core.training import loop
from hdr_core.training.loop import train
from hdr_core.training.recipes import RECIPES
from hdr_core.training.run import Run


def reported_losses(model, config, folder):
    """Return what every step of a run reported."""
    reported = []
    train(
        model,
        config,
        folder,
        on_progress=lambda _, __, losses: reported.append(dict(losses)),
    )
    return reported


def values_of(model):
    """Return all parameters and buffers, as they are now."""
    return {name: value.clone() for name, value in model.state_dict().items()}


class TestTrain:
    def test_when_the_seed_is_the_same_then_the_losses_are_digit_for_digit(
        self, a_small_model, short, tmp_path
    ):
        config = short("joint")
        copies = [deepcopy(a_small_model) for _ in range(2)]

        ours = reported_losses(copies[0], config, tmp_path / "ours")
        theirs = reported_losses(copies[1], config, tmp_path / "theirs")

        assert len(ours) == config.steps
        assert ours == theirs

    def test_when_the_seed_is_another_then_the_losses_are(
        self, a_small_model, short, tmp_path
    ):
        config = short("dequantize", steps=1)
        other = replace(config, data=replace(config.data, seed=1))

        ours = reported_losses(deepcopy(a_small_model), config, tmp_path / "ours")
        theirs = reported_losses(deepcopy(a_small_model), other, tmp_path / "theirs")

        assert ours != theirs

    @pytest.mark.parametrize(
        ("name", "preset"),
        [
            (name, preset)
            for name in RECIPES
            for preset in ("a_small_model", "a_paper_like_model")
            # They have no statistics or evidence, and only one predicts a spread.
            if name not in {"statistics", "evidence"}
            and (name, preset) != ("spread", "a_paper_like_model")
        ],
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

        reported = reported_losses(
            a_small_model, short("hallucinate", steps=8), tmp_path
        )

        assert reported[-1]["total"] < reported[0]["total"]

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

        reported = reported_losses(
            a_small_model, short("dequantize", steps=2), tmp_path
        )

        assert [one["total"] for one in reported] == pytest.approx([1.0, 1.02])

    def test_when_a_step_is_passed_over_then_it_is_logged_and_not_counted(
        self, a_small_model, short, tmp_path, monkeypatch, caplog
    ):
        losses = cycle(
            [{"total": 1.0, "norm": 1.0}, {"total": math.nan, "norm": math.nan}]
        )
        monkeypatch.setattr(loop, "train_step", lambda *_: next(losses))

        with caplog.at_level(logging.WARNING):
            reported = reported_losses(
                a_small_model, short("dequantize", steps=2), tmp_path
            )

        assert [one["total"] for one in reported] == [1.0, 1.0]
        assert "step 2: gradients are not finite" in caplog.text


class TestAverage:
    def test_when_a_run_ends_then_the_averaged_weights_are_what_is_written(
        self, a_small_model, short, tmp_path
    ):
        key, steps = "dequantize.unet.last.weight", []
        config = short("dequantize", ema=0.5)
        model = a_small_model

        result = train(
            model,
            config,
            tmp_path,
            on_progress=lambda *_: steps.append(values_of(model)[key]),
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
            model,
            config,
            tmp_path,
            on_progress=lambda *_: steps.append(values_of(model)[key]),
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

        with pytest.raises(TrainingError, match="'small' has no linearize"):
            train(a_small_model, config, tmp_path / "run")

        assert list(tmp_path.iterdir()) == []
