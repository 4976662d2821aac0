"""Stage 2: what it sees of a plate, and that what it says is a camera."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from hdr_core.camera.response import CurveBasis, build_basis
from hdr_core.config import ResNetConfig, StatisticsConfig
from hdr_core.errors import ShapeError
from hdr_core.presets import COMPACT, PAPER, RELEASED
from hdr_core.stages.linearize.estimate import Linearize
from hdr_core.stages.linearize.features import (
    histogram_centres,
    sobel,
    soft_histogram,
)

BACKBONE = ResNetConfig("basic", 8, 3, ((8, 1, 1), (8, 1, 2)))
SMALL = {"backbone": BACKBONE, "n_components": 3, "samples": 64}
COMPACT_LIKE = replace(
    COMPACT.linearize,
    **SMALL,
    statistics=StatisticsConfig(
        bins=8,
        embedding=8,
        hidden=(16,),
        dropout=0.0,
        members=2,
    ),
    fixed_area_px=24 * 36,
    backbone_area_px=12 * 18,
    n_prior_curves=0,
    evidence=None,
)
PAPER_LIKE = replace(PAPER.linearize, **SMALL)
CONFIGS = [
    pytest.param(COMPACT_LIKE, id="compact"),
    pytest.param(PAPER_LIKE, id="paper"),
]
SIZES = [(1, 1), (1, 7), (3, 5), (33, 17), (64, 96)]


def a_basis():
    places = np.linspace(0.0, 1.0, 64)
    gammas = places ** np.linspace(1.2, 3.0, 20)[:, None]
    return build_basis(gammas, n_components=3)


def a_stage(config):
    """A stage 2 whose networks, by chance, have much to say."""
    stage = Linearize(config, a_basis())
    nn.init.normal_(stage.head.weight, std=0.5)
    return stage.eval().requires_grad_(requires_grad=False)


class TestSobel:
    def test_when_the_plate_is_a_ramp_then_only_the_change_along_it_is_seen(self):
        ramp = (0.1 * torch.arange(5.0)).expand(1, 3, 4, 5)

        response = sobel(ramp)

        # Weights 1 2 1 of a difference over two pixels; reflected, a border has none.
        across = torch.tensor([0.0, 0.8, 0.8, 0.8, 0.0]).expand(4, 5)
        for channel in range(3):
            torch.testing.assert_close(response[0, 2 * channel], torch.zeros(4, 5))
            torch.testing.assert_close(response[0, 2 * channel + 1], across)

    def test_when_a_channel_has_a_dot_then_the_others_see_nothing(self):
        plate = torch.zeros(1, 3, 5, 5)
        plate[0, 1, 2, 2] = 1.0

        response = sobel(plate)

        assert not response[0, [0, 1, 4, 5]].any()
        expected = torch.tensor([[1.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -1.0]])
        assert torch.equal(response[0, 2, 1:4, 1:4], expected)

    @pytest.mark.parametrize("size", [(1, 1), (1, 6), (2, 2)])
    def test_when_the_plate_is_tiny_then_a_constant_one_has_no_change(self, size):
        assert not sobel(torch.full((1, 3, *size), 0.75)).any()


class TestSoftHistogram:
    def test_when_centres_are_asked_for_then_they_are_those_of_code_and_paper(self):
        assert histogram_centres(4, "edges") == [0.0, 0.25, 0.5, 0.75, 1.0]
        assert histogram_centres(4, "middles") == [0.125, 0.375, 0.625, 0.875]

    @pytest.mark.parametrize(
        ("centres", "expected"),
        [
            pytest.param("edges", [0.0, 0.8, 0.2, 0.0, 0.0], id="edges"),
            pytest.param("middles", [0.3, 0.7, 0.0, 0.0], id="middles"),
        ],
    )
    def test_when_a_value_lies_between_two_bins_then_it_belongs_to_both(
        self, centres, expected
    ):
        value = torch.full((1, 3, 1, 1), 0.3)

        weights = soft_histogram(value, bins=4, centres=centres)

        torch.testing.assert_close(weights[0, ::3, 0, 0], torch.tensor(expected))

    @pytest.mark.parametrize("bins", [4, 8, 16])
    def test_when_bins_lie_at_the_edges_then_weights_of_any_value_sum_to_one(
        self, bins
    ):
        values = torch.linspace(0.0, 1.0, 999).expand(1, 3, 1, -1)

        weights = soft_histogram(values, bins=bins, centres="edges")

        total = weights.view(bins + 1, 3, 999).sum(dim=0)
        torch.testing.assert_close(total, torch.ones(3, 999))

    def test_when_bins_lie_in_the_middles_then_black_and_white_belong_by_half(self):
        """As printed: between the outer middles weights sum to 1, beyond to less."""
        values = torch.tensor([0.0, 0.05, 0.125, 0.5, 0.875, 1.0]).expand(1, 3, 1, -1)

        weights = soft_histogram(values, bins=4, centres="middles")

        total = weights.view(4, 3, 6).sum(dim=0)[0]
        torch.testing.assert_close(total, torch.tensor([0.5, 0.7, 1.0, 1.0, 1.0, 0.5]))

    def test_when_channels_differ_then_each_bin_holds_them_in_order(self):
        plate = torch.tensor([0.0, 0.5, 1.0]).view(1, 3, 1, 1)

        weights = soft_histogram(plate, bins=2, centres="edges")

        assert weights.flatten().tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 1]

    def test_when_learning_then_the_slope_of_a_bin_is_its_number(self):
        value = torch.full((1, 3, 1, 1), 0.3, requires_grad=True)

        soft_histogram(value, bins=4, centres="edges")[:, 3:6].sum().backward()

        assert value.grad.flatten().tolist() == [-4.0, -4.0, -4.0]


class TestLinearize:
    @pytest.mark.parametrize(
        ("config", "n_channels"),
        [
            pytest.param(RELEASED.linearize, 102, id="released"),
            pytest.param(PAPER.linearize, 93, id="paper"),
        ],
    )
    def test_when_it_sees_a_plate_then_in_as_many_channels_as_told(
        self, config, n_channels
    ):
        """RGB, 6 of Sobel, and three for each of 5 + 9 + 17 or 4 + 8 + 16 bins."""
        stage = Linearize(replace(config, **SMALL), a_basis())
        plate = torch.rand(1, 3, 5, 7)

        features = stage.features(plate)

        assert features.shape == (1, n_channels, 5, 7)
        assert torch.equal(features[:, :3], plate)
        assert torch.equal(features[:, 3:9], sobel(plate))

    @pytest.mark.parametrize("config", CONFIGS)
    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_when_the_plate_has_any_size_then_the_curve_is_a_camera(self, config, size):
        curve = a_stage(config)(torch.rand(2, 3, *size))

        assert curve.shape == (2, 64)
        assert (curve[:, 0] == 0.0).all()
        assert (curve[:, -1] == 1.0).all()
        assert (curve.diff(dim=1) > 0.0).all()

    @pytest.mark.parametrize("config", CONFIGS)
    @pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
    def test_when_the_plate_is_constant_then_there_is_still_a_curve(
        self, config, level
    ):
        curve = a_stage(config)(torch.full((1, 3, 20, 30), level))

        assert (curve.diff(dim=1) > 0.0).all()

    @pytest.mark.parametrize("config", CONFIGS)
    def test_when_plates_come_in_a_batch_then_each_has_its_own_curve(self, config):
        stage, plates = a_stage(config), torch.rand(2, 3, 16, 24)
        plates[1] **= 3.0

        curves = stage(plates)

        assert (curves[0] - curves[1]).abs().max() > 1e-4
        torch.testing.assert_close(curves[1:], stage(plates[1:]), atol=1e-5, rtol=0)

    def test_when_a_plate_is_enlarged_then_the_curve_stays(self):
        stage, plate = a_stage(COMPACT_LIKE), torch.rand(1, 3, 24, 36)
        larger = plate.repeat_interleave(4, 2).repeat_interleave(4, 3)

        torch.testing.assert_close(stage(larger), stage(plate), atol=1e-4, rtol=0)

    def test_when_fresh_then_compact_hears_its_statistics_alone(self):
        stage = Linearize(COMPACT_LIKE, a_basis()).eval()
        plate = torch.rand(1, 3, 16, 24)
        curve = stage(plate)

        nn.init.normal_(stage.backbone.stem[0].weight)

        assert torch.equal(stage(plate), curve)

    def test_when_coefficients_are_known_then_the_curve_is_mean_and_components(self):
        places = np.linspace(0.0, 1.0, 64)
        basis = CurveBasis(mean=places, components=places[None] * (1 - places[None]))
        stage = Linearize(replace(PAPER_LIKE, n_components=1), basis)

        curves = stage.curve(torch.tensor([[0.0], [-0.5], [-1.0]]))

        # x + c x (1 - x): for c = -1 it is the square.
        line = torch.from_numpy(places).float()
        expected = torch.stack([line, 0.5 * line + 0.5 * line**2, line**2])
        torch.testing.assert_close(curves, expected, atol=1e-4, rtol=0)

    @pytest.mark.parametrize("rule", ["shift", "clamp"])
    def test_when_networks_run_in_bfloat16_then_the_curve_does_not(self, rule):
        stage = a_stage(replace(COMPACT_LIKE, monotone=rule))
        coefficients = torch.randn(8, 3)

        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = stage.curve(coefficients)

        assert torch.equal(rough, stage.curve(coefficients))

    @pytest.mark.parametrize("config", CONFIGS)
    def test_when_learning_then_every_weight_is_reached(self, config):
        stage = a_stage(config).requires_grad_()

        stage(torch.rand(2, 3, 32, 48)).square().sum().backward()

        gradients = [weights.grad for weights in stage.parameters()]
        assert all(g is not None and g.isfinite().all() for g in gradients)
        assert stage.backbone.stem[0].weight.grad.any()

    def test_when_the_plate_holds_nan_then_it_is_refused(self):
        plate = torch.rand(1, 3, 8, 8)
        plate[0, 1, 3, 3] = float("nan")

        with pytest.raises(ShapeError, match="NaN"):
            a_stage(COMPACT_LIKE)(plate)

    def test_when_the_plate_has_alpha_then_the_error_says_what_is_needed(self):
        with pytest.raises(ShapeError, match=r"encoded: needs \(B, 3, H, W\)"):
            a_stage(PAPER_LIKE)(torch.rand(1, 4, 8, 8))
