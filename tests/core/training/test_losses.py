"""What a mistake costs: values worked out by hand, truth costs nothing."""

import math

import pytest
import torch

from hdr_core.training import losses

# log_light of these is 0, 1 and 2 stops.
ZERO, ONE, TWO = (2.0**stops - losses.FLOOR for stops in (0, 1, 2))
# A root keeps its gradient by a small number under it: 1e-4 at most remains.
ROOT_FLOOR = 2e-4


def a_plate_of(value, *, height=10, width=11):
    return torch.full((1, 3, height, width), value)


def a_mask(*, height=10, width=11):
    return torch.ones(1, 3, height, width)


def a_picture(seed=0, *, batch=2):
    """Scene-linear light over twenty stops, with some black in it."""
    generator = torch.Generator().manual_seed(seed)
    light = torch.exp2(torch.rand(batch, 3, 16, 24, generator=generator) * 20 - 8)
    light[..., :4] = 0.0
    return light


def a_curve(gamma=2.2):
    return torch.linspace(0.0, 1.0, 1024)[None] ** gamma


def against_truth(hdr, truth):
    """Return every loss that compares light with light, by name."""
    clipped = (truth >= 1.0).float()
    return {
        "linear": losses.linear_loss(hdr, truth),
        "light": losses.light_loss(hdr, truth, clipped),
        "window": losses.window_energy_loss(hdr, truth, clipped),
        "sat": losses.clipped_loss(hdr, truth, clipped),
        "perceived": losses.perceived_loss(hdr, truth),
        "energy": losses.plate_energy_error(hdr, truth, clipped).abs().sum(),
        "perceptual": losses.perceptual_loss(hdr, truth),
    }


LIGHT_LOSSES = tuple(against_truth(a_picture(), a_picture()))


class TestEveryLightLoss:
    @pytest.mark.parametrize("name", LIGHT_LOSSES)
    def test_when_the_result_is_the_truth_then_the_loss_is_zero(self, name):
        truth = a_picture()

        assert against_truth(truth.clone(), truth)[name].item() == 0.0

    @pytest.mark.parametrize("name", LIGHT_LOSSES)
    def test_when_the_result_is_another_then_the_loss_is_above_zero(self, name):
        loss = against_truth(a_picture(seed=1), a_picture(seed=0))[name]

        assert loss.item() > 0.01

    @pytest.mark.parametrize("name", LIGHT_LOSSES)
    @pytest.mark.parametrize(
        "hdr",
        [
            pytest.param(a_picture(seed=1), id="light over twenty stops"),
            pytest.param(torch.zeros(2, 3, 16, 24), id="black"),
            pytest.param(a_picture(seed=0), id="the truth"),
            pytest.param(torch.full((2, 3, 16, 24), 65504.0), id="the largest half"),
        ],
    )
    def test_when_the_light_is_extreme_then_the_gradient_is_finite(self, name, hdr):
        hdr = hdr.clone().requires_grad_()

        against_truth(hdr, a_picture())[name].backward()

        assert hdr.grad.isfinite().all()


class TestLogLight:
    @pytest.mark.parametrize(
        ("light", "stops"),
        [
            pytest.param(0.0, -6.0, id="black is the floor"),
            pytest.param(-1.0, -6.0, id="negative light is black"),
            pytest.param(ZERO, 0.0, id="one with the floor"),
            pytest.param(TWO, 2.0, id="two stops over it"),
        ],
    )
    def test_when_light_is_given_then_stops_come_out(self, light, stops):
        assert losses.log_light(torch.tensor(light)).item() == pytest.approx(stops)


class TestMaskedMean:
    def test_when_pixels_are_masked_then_only_they_count(self):
        values = torch.tensor([2.0] * 99 + [1000.0])
        mask = torch.tensor([1.0] * 99 + [0.0])

        # One more in the divisor: a single masked pixel does not rule a batch.
        assert losses.masked_mean(values, mask).item() == pytest.approx(2.0 * 99 / 100)

    def test_when_nothing_is_masked_then_it_is_zero(self):
        nothing = torch.zeros(5)

        assert losses.masked_mean(torch.ones(5), nothing).item() == 0.0


class TestLightLoss:
    def test_when_clipped_light_is_two_stops_short_then_it_is_two(self):
        loss = losses.light_loss(a_plate_of(ZERO), a_plate_of(TWO), a_mask())

        assert loss.item() == pytest.approx(2.0 * 330 / 331)

    def test_when_light_is_not_clipped_then_it_is_not_asked(self):
        nowhere = torch.zeros(1, 3, 10, 11)

        loss = losses.light_loss(a_plate_of(ZERO), a_plate_of(TWO), nowhere)

        assert loss.item() == 0.0


class TestWindowEnergyLoss:
    def test_when_every_window_is_two_stops_short_then_it_is_two(self):
        dim, bright = 1 - losses.WINDOW_FLOOR, 4 - losses.WINDOW_FLOOR
        sides = {"height": 32, "width": 32}

        loss = losses.window_energy_loss(
            a_plate_of(dim, **sides), a_plate_of(bright, **sides), a_mask(**sides)
        )

        # In each channel 16 windows of 8 and one of 32; one more in each divisor.
        assert loss.item() == pytest.approx((2 * 48 / 49 + 2 * 3 / 4) / 2, rel=1e-4)

    def test_when_a_lamp_moves_within_its_window_then_only_pixels_mind(self):
        clipped = torch.zeros(1, 3, 32, 32)
        clipped[..., :8, :8] = 1.0
        truth = a_plate_of(1.0, height=32, width=32)
        moved = truth.clone()
        truth[..., 2, 2] = 1000.0
        moved[..., 5, 5] = 1000.0

        window = losses.window_energy_loss(moved, truth, clipped)

        assert window.item() == pytest.approx(0.0, abs=1e-5)
        assert losses.light_loss(moved, truth, clipped).item() > 0.2

    def test_when_windows_do_not_divide_the_plate_then_all_of_it_counts(self):
        truth, clipped = a_plate_of(1.0), a_mask()
        dark_corner = truth.clone()
        dark_corner[..., -1, -1] = 0.0

        assert losses.window_energy_loss(dark_corner, truth, clipped).item() > 0.0


class TestPlateEnergyError:
    def test_when_half_of_the_light_is_missing_then_it_is_a_stop(self):
        clipped = torch.zeros(1, 3, 10, 11)
        clipped[..., :3, :10] = 1.0

        error = losses.plate_energy_error(a_plate_of(1.0), a_plate_of(61 / 30), clipped)

        assert error.tolist() == [pytest.approx([math.log2(31 / 62)] * 3, rel=1e-4)]

    def test_when_few_pixels_clip_then_there_is_no_error(self):
        clipped = torch.zeros(1, 3, 10, 11)
        clipped[..., :2, :10] = 1.0

        error = losses.plate_energy_error(a_plate_of(1.0), a_plate_of(9.0), clipped)

        assert error.tolist() == [[0.0, 0.0, 0.0]]

    def test_when_a_lamp_is_of_another_color_then_both_its_channels_are_off(self):
        truth, hdr = a_plate_of(1.0), a_plate_of(1.0)
        truth[:, 0], hdr[:, 2] = 9.0, 9.0

        error = losses.plate_energy_error(hdr, truth, a_mask())

        red, green, blue = error[0].tolist()
        assert red < -3.0
        assert green == 0.0
        assert blue == -red

    def test_when_two_results_err_alike_by_pixels_then_it_tells_which_lost_the_light(
        self,
    ):
        truth = a_plate_of(1.0)
        truth[..., 0, 0] = 5000.0
        without_lamp, without_wall = truth.clone(), truth.clone()
        without_lamp[..., 0, 0] = (5000.0 + losses.FLOOR) / 4 - losses.FLOOR
        without_wall[..., 5, 5] = (1.0 + losses.FLOOR) / 4 - losses.FLOOR
        results = (without_lamp, without_wall)

        pixels = [losses.light_loss(hdr, truth, a_mask()) for hdr in results]
        energy = [losses.plate_energy_error(hdr, truth, a_mask()) for hdr in results]

        assert pixels[0].item() == pytest.approx(pixels[1].item(), rel=1e-4)
        assert float(energy[0].max()) < -1.8
        assert float(energy[1].abs().max()) < 1e-3


class TestToneMapped:
    def test_when_light_is_at_clip_then_it_is_one(self):
        tone = losses.tone_mapped(torch.tensor([-1.0, 0.0, 1.0, 12.0]))

        assert tone.tolist() == pytest.approx([0.0, 0.0, 1.0, 2.0], abs=1e-6)


class TestPerceptualLoss:
    def test_when_features_are_given_then_they_are_compared(self):
        def picture_and_mean(tone):
            return [tone, 3.0 * tone.mean(dim=(2, 3))]

        loss = losses.perceptual_loss(
            a_plate_of(1.0), a_plate_of(0.0), picture_and_mean
        )

        assert loss.item() == pytest.approx(1.0 + 3.0)

    def test_when_features_are_a_network_then_the_light_gets_its_gradient(self):
        torch.manual_seed(0)
        network = torch.nn.Conv2d(3, 2, 3)
        hdr = a_picture(seed=1).requires_grad_()

        losses.perceptual_loss(
            hdr, a_picture(), lambda tone: [network(tone)]
        ).backward()

        assert hdr.grad.isfinite().all()
        assert hdr.grad.any()

    def test_when_a_plate_is_flat_then_it_has_no_contrast_at_any_scale(self):
        features = losses.contrast_features(a_plate_of(0.3, height=33, width=17))

        assert len(features) == 4
        assert all(feature.abs().max() < 1e-6 for feature in features)

    def test_when_a_plate_is_one_pixel_then_there_is_nothing_to_compare(self):
        assert losses.contrast_features(a_plate_of(0.3, height=1, width=1)) == []


class TestVariationLoss:
    def test_when_neighbours_differ_by_a_stop_then_it_is_one(self):
        hdr = a_plate_of(ZERO, height=4, width=2)
        hdr[..., 1] = ONE

        loss = losses.variation_loss(hdr, a_mask(height=4, width=2))

        assert loss.item() == pytest.approx(12 / 13)

    def test_when_a_plate_is_flat_then_it_is_zero(self):
        assert losses.variation_loss(a_plate_of(7.0), a_mask()).item() == 0.0

    def test_when_a_plate_is_black_then_the_gradient_is_finite(self):
        black = a_plate_of(0.0).requires_grad_()

        losses.variation_loss(black, a_mask()).backward()

        assert black.grad.isfinite().all()


class TestSpreadLoss:
    def test_when_the_spread_is_half_a_stop_then_a_stop_off_costs_two(self):
        error, spread = a_plate_of(1.0), torch.full((1, 1, 10, 11), 0.5)

        loss = losses.spread_loss(error, spread, a_mask())

        assert loss.item() == pytest.approx((1 / 0.5 + math.log(1.0)) * 330 / 331)

    @pytest.mark.parametrize(
        ("spread", "sign"),
        [
            pytest.param(0.5, -1.0, id="too sure: widen"),
            pytest.param(1.0, 0.0, id="the mean error: stay"),
            pytest.param(2.0, 1.0, id="too unsure: narrow"),
        ],
    )
    def test_when_the_spread_is_the_mean_error_then_it_is_the_best(self, spread, sign):
        width = torch.full((1, 1, 10, 11), spread, requires_grad=True)

        losses.spread_loss(a_plate_of(1.0), width, a_mask()).backward()

        slope = width.grad.sum().item()
        assert (
            slope == pytest.approx(0.0, abs=1e-5) if sign == 0.0 else slope * sign > 0
        )
