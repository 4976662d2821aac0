"""The four stages in their order: what each hands to the next."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from hdr_core.camera.response import apply_curve
from hdr_core.config import (
    HdrcnnConfig,
    ResNetConfig,
    StatisticsConfig,
    UNetConfig,
)
from hdr_core.errors import ShapeError
from hdr_core.model import HdrModel, straight_basis
from hdr_core.presets import COMPACT, PAPER
from hdr_core.stages.hallucinate.light import Region, brighten, clip_mask

UNET = UNetConfig((6, 8), (3, 3), unshuffle=2)
BACKBONE = ResNetConfig("basic", 8, 3, ((8, 1, 1),))
COMPACT_LIKE = replace(
    COMPACT,
    dequantize=replace(COMPACT.dequantize, unet=UNET),
    linearize=replace(
        COMPACT.linearize,
        backbone=BACKBONE,
        statistics=StatisticsConfig(
            bins=8,
            embedding=4,
            hidden=(8,),
            dropout=0.0,
        ),
        samples=64,
        n_prior_curves=0,
        evidence=None,
    ),
    hallucinate=replace(
        COMPACT.hallucinate,
        network=replace(COMPACT.hallucinate.network, area_px=96, channels=(8, 12)),
    ),
    refine=replace(COMPACT.refine, unet=UNET),
)
PAPER_LIKE = replace(
    PAPER,
    dequantize=COMPACT_LIKE.dequantize,
    linearize=replace(PAPER.linearize, backbone=BACKBONE, samples=64),
    hallucinate=replace(
        PAPER.hallucinate,
        network=HdrcnnConfig(((4,), (4,), (4,), (4,), (8,)), (8, 4, 4, 4, 4)),
    ),
    refine=replace(PAPER.refine, unet=UNET),
)
CONFIGS = [
    pytest.param(COMPACT_LIKE, id="compact"),
    pytest.param(PAPER_LIKE, id="paper"),
]


@pytest.fixture(autouse=True)
def _a_seed():
    torch.manual_seed(7)


def a_fresh_model(config):
    """Networks as they start, and no camera but the straight line."""
    model = HdrModel(config, straight_basis(config.linearize))
    return model.eval()


def a_model(config):
    """A model whose every stage changes something."""
    model = a_fresh_model(config)
    nn.init.normal_(model.linearize.curve_components, std=0.01)
    for weight in model.parameters():
        if not weight.any():
            nn.init.normal_(weight, std=0.01)
    return model


@pytest.fixture
def a_plate():
    """(2, 3, 16, 24), a fifth of it clipped."""
    return (1.25 * torch.rand(2, 3, 16, 24)).clamp(max=1.0)


@pytest.fixture
def a_known_curve():
    return (torch.linspace(0.0, 1.0, 64) ** 2.2)[None]


class TestForward:
    @pytest.mark.parametrize("config", CONFIGS)
    def test_when_run_then_each_stage_takes_what_the_one_before_made(
        self, config, a_plate
    ):
        model = a_model(config)

        stages = model(a_plate)

        torch.testing.assert_close(stages.dequantized, model.dequantize(a_plate))
        linear = apply_curve(stages.dequantized, stages.inverse_crf)
        torch.testing.assert_close(stages.linear, linear)
        torch.testing.assert_close(stages.hallucinated, brighten(linear, stages.light))
        mask = clip_mask(linear, threshold=config.hallucinate.threshold)
        refined = model.refine(stages.dequantized, linear, stages.hallucinated, mask)
        torch.testing.assert_close(stages.refined, refined)

    @pytest.mark.parametrize("config", CONFIGS)
    def test_when_trained_then_every_stage_changes_the_plate(self, config, a_plate):
        stages = a_model(config)(a_plate)

        steps = [
            a_plate,
            stages.dequantized,
            stages.linear,
            stages.hallucinated,
            stages.refined,
        ]
        for before, after in pairwise(steps):
            assert (after - before).abs().max() > 1e-4

    @pytest.mark.parametrize("config", CONFIGS)
    @pytest.mark.parametrize("size", [(1, 1), (1, 9), (5, 3), (33, 17)], ids=str)
    def test_when_the_plate_has_any_size_then_the_result_has_it_too(self, config, size):
        with torch.no_grad():
            stages = a_model(config)(torch.rand(1, 3, *size))

        assert stages.refined.shape == (1, 3, *size)
        assert stages.refined.isfinite().all()
        assert (stages.refined >= 0.0).all()

    def test_when_fresh_then_only_clipped_light_is_touched(self, a_plate):
        """Residual stages start at nothing, so that training starts at the plate."""
        stages = a_fresh_model(COMPACT_LIKE)(a_plate)

        assert torch.equal(stages.dequantized, a_plate)
        torch.testing.assert_close(stages.linear, a_plate, atol=1e-6, rtol=0)
        assert torch.equal(stages.refined, stages.hallucinated)
        changed = stages.hallucinated != stages.linear
        assert changed.any()
        assert not changed[stages.linear <= 0.9].any()

    @pytest.mark.parametrize("config", CONFIGS)
    def test_when_the_curve_is_known_then_none_is_estimated(
        self, config, a_plate, a_known_curve
    ):
        model = a_model(config)
        model.linearize.register_forward_pre_hook(lambda *_: pytest.fail("asked"))

        stages = model(a_plate, a_known_curve)

        assert stages.inverse_crf is a_known_curve
        expected = apply_curve(stages.dequantized, a_known_curve)
        assert torch.equal(stages.linear, expected)

    @pytest.mark.parametrize("config", CONFIGS)
    def test_when_plates_come_in_a_batch_then_each_is_itself(self, config, a_plate):
        model = a_model(config)

        together, alone = model(a_plate).refined[1:], model(a_plate[1:]).refined

        torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)

    @pytest.mark.parametrize("config", CONFIGS)
    def test_when_learning_end_to_end_then_every_weight_is_reached(
        self, config, a_plate
    ):
        model = a_model(config)

        model(a_plate).refined.log1p().sum().backward()

        gradients = dict(model.named_parameters())
        silent = [k for k, w in gradients.items() if w.grad is None]
        assert silent == []
        assert all(w.grad.isfinite().all() for w in gradients.values())

    def test_when_the_plate_is_grey_then_it_is_refused(self):
        with pytest.raises(ShapeError, match="encoded"):
            a_fresh_model(COMPACT_LIKE)(torch.rand(1, 1, 8, 8))


class TestEstimateInverseCrf:
    @pytest.mark.parametrize(("curve_from", "seen"), [("plate", 0), ("dequantized", 1)])
    def test_when_a_preset_says_from_what_then_the_curve_is_estimated_from_it(
        self, a_plate, curve_from, seen
    ):
        model = a_model(replace(COMPACT_LIKE, curve_from=curve_from))
        plates = (a_plate, a_plate.square())

        curve = model.estimate_inverse_crf(*plates)

        assert torch.equal(curve, model.linearize(plates[seen]))
        assert not torch.equal(curve, model.linearize(plates[1 - seen]))


class TestLightOf:
    def test_when_asked_then_it_is_the_light_of_the_whole_plate(self, a_plate):
        model = a_model(COMPACT_LIKE)
        context = model.hallucinate.predict(a_plate)

        light = model.light_of(a_plate)

        assert light.stops.shape == a_plate.shape
        region = Region(4, 7, 16, 24)
        tile = model.hallucinate(a_plate[..., 4:9, 7:11], context, region)
        torch.testing.assert_close(light.stops[..., 4:9, 7:11], tile.stops)


class TestStraightBasis:
    def test_when_weights_are_yet_to_come_then_every_curve_is_the_straight_line(self):
        config = replace(
            COMPACT.linearize,
            samples=5,
            n_components=3,
            n_prior_curves=2,
            statistics=None,
        )

        basis = straight_basis(config)

        assert basis.mean.tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
        assert basis.components.shape == (3, 5)
        assert not basis.components.any()
        assert basis.library.shape == (2, 3)
