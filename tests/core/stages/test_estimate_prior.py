"""Estimates are drawn to likely cameras, as far as they may be wrong."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from hdr_core.camera.response import CurveBasis, build_basis
from hdr_core.config import ResNetConfig
from hdr_core.presets import COMPACT
from hdr_core.stages.linearize.estimate import Linearize, ResponseEvidence

GRID = np.linspace(0.0, 1.0, 64)


def a_stage(*gammas, prior_error=0.03):
    """A stage 2 that thinks these gammas, and no others, likely."""
    curves = GRID ** np.linspace(1.0, 3.0, 21)[:, None]
    basis = build_basis(curves, n_components=4)
    library = basis.coefficients(np.stack([GRID**gamma for gamma in gammas]))
    config = replace(
        COMPACT.linearize,
        backbone=ResNetConfig("basic", 4, 3, ((4, 1, 1),)),
        statistics=None,
        n_components=4,
        samples=64,
        n_prior_curves=len(gammas),
        prior_error=prior_error,
        # Distance in light alone: worked out by hand below.
        prior_error_stops=math.inf,
    )
    full = CurveBasis(basis.mean, basis.components, library)
    return Linearize(config, full).eval(), basis


def estimated(basis, gamma):
    coefficients = basis.coefficients((GRID**gamma)[None])
    return torch.from_numpy(coefficients).float()


class TestCoefficients:
    def test_when_a_curve_is_of_the_basis_then_its_coefficients_rebuild_it(self):
        _, basis = a_stage(2.0)

        coefficients = basis.coefficients((GRID**2.3)[None])

        rebuilt = basis.mean + coefficients @ basis.components
        assert np.abs(rebuilt[0] - GRID**2.3).max() < 1e-3


class TestLikely:
    def test_when_one_curve_alone_is_likely_then_every_estimate_becomes_it(self):
        stage, basis = a_stage(2.2)

        likely = stage.likely(ResponseEvidence(estimated(basis, 1.4)))

        torch.testing.assert_close(likely, estimated(basis, 2.2))

    def test_when_the_estimate_is_near_one_of_two_then_it_is_drawn_there(self):
        stage, basis = a_stage(1.2, 2.2)

        likely = stage.likely(ResponseEvidence(estimated(basis, 2.1)))

        torch.testing.assert_close(likely, estimated(basis, 2.2), atol=0.02, rtol=0)

    def test_when_two_are_as_near_then_the_mean_of_both_is_taken(self):
        stage, basis = a_stage(1.8, 2.2)
        middle = (estimated(basis, 1.8) + estimated(basis, 2.2)) / 2

        likely = stage.likely(ResponseEvidence(middle))

        torch.testing.assert_close(likely, middle, atol=1e-3, rtol=0)

    def test_when_two_are_as_near_then_evidence_decides(self):
        stage, basis = a_stage(1.8, 2.2)
        middle = (estimated(basis, 1.8) + estimated(basis, 2.2)) / 2
        told = torch.tensor([[0.0, 12.0]])

        likely = stage.likely(ResponseEvidence(middle, told))

        torch.testing.assert_close(likely, estimated(basis, 2.2), atol=1e-3, rtol=0)

    def test_when_some_curves_are_asked_then_the_others_are_unheard_of(self):
        stage, basis = a_stage(1.4, 2.2)

        likely = stage.likely(
            ResponseEvidence(estimated(basis, 1.4)), among=torch.tensor([1])
        )

        torch.testing.assert_close(likely, estimated(basis, 2.2))

    def test_when_estimates_may_be_far_off_then_they_are_drawn_farther(self):
        near, basis = a_stage(1.4, 1.8, 2.2, 2.6, prior_error=0.01)
        far, _ = a_stage(1.4, 1.8, 2.2, 2.6, prior_error=0.2)
        estimate = estimated(basis, 2.6)

        moved = [
            (s.likely(ResponseEvidence(estimate)) - estimate).abs().max()
            for s in (near, far)
        ]

        assert moved[0] < 0.05 < moved[1]

    def test_when_many_plates_gave_the_estimate_then_it_is_drawn_less(self):
        stage, basis = a_stage(1.4, 1.8, 2.2, 2.6, prior_error=0.2)
        surer, _ = a_stage(1.4, 1.8, 2.2, 2.6, prior_error=0.1)
        estimate = estimated(basis, 2.6)

        likely = stage.likely(ResponseEvidence(estimate), error=0.5)

        torch.testing.assert_close(likely, surer.likely(ResponseEvidence(estimate)))

    def test_when_it_is_learnt_through_then_the_gradient_is_finite(self):
        stage, basis = a_stage(1.8, 2.2)
        estimate = estimated(basis, 2.0).requires_grad_()

        stage.likely(ResponseEvidence(estimate)).sum().backward()

        assert torch.isfinite(estimate.grad).all()
        assert estimate.grad.abs().max() > 0.0

    @pytest.mark.parametrize("gamma", [1.0, 3.0])
    def test_when_the_estimate_is_like_no_camera_then_the_curve_still_rises(
        self, gamma
    ):
        stage, basis = a_stage(1.8, 2.2)

        curve = stage.curve(stage.likely(ResponseEvidence(estimated(basis, gamma))))

        assert (curve.diff(dim=1) > 0.0).all()
        assert curve[0, 0] == 0.0
        assert curve[0, -1] == 1.0
