"""Exposure is not an error: results are scaled to the truth before they are judged."""

import pytest
import torch

from hdr_core.training import losses


def a_plate_of(value):
    return torch.full((1, 3, 10, 11), value)


class TestScaleToTruth:
    def test_when_a_result_is_too_dark_then_the_median_gain_comes_out(self):
        plate = torch.full((2, 3, 10, 11), 0.5)
        truth = torch.full((2, 3, 10, 11), 0.6)
        hdr = truth / torch.tensor([3.0, 0.5]).view(2, 1, 1, 1)
        hdr[..., :4] = 100.0

        gain = losses.scale_to_truth(hdr, truth, plate)

        assert gain.shape == (2, 1, 1, 1)
        assert gain.flatten().tolist() == pytest.approx([3.0, 0.5])

    @pytest.mark.parametrize(
        "code", [pytest.param(0.99, id="clipped"), pytest.param(0.01, id="dark")]
    )
    def test_when_nothing_is_well_exposed_then_the_gain_is_one(self, code):
        gain = losses.scale_to_truth(a_plate_of(0.2), a_plate_of(0.6), a_plate_of(code))

        assert gain.item() == 1.0

    def test_when_a_result_is_black_then_the_gain_is_bounded(self):
        gain = losses.scale_to_truth(a_plate_of(0.0), a_plate_of(0.6), a_plate_of(0.5))

        assert gain.item() == 16.0

    def test_when_it_is_applied_then_no_gradient_flows_through_it(self):
        hdr = a_plate_of(0.2).requires_grad_()

        gain = losses.scale_to_truth(hdr, a_plate_of(0.6), a_plate_of(0.5))

        assert not gain.requires_grad
