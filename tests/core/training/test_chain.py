"""All recipes in a row: every stage ends up as its own run left it."""

from dataclasses import replace

import pytest
import torch

from hdr_core.checkpoint import load_model, trained_modules
from hdr_core.training import bank, chain
from hdr_core.training.chain import train_all
from hdr_core.training.data import DataConfig
from hdr_core.training.recipes import RECIPES, recipe
from hdr_core.training.run import freeze_others
from hdr_core.training.start import start_model


@pytest.fixture(scope="module")
def configure(a_corpus, a_curve_file):
    """Recipes of one step on plates of 48 x 72 pixels."""

    def configure(name, seeds_on):
        data = DataConfig(corpus=a_corpus, crf=a_curve_file, seed=seeds_on, workers=0)
        config = RECIPES[name](data)
        small = replace(config.data, batch=2, sizes=((48, 72),), shots_per_view=1)
        shots = config.bank_shots and 16
        return replace(config, data=small, steps=1, warmup=1, bank_shots=shots)

    return configure


@pytest.fixture(scope="module")
def a_chain(tmp_path_factory, configure):
    """Folder of all runs, the result, and the runs in order."""
    folder, reported = tmp_path_factory.mktemp("chain"), []
    with pytest.MonkeyPatch.context() as patch:
        for keep in (bank.KeepStatistics, bank.KeepEdges):
            patch.setattr(keep, "sizes", ((32, 48),))
            patch.setattr(keep, "piece", 64)
        result = train_all("compact", folder, configure, on_run=reported.append)
    return folder, result, reported


def state_of(path, module):
    return load_model(path).get_submodule(module).state_dict()


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


class TestTrainAll:
    def test_when_it_is_done_then_the_last_run_has_the_weights(self, a_chain):
        folder, result, reported = a_chain

        assert reported == [link.name for link in chain.COMPACT_CHAIN]
        assert result.weights == folder / "spread" / "model.safetensors"
        assert trained_modules(result.weights) == ["hallucinate.network.last"]

    @pytest.mark.parametrize(
        ("module", "run"),
        [
            ("dequantize", "dequantize"),
            ("linearize.statistics", "statistics"),
            ("linearize.backbone", "linearize"),
            ("linearize.evidence", "evidence"),
        ],
    )
    def test_when_a_stage_was_trained_then_later_runs_leave_it(
        self, a_chain, module, run
    ):
        folder, result, _ = a_chain

        its_own = state_of(folder / run / "model.safetensors", module)

        assert_same(state_of(result.weights, module), its_own)

    def test_when_there_are_two_finishes_then_half_of_each_is_shipped(self, a_chain):
        folder, result, _ = a_chain
        runs = (
            folder / name / "model.safetensors" for name in ("finish", "finish-again")
        )
        first, second = (state_of(run, "refine") for run in runs)

        mean = state_of(result.weights, "refine")

        assert any(not torch.equal(first[key], second[key]) for key in first)
        for key in mean:
            middle = (first[key] + second[key]) / 2
            assert torch.allclose(mean[key], middle, rtol=1e-3, atol=1e-4)

    def test_when_it_is_asked_for_again_then_nothing_is_trained(
        self, a_chain, configure
    ):
        folder, result, _ = a_chain
        content = result.weights.read_bytes()

        again = train_all(
            "compact",
            folder,
            configure,
            on_progress=lambda *_: pytest.fail("trained again"),
        )

        assert again.weights.read_bytes() == content

    def test_when_the_last_run_is_averaged_then_the_result_is_the_mean(
        self, a_chain, configure, monkeypatch
    ):
        folder, _, _ = a_chain
        monkeypatch.setitem(chain.CHAINS, "compact", chain.COMPACT_CHAIN[:-1])

        result = train_all("compact", folder, configure)

        assert result.weights == folder / "finish-again" / "mean.safetensors"


@pytest.mark.parametrize("preset", chain.CHAINS)
class TestChains:
    def test_when_a_run_starts_from_others_then_they_are_before_it(self, preset):
        done = set()
        for link in chain.CHAINS[preset]:
            assert done.issuperset(link.after)
            done.add(link.name)

    def test_when_a_recipe_trains_modules_then_the_preset_has_them(
        self, preset, a_data_config
    ):
        corpus, crf = a_data_config.corpus, a_data_config.crf
        model = start_model(preset, [], crf=crf)

        for link in chain.CHAINS[preset]:
            config = recipe(link.recipe, corpus=corpus, crf=crf, preset=preset)
            assert freeze_others(model, config)
