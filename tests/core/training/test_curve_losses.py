"""What a wrong code or a wrong curve costs: values worked out by hand."""

import math

import pytest
import torch

from hdr_core.training import losses

# A root keeps its gradient by a small number under it: 1e-4 at most remains.
ROOT_FLOOR = 2e-4


def a_plate_of(value, *, height=10, width=11):
    return torch.full((1, 3, height, width), value)


def a_curve(gamma=2.2):
    return torch.linspace(0.0, 1.0, 1024)[None] ** gamma


class TestDequantizeLoss:
    def test_when_every_value_is_two_codes_off_then_it_is_the_log_of_four(self):
        loss = losses.dequantize_loss(a_plate_of(100 / 255), a_plate_of(102 / 255))

        assert loss.item() == pytest.approx(math.log(4.001), rel=1e-4)

    def test_when_plates_err_unlike_then_halving_either_error_is_worth_the_same(self):
        clean = torch.full((2, 3, 10, 11), 0.5)
        small, large = 0.5 / 255, 16 / 255

        def loss(*errors):
            off = torch.tensor(errors).view(2, 1, 1, 1)
            return losses.dequantize_loss(clean + off, clean).item()

        both = loss(small, large)

        assert loss(small / 2, large) == pytest.approx(both - math.log(2), abs=0.01)
        assert loss(small, large / 2) == pytest.approx(both - math.log(2), abs=0.01)

    def test_when_the_result_is_the_truth_then_it_is_the_floor_and_its_slope_is_zero(
        self,
    ):
        dequantized = a_plate_of(0.5).requires_grad_()

        loss = losses.dequantize_loss(dequantized, a_plate_of(0.5))
        loss.backward()

        assert loss.item() == pytest.approx(math.log(1e-3))
        assert not dequantized.grad.any()


class TestLinearLoss:
    def test_when_every_value_is_a_tenth_off_then_it_is_a_hundredth(self):
        loss = losses.linear_loss(a_plate_of(0.5), a_plate_of(0.6))

        assert loss.item() == pytest.approx(0.01, rel=1e-4)


class TestCurveLoss:
    def test_when_one_curve_of_two_is_off_then_it_is_half_its_error(self):
        truth = torch.full((2, 1024), 0.5)
        curve = truth + torch.tensor([[0.1], [0.0]])

        assert losses.curve_loss(curve, truth).item() == pytest.approx(0.05, abs=1e-4)

    @pytest.mark.parametrize("loss", [losses.curve_loss, losses.curve_stops_loss])
    def test_when_the_curve_is_the_truth_then_there_is_no_loss_nor_nan(self, loss):
        curve = a_curve().requires_grad_()

        found = loss(curve, a_curve())
        found.backward()

        assert found.item() < ROOT_FLOOR
        assert curve.grad.isfinite().all()


class TestCurveStopsLoss:
    def test_when_half_of_the_codes_are_a_stop_off_then_it_is_half_a_stop(self):
        truth = torch.full((1, 20), 0.2)
        curve = truth.clone()
        curve[:, 10:] = 2 * (0.2 + 0.005) - 0.005

        loss = losses.curve_stops_loss(curve, truth)

        # Half a stop too bright there, half a stop too dark below, for any exposure.
        assert loss.item() == pytest.approx(0.5, rel=1e-4)

    def test_when_only_the_exposure_differs_then_there_is_no_loss(self):
        truth = torch.full((1, 20), 0.2)

        loss = losses.curve_stops_loss(2 * (truth + 0.005) - 0.005, truth)

        assert loss.item() < ROOT_FLOOR

    def test_when_a_curve_bends_another_way_then_there_is_a_loss(self):
        assert losses.curve_stops_loss(a_curve(1.8), a_curve()).item() > 0.1
