"""The paper's recipes: their losses on a batch worked out by hand, and short runs."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from hdr_core.errors import OptionError, TrainingError
from hdr_core.model import HdrModel, straight_basis
from hdr_core.training.data import Shots
from hdr_core.training.loop import train
from hdr_core.training.paper_recipes import RELEASED_REFINE, WEIGHTS
from hdr_core.training.recipes import recipe
from hdr_core.training.step import ObjectiveNet, weighted_sum
from hdr_core.training.vgg_features import DEVIATION

HEIGHT, WIDTH = 16, 32


def tone(light):
    return math.log(1.0 + 10.0 * light) / math.log(11.0)


def halves(left, right):
    """A plate (1, 3, 16, 32) of two greys."""
    plate = torch.full((1, 3, HEIGHT, WIDTH), float(left))
    plate[..., WIDTH // 2 :] = right
    return plate


@pytest.fixture
def a_known_model(a_paper_like_model):
    """D = I, g is the straight line, C is 1 everywhere, and R = H."""
    config = a_paper_like_model.config
    model = HdrModel(config, straight_basis(config.linearize)).eval()
    fuse = model.hallucinate.network.fuse_rgb.conv
    nn.init.zeros_(fuse.weight)
    nn.init.ones_(fuse.bias)
    return model


@pytest.fixture
def a_known_batch():
    line = torch.linspace(0.0, 1.0, 1024)[None]
    return Shots(
        plate=halves(0.5, 1.0),
        clean=halves(0.6, 1.0),
        hdr=halves(0.4, 3.0),
        inverse_crf=line + 0.2,
        guessed_crf=line,
    )


def light_losses(left, right):
    """Losses of a result of two greys, against 0.4 and 3."""
    error = (abs(tone(left) - tone(0.4)) + abs(tone(right) - tone(3.0))) / 2
    # Each of three layers passes on the sum of the normalized channels.
    perceptual = 3 * sum(1 / s for s in DEVIATION) * error
    return {
        "hal": error,
        "perceptual": perceptual,
        "tv": (tone(right) - tone(left)) / WIDTH,
    }


def normalized(left, right):
    ours, true = (2 * sum(pair) / 2 for pair in ((left, right), (0.4, 3.0)))
    errors = (
        tone(left / ours) - tone(0.4 / true),
        tone(right / ours) - tone(3.0 / true),
    )
    return sum(map(abs, errors)) / 2


# The true light clips to 0.4 and 1. The plate is read as 0.5 and 1, of which the second
# is clipped, and gets 1 more.
EXPECTED = {
    "paper-dequantize": {"deq": 0.1**2 / 2},
    "paper-linearize": {"lin": 0.2**2 / 2, "crf": 0.2**2},
    "paper-hallucinate": light_losses(0.4, 2.0),
    "paper-joint": {
        "deq": 0.1**2 / 2,
        "lin": 0.1**2 / 2,
        "crf": 0.2**2,
        **light_losses(0.5, 2.0),
    },
    "paper-refine": {**light_losses(0.5, 2.0), "normalized": normalized(0.5, 2.0)},
}


class TestLosses:
    @pytest.mark.parametrize("name", WEIGHTS)
    def test_when_a_batch_is_known_then_each_loss_is_the_number_worked_out_by_hand(
        self, name, a_known_model, a_known_batch, a_feature_file
    ):
        network = ObjectiveNet(a_known_model, name, features=a_feature_file)

        parts = network(a_known_batch)

        found = {key: part.item() for key, part in parts.items()}
        assert found == pytest.approx(EXPECTED[name], rel=1e-4)
        total = weighted_sum(parts, WEIGHTS[name]).item()
        expected = sum(w * EXPECTED[name][key] for key, w in WEIGHTS[name].items())
        assert total == pytest.approx(expected, rel=1e-4)

    @pytest.mark.parametrize("name", list(WEIGHTS)[:-1])
    def test_when_a_plate_is_white_then_it_has_no_part_in_the_loss(
        self, name, a_known_model, a_known_batch, a_feature_file
    ):
        network = ObjectiveNet(a_known_model, name, features=a_feature_file)
        white = replace(a_known_batch, plate=halves(1.0, 1.0), hdr=halves(9.0, 9.0))
        fields = ("plate", "clean", "hdr", "inverse_crf", "guessed_crf")
        both = Shots(
            *(
                torch.cat([getattr(one, field) for one in (a_known_batch, white)])
                for field in fields
            )
        )

        alone, together = network(a_known_batch), network(both)

        for key, part in together.items():
            assert part.item() == pytest.approx(alone[key].item() / 2, rel=1e-5)


class TestRecipe:
    def test_when_the_lambdas_are_asked_for_then_they_are_the_papers(
        self, a_data_config
    ):
        corpus, crf = a_data_config.corpus, a_data_config.crf

        joint = recipe("paper-joint", corpus=corpus, crf=crf, preset="paper")
        refine, released = (
            recipe("paper-refine", corpus=corpus, crf=crf, preset=preset)
            for preset in ("paper", "released")
        )

        assert joint.step.weights == {
            "deq": 1.0,
            "lin": 10.0,
            "crf": 1.0,
            "hal": 1.0,
            "perceptual": 0.001,
            "tv": 0.1,
        }
        assert refine.step.weights == {"perceptual": 0.001, "tv": 0.1}
        assert released.step.weights == RELEASED_REFINE
        assert (joint.learning_rate, joint.steps) == (1e-5, 100_000)
        assert (joint.data.batch, joint.data.sizes) == (8, ((256, 256),))
        assert joint.trains == ("dequantize", "linearize", "hallucinate")

    @pytest.mark.parametrize("name", WEIGHTS)
    def test_when_the_preset_is_compact_then_it_is_refused(self, name, a_data_config):
        with pytest.raises(OptionError, match="is not for preset 'compact'"):
            recipe(name, corpus=a_data_config.corpus, crf=a_data_config.crf)

    @pytest.mark.parametrize("name", list(WEIGHTS)[2:])
    def test_when_features_are_missing_then_the_error_says_how_to_name_them(
        self, name, a_known_model
    ):
        with pytest.raises(TrainingError, match=f"{name}: .* --features"):
            ObjectiveNet(a_known_model, name)

    @pytest.mark.parametrize("name", WEIGHTS)
    def test_when_a_recipe_runs_then_what_it_trains_changes_and_nothing_else(
        self, name, a_paper_like_model, a_data_config, a_feature_file, tmp_path
    ):
        corpus, crf = a_data_config.corpus, a_data_config.crf
        found = recipe(
            name, corpus=corpus, crf=crf, preset="paper", features=a_feature_file
        )
        data = replace(a_data_config, sizes=((32, 48),))
        before = {k: v.clone() for k, v in a_paper_like_model.state_dict().items()}

        train(a_paper_like_model, replace(found, data=data, steps=2), tmp_path / "run")

        changed = {
            key.split(".")[0]
            for key, value in a_paper_like_model.state_dict().items()
            if not torch.equal(value, before[key])
        }
        assert changed == {module.split(".")[0] for module in found.trains}
