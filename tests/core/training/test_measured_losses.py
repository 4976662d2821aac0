"""Losses that ask for what an evaluation measures: worked out by hand."""

import math

import pytest
import torch

from hdr_core.training import losses

# log_light of these is 0 and 2 stops.
ONE, FOUR = (2.0**stops - losses.FLOOR for stops in (0, 2))


def a_plate_of(value):
    return torch.full((1, 3, 10, 11), value)


def a_mask():
    return torch.ones(1, 3, 10, 11)


class TestClippedLoss:
    def test_when_half_of_the_clipped_pixels_are_two_stops_short_then_it_is_the_root(
        self,
    ):
        hdr, truth = a_plate_of(ONE), a_plate_of(ONE)
        truth[..., :5, :] = FOUR

        loss = losses.clipped_loss(hdr, truth, a_mask())

        # 165 errors of 2 stops, 165 of 0; one more in the divisor; 0.01 for the slope.
        assert loss.item() == pytest.approx(math.sqrt(165 * 4 / 331 + 1e-4) - 0.01)

    def test_when_light_is_not_clipped_then_it_is_not_asked(self):
        nowhere = torch.zeros(1, 3, 10, 11)

        loss = losses.clipped_loss(a_plate_of(ONE), a_plate_of(FOUR), nowhere)

        assert loss.item() == 0.0

    def test_when_two_plates_err_then_each_counts_as_much_whatever_it_clips(self):
        hdr = a_plate_of(ONE).repeat(2, 1, 1, 1)
        truth, clipped = hdr.clone(), torch.zeros_like(hdr)
        truth[0, :, :9], clipped[0, :, :9] = FOUR, 1.0
        truth[1, :, :1], clipped[1, :, :1] = FOUR, 1.0

        loss = losses.clipped_loss(hdr, truth, clipped)

        assert loss.item() == pytest.approx(1.95, abs=0.05)


class TestLookLoss:
    def test_when_a_third_of_the_pixels_err_then_it_falls_by_as_many_decibels(self):
        truth = torch.full((1, 3, 8, 8), 0.5)
        half = truth.clone()
        half[..., :2] *= 2.0
        whole = half.clone()
        whole[..., 2:4] *= 2.0
        whole[..., 4:] = half[..., :4]

        decibels = [
            float(losses.perceived_loss(hdr, truth)) * 10 / math.log(10)
            for hdr in (whole, half)
        ]

        # Three times as many pixels err.
        assert decibels[0] - decibels[1] == pytest.approx(10 * math.log10(3), abs=0.01)

    def test_when_light_is_beyond_what_a_display_shows_then_it_is_not_asked(self):
        sun, brighter = a_plate_of(100.0), a_plate_of(1000.0)

        assert losses.perceived_loss(sun, brighter).item() == 0.0

    def test_when_an_error_is_invisible_then_it_hardly_counts(self):
        truth = a_plate_of(0.5)

        assert losses.perceived_loss(truth * 1.001, truth).item() < 0.5
