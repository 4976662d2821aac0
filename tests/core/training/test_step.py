"""One step: what is asked of the networks, and what they learn from it."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from hdr_core.camera.response import apply_curve
from hdr_core.stages.hallucinate.gain_network import OUT_CHANNELS
from hdr_core.stages.hallucinate.light import Light
from hdr_core.training import step
from hdr_core.training.bank import KeepEdges, StatisticsBatch
from hdr_core.training.step import StepConfig, train_step

LIGHT = {"hal", "sat", "perceived", "window", "energy", "perceptual", "tv"}
CURVE = {"crf", "crf_stops"}


class Parabola(nn.Module):
    """A network with one weight w, and losses (w - 3)^2 and w."""

    def __init__(self, scale=1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(1.0))
        self.scale = scale

    def forward(self, _):
        return {
            "miss": self.scale * (self.weight - 3.0).square(),
            "size": self.weight.clone(),
        }


def parts_of(objective, model, batch):
    return step.ObjectiveNet(model, objective)(batch)


class TestTrainStep:
    @staticmethod
    def stepped(network, weights, **options):
        optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
        config = StepConfig(weights, is_bfloat16=False, **options)
        return train_step(network, None, optimizer, config)

    def test_when_a_step_is_taken_then_the_weight_moves_against_the_slope(self):
        network = Parabola()

        reported = self.stepped(network, {"miss": 2.0, "size": 1.0}, max_norm=100.0)

        # Slope: 2 * 2 * (1 - 3) + 1 = -7.
        assert network.weight.item() == pytest.approx(1.0 + 0.1 * 7.0)
        assert reported == {"miss": 4.0, "size": 1.0, "total": 9.0, "norm": 7.0}

    def test_when_the_slope_is_steep_then_it_is_cut_to_the_norm(self):
        network = Parabola()

        reported = self.stepped(network, {"miss": 2.0}, max_norm=0.5)

        assert network.weight.item() == pytest.approx(1.0 + 0.1 * 0.5, rel=1e-4)
        assert reported["norm"] == 8.0

    def test_when_a_step_follows_another_then_slopes_do_not_add_up(self):
        network = Parabola()

        reported = [self.stepped(network, {"size": 1.0}) for _ in range(2)]

        assert [losses["norm"] for losses in reported] == [1.0, 1.0]

    @pytest.mark.parametrize("scale", [math.nan, math.inf], ids=["NaN", "infinite"])
    def test_when_a_batch_breaks_the_numbers_then_the_weight_stays(self, scale):
        network = Parabola(scale)

        reported = self.stepped(network, {"miss": 1.0})

        assert network.weight.item() == 1.0
        assert not math.isfinite(reported["norm"])

    @pytest.mark.parametrize("is_bfloat16", [True, False], ids=["bfloat16", "float32"])
    def test_when_networks_run_in_a_format_then_all_trained_weights_learn(
        self, a_small_model, a_batch, is_bfloat16
    ):
        model = a_small_model.requires_grad_(requires_grad=True)
        network = step.ObjectiveNet(model, "joint")
        before = [weights.detach().clone() for weights in model.dequantize.parameters()]
        optimizer = torch.optim.SGD(model.dequantize.parameters(), lr=1e-3)
        config = StepConfig({"deq": 1.0, "hal": 1.0}, is_bfloat16=is_bfloat16)

        reported = train_step(network, a_batch, optimizer, config)

        assert all(math.isfinite(value) for value in reported.values())
        after = model.dequantize.parameters()
        assert not any(map(torch.equal, before, after))


class TestWeightedSum:
    def test_when_a_loss_has_no_weight_then_it_is_left_out(self):
        parts = {"hal": torch.tensor(2.0), "tv": torch.tensor(100.0)}

        total = step.weighted_sum(parts, {"hal": 0.5, "spread": 9.0})

        assert total.item() == 1.0


class TestObjectives:
    @pytest.mark.parametrize(
        ("objective", "names"),
        [
            ("dequantize", {"deq"}),
            ("linearize", {"lin", *CURVE}),
            ("hallucinate", {*LIGHT, "spread"}),
            ("joint", {*LIGHT, "spread", "deq", "lin", *CURVE}),
            ("refine", LIGHT),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_when_a_stage_is_asked_then_its_losses_are_numbers_that_teach_it(
        self, a_small_model, a_batch, objective, names
    ):
        model = a_small_model.requires_grad_(requires_grad=True)
        stages = {"joint": ["dequantize", "linearize", "hallucinate"]}

        parts = parts_of(objective, model, a_batch)

        assert set(parts) == names
        torch.stack(list(parts.values())).sum().backward()
        for stage in stages.get(objective, [objective]):
            for name, weights in model.get_submodule(stage).named_parameters():
                assert weights.grad is not None, name
                assert weights.grad.isfinite().all(), name
                assert weights.grad.any(), name

    @pytest.mark.parametrize("objective", ["hallucinate", "joint", "refine"])
    def test_when_nothing_clips_then_the_losses_are_finite(
        self, a_small_model, a_batch, objective
    ):
        dim = replace(a_batch, plate=a_batch.plate * 0.5, hdr=a_batch.hdr * 0.01)

        parts = parts_of(objective, a_small_model, dim)

        assert all(part.isfinite() for part in parts.values())
        assert parts["hal"].item() == parts["energy"].item() == 0.0

    def test_when_the_network_has_no_spread_then_it_is_not_asked_for_it(
        self, a_paper_like_model, a_batch
    ):
        model = a_paper_like_model.requires_grad_(requires_grad=True)

        assert set(parts_of("hallucinate", model, a_batch)) == LIGHT

    def test_when_the_light_is_the_truth_then_stage_three_has_nothing_to_lose(
        self, a_small_model, a_batch, monkeypatch
    ):
        known = replace(a_batch, guessed_crf=a_batch.inverse_crf)
        linear = apply_curve(known.plate, known.inverse_crf)
        gain = torch.log2(a_batch.hdr.clamp(min=1e-6) / linear.clamp(min=1e-6))
        truth = Light(
            gain, linear, torch.zeros_like(gain[:, :1]), torch.ones_like(gain)
        )
        monkeypatch.setattr(a_small_model, "light_of", lambda _: truth)

        parts = parts_of("hallucinate", a_small_model, known)

        # But for the exposure, which is fitted on rounded codes.
        for name in ("hal", "window", "energy", "perceptual"):
            assert parts[name].item() == pytest.approx(0.0, abs=0.02), name

    def test_when_the_exposure_of_a_result_is_off_then_it_is_no_loss_of_light(
        self, a_small_model, a_batch
    ):
        brighter = replace(a_batch, hdr=a_batch.hdr * 1.7)

        ours, theirs = (
            parts_of("refine", a_small_model, batch) for batch in (a_batch, brighter)
        )

        # What a curve gets wrong in exposure, an artist puts right with one knob.
        for name in LIGHT:
            assert ours[name].item() == pytest.approx(theirs[name].item(), rel=1e-3)

    def test_when_the_spread_is_learnt_then_the_median_is_not_moved(
        self, a_small_model, a_batch
    ):
        model = a_small_model.requires_grad_(requires_grad=True)

        parts_of("hallucinate", model, a_batch)["spread"].backward()

        slope = model.hallucinate.network.last.weight.grad
        gain, spread, sources = slope.view(OUT_CHANNELS, -1).split([3, 1, 3])
        assert not gain.any()
        assert spread.any()
        assert not sources.any()


class TestStatisticsObjective:
    def test_when_perceptrons_are_asked_then_each_answers_for_itself(
        self, a_compact_model, a_batch
    ):
        net = a_compact_model.linearize.statistics.train()
        for weights in net.parameters():
            nn.init.normal_(weights, std=0.02)
        net.requires_grad_(requires_grad=True)
        measure = a_compact_model.linearize.statistics_of
        batch = StatisticsBatch(measure(a_batch.plate), a_batch.inverse_crf)

        parts = parts_of("statistics", a_compact_model, batch)
        parts["crf"].backward()

        assert set(parts) == CURVE
        assert len(net.members) > 1
        assert all(weights.grad.any() for weights in net.members.parameters())

    def test_when_plates_come_instead_then_it_says_what_it_needs(
        self, a_compact_model, a_batch
    ):
        with pytest.raises(TypeError, match="needs statistics"):
            parts_of("statistics", a_compact_model, a_batch)


class TestEvidenceObjective:
    def test_when_edges_are_asked_then_both_networks_learn(
        self, a_compact_model, a_batch
    ):
        stage = a_compact_model.linearize
        nn.init.normal_(stage.curve_library)
        nn.init.normal_(stage.curve_components, std=0.01)
        stage.evidence.requires_grad_(requires_grad=True)
        for weights in stage.evidence.parameters():
            nn.init.normal_(weights, std=0.1)

        batch = KeepEdges(a_compact_model)(a_batch)
        parts = parts_of("evidence", a_compact_model, batch)
        parts["crf"].backward()

        assert set(parts) == CURVE
        assert all(weights.grad.any() for weights in stage.evidence.parameters())

    def test_when_plates_come_instead_then_it_says_what_it_needs(
        self, a_compact_model, a_batch
    ):
        with pytest.raises(TypeError, match="needs edges"):
            parts_of("evidence", a_compact_model, a_batch)


class TestWrongBatch:
    @pytest.mark.parametrize(
        "objective", sorted(step.OBJECTIVES.keys() - {"statistics", "evidence"})
    )
    def test_when_statistics_come_instead_of_plates_then_it_says_what_it_found(
        self, a_small_model, objective
    ):
        batch = StatisticsBatch(torch.zeros(1, 4), torch.zeros(1, 1024))

        with pytest.raises(TypeError, match="needs shots, found StatisticsBatch"):
            parts_of(objective, a_small_model, batch)
