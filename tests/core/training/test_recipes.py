"""Recipes: every stage of every preset learns by them."""

import shutil
from dataclasses import replace
from itertools import product, repeat

import pytest
import torch

from hdr_core.checkpoint import load_model
from hdr_core.errors import OptionError, TrainingError
from hdr_core.training import bank, loop
from hdr_core.training.bank import StatisticsBatch
from hdr_core.training.config import shorten
from hdr_core.training.loop import train
from hdr_core.training.recipes import PAPER_ONLY, RECIPES, recipe
from hdr_core.training.run import Run
from hdr_core.training.start import start_model
from hdr_core.training.step import OBJECTIVES
from hdr_core.training.stream import keep_all, stream_shots

STEPS = 20
STAGES = [name for name in RECIPES if name not in {"statistics", "evidence"}]
LARGE = ["paper", "released"]
# Their networks predict no spread.
SPREADLESS = [pair for pair in product(STAGES, LARGE) if pair[0] != "spread"]
COMPACT = [name for name in STAGES if name not in PAPER_ONLY]


@pytest.fixture
def a_recipe(a_data_config):
    """A maker of recipes as they are, but for the length and the plates: 96x64."""

    def make(name, preset="paper"):
        corpus, crf = a_data_config.corpus, a_data_config.crf
        found = recipe(name, corpus=corpus, crf=crf, preset=preset)
        data = replace(a_data_config, sizes=((64, 96),))
        return replace(found, data=data, steps=STEPS)

    return make


@pytest.fixture
def a_fresh_model(a_curve_file):
    return lambda preset: start_model(preset, [], crf=a_curve_file)


@pytest.fixture
def a_run_folder(tmp_path):
    """A folder that is gone at once: a large run leaves half a gigabyte."""
    yield tmp_path / "run"
    shutil.rmtree(tmp_path / "run")


@pytest.fixture
def totals(monkeypatch):
    """The loss of each step of the runs to come."""
    found = []

    def train_step(*arguments):
        losses = step(*arguments)
        found.append(losses["total"])
        return losses

    step = loop.train_step
    monkeypatch.setattr(loop, "train_step", train_step)
    return found


def assert_falls(totals):
    assert len(totals) == STEPS
    # Recipes warm up for longer than this: the rate is a fifth of its peak at most.
    first, last = totals[:3], totals[-3:]
    assert sum(first) - sum(last) > 1e-3 * abs(sum(first))


class TestRecipe:
    @pytest.mark.parametrize("name", RECIPES)
    def test_when_a_recipe_is_asked_for_then_its_numbers_fit_together(
        self, name, a_data_config
    ):
        corpus, crf = a_data_config.corpus, a_data_config.crf

        found = recipe(name, corpus=corpus, crf=crf, preset="paper", seed=7)

        assert found.name == name
        assert found.objective in OBJECTIVES
        assert found.data.seed == 7
        assert found.data.corpus == a_data_config.corpus
        assert 0.0 < found.ema < 1.0
        assert found.warmup < found.steps

    def test_when_there_is_no_such_recipe_then_the_ones_there_are_are_named(
        self, a_data_config
    ):
        with pytest.raises(OptionError, match=r"unknown 'magic'.*statistics.*refine"):
            recipe("magic", corpus=a_data_config.corpus, crf=a_data_config.crf)

    def test_when_joint_training_is_for_compact_then_it_is_refused(self, a_data_config):
        with pytest.raises(OptionError, match="'joint' is not for preset 'compact'"):
            recipe("joint", corpus=a_data_config.corpus, crf=a_data_config.crf)

    @pytest.mark.parametrize("name", ["hallucinate", "refine", "finish"])
    def test_when_light_is_trained_then_only_the_papers_nets_have_total_variation(
        self, name, a_recipe
    ):
        ours, paper = (a_recipe(name, preset).step for preset in ("compact", "paper"))

        assert "tv" not in ours.weights
        assert paper.weights == ours.weights | {"tv": 0.02}

    def test_when_a_tenth_of_a_run_is_asked_for_then_all_of_its_course_shrinks(
        self, a_data_config
    ):
        full = recipe("evidence", corpus=a_data_config.corpus, crf=a_data_config.crf)

        tenth = shorten(full, 0.1)

        assert (tenth.steps, tenth.warmup) == (full.steps // 10, full.warmup // 10)
        assert tenth.bank_shots == round(full.bank_shots / 10)
        # What the average remembers after the tenth is what it did after the whole.
        assert tenth.ema**tenth.steps == pytest.approx(full.ema**full.steps)
        assert tenth.data == full.data

    @pytest.mark.parametrize("name", RECIPES)
    def test_when_the_full_of_a_run_is_asked_for_then_it_stays(
        self, name, a_data_config
    ):
        corpus, crf = a_data_config.corpus, a_data_config.crf
        full = recipe(name, corpus=corpus, crf=crf, preset="paper")

        assert shorten(full, 1.0) == full

    @pytest.mark.parametrize("name", STAGES)
    def test_when_losses_have_weights_then_the_step_knows_them(
        self, name, a_small_model, a_batch, a_recipe
    ):
        config = a_recipe(name)
        model = a_small_model.requires_grad_(requires_grad=True)

        parts = OBJECTIVES[config.objective](model, a_batch)

        assert set(config.step.weights) <= set(parts)

    def test_when_the_spread_is_learnt_then_the_light_stays_as_it_is(
        self, a_compact_model, a_batch, a_recipe, tmp_path, on_one_batch
    ):
        on_one_batch(a_batch)
        model = a_compact_model.eval()
        with torch.no_grad():
            model.hallucinate.network.last.weight.normal_(std=0.01)
            before = model(a_batch.plate)

        train(model, replace(a_recipe("spread"), steps=5, ema=0.5), tmp_path / "run")

        with torch.no_grad():
            after = model.eval()(a_batch.plate)
        torch.testing.assert_close(after.refined, before.refined, rtol=1e-4, atol=1e-5)
        assert not torch.equal(after.light.spread, before.light.spread)

    @pytest.mark.parametrize("preset", LARGE)
    def test_when_a_preset_has_no_statistics_then_they_are_refused(
        self, preset, a_paper_like_model, a_recipe, tmp_path
    ):
        # Only the name is of the preset: its networks are built elsewhere.
        config = replace(a_paper_like_model.config, name=preset)
        a_paper_like_model.config = config

        with pytest.raises(
            TrainingError, match=f"{preset!r} has no linearize"
        ) as found:
            Run(a_paper_like_model, a_recipe("statistics"), tmp_path)

        assert "\n" not in str(found.value)


@pytest.mark.slow
class TestTwentySteps:
    """Two plates of 96x64, over and over: any recipe must get better at them."""

    @pytest.mark.parametrize(
        ("name", "preset"), [*SPREADLESS, *product(COMPACT, ["compact"])]
    )
    def test_when_a_preset_follows_a_recipe_then_its_loss_falls(
        self, name, preset, a_recipe, a_fresh_model, on_one_batch, totals, a_run_folder
    ):
        config = a_recipe(name, preset)
        on_one_batch(next(stream_shots(replace(config.data, seed=1), keep_all)))

        train(a_fresh_model(preset), config, a_run_folder)

        assert_falls(totals)

    def test_when_statistics_follow_theirs_then_their_loss_falls(
        self, a_recipe, a_fresh_model, totals, a_run_folder, monkeypatch
    ):
        monkeypatch.setattr(bank.KeepStatistics, "sizes", ((64, 96),))
        monkeypatch.setattr(bank.KeepStatistics, "piece", 64)
        config = replace(a_recipe("statistics"), bank_shots=64)
        shots = next(stream_shots(config.data, keep_all))
        model = a_fresh_model("compact")
        statistics = model.linearize.statistics_of(shots.plate)
        batch = StatisticsBatch(statistics, shots.inverse_crf)
        monkeypatch.setattr(loop, "stream_bank", lambda *_, **__: repeat(batch))

        train(model, config, a_run_folder)

        assert_falls(totals)

    def test_when_a_large_run_ends_then_its_weights_load(
        self, a_recipe, a_fresh_model, a_run_folder
    ):
        config = replace(a_recipe("dequantize"), steps=1)

        result = train(a_fresh_model("paper"), config, a_run_folder)

        assert load_model(result.weights).config.name == "paper"
