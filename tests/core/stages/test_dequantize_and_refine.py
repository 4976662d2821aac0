"""Stages 1 and 4: what they do with what their U-Net says."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from hdr_core.config import DequantizeConfig, RefineConfig, UNetConfig
from hdr_core.errors import ShapeError
from hdr_core.stages.dequantize import Dequantize, difference_from_mean
from hdr_core.stages.refine import MAX_STOPS, Refine

SMALL = UNetConfig((6, 8), (3, 3), unshuffle=2)


def a_dequantize() -> Dequantize:
    return Dequantize(DequantizeConfig(SMALL))


def a_refine(*, is_gain: bool) -> Refine:
    return Refine(RefineConfig(SMALL, is_gain=is_gain))


def a_trained(stage):
    """``stage`` with a U-Net that no longer returns 0."""
    nn.init.normal_(stage.unet.last.weight, std=0.05)
    return stage


def with_bias(stage, bias: float):
    """``stage`` with a U-Net that returns ``bias`` everywhere."""
    nn.init.constant_(stage.unet.last.bias, bias)
    return stage


def a_plate(height: int, width: int) -> tuple[torch.Tensor, ...]:
    """encoded, linear, hdr, clip mask; the mask and the light on the right half."""
    encoded = torch.rand(1, 3, height, width)
    linear = encoded**2.2
    mask = torch.zeros(1, 1, height, width)
    mask[..., width // 2 :] = 1.0
    return encoded, linear, linear + 30.0 * mask * torch.rand_like(linear), mask


def has_gradient_everywhere(network: nn.Module) -> bool:
    gradients = [weights.grad for weights in network.parameters()]
    return all(
        gradient is not None and gradient.isfinite().all() and gradient.any()
        for gradient in gradients
    )


class TestDequantize:
    def test_when_fresh_then_the_plate_is_unchanged(self):
        encoded = torch.rand(1, 3, 5, 3)

        assert torch.equal(a_dequantize()(encoded), encoded)

    def test_when_the_residual_leaves_the_range_then_it_is_clipped(self):
        encoded = torch.tensor([0.0, 0.25, 0.75]).expand(1, 3, 1, 3)

        dequantized = with_bias(a_dequantize(), 0.5)(encoded)

        residual = 0.46211716  # tanh(0.5)
        expected = torch.tensor([residual, 0.25 + residual, 1.0])
        torch.testing.assert_close(dequantized[0, 0, 0], expected)

    def test_when_changes_have_a_limit_then_no_residual_passes_it(self):
        config = replace(a_dequantize().config, most_change=8 / 255)
        encoded = torch.full((1, 3, 2, 3), 0.5)

        moved = with_bias(Dequantize(config), 100.0)(encoded) - encoded

        torch.testing.assert_close(moved, torch.full_like(moved, 8 / 255))

    def test_when_trained_then_every_weight_learns(self):
        stage = a_trained(a_dequantize())

        stage(torch.rand(1, 3, 16, 16)).square().sum().backward()

        assert has_gradient_everywhere(stage)

    def test_when_it_sees_codes_then_a_code_counts_the_same_everywhere(self):
        dark, bright = (torch.full((1, 3, 9, 9), code / 255) for code in (3, 250))
        for plate in (dark, bright):
            plate[..., 5:] += 1 / 255

        seen = difference_from_mean(dark)

        torch.testing.assert_close(
            difference_from_mean(bright), seen, rtol=0.0, atol=1e-4
        )
        assert seen[..., :3].abs().max() < 1e-4
        assert seen.abs().max() > 0.15

    @pytest.mark.parametrize("size", [(1, 1), (2, 9), (17, 21)])
    def test_steps_are_measured_from_the_mean_of_five_by_five(self, size):
        encoded = torch.rand(2, 3, *size, dtype=torch.float64)
        padded = functional.pad(encoded, (2, 2, 2, 2), mode="replicate")
        change = encoded - functional.avg_pool2d(padded, 5, stride=1)

        seen = difference_from_mean(encoded)

        torch.testing.assert_close(seen, torch.asinh(255.0 * change) / 2.0)

    def test_when_the_plate_has_alpha_then_the_error_says_so(self):
        with pytest.raises(ShapeError, match="encoded"):
            a_dequantize()(torch.rand(1, 4, 8, 8))

    def test_when_run_in_bfloat16_then_the_error_is_under_a_code(self):
        encoded = torch.rand(1, 3, 17, 21)
        stage = a_trained(a_dequantize())
        nn.init.normal_(stage.unet.last.weight, std=1e-3)

        with torch.no_grad():
            exact = stage(encoded)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                rough = stage(encoded)

        assert rough.dtype == torch.float32
        assert (rough - exact).abs().max() < 0.5 / 255.0


class TestRefine:
    @pytest.mark.parametrize("is_gain", [False, True], ids=["sum", "gain"])
    @pytest.mark.parametrize("size", [(1, 1), (3, 5), (67, 33)], ids=str)
    def test_when_fresh_then_the_light_is_unchanged(self, is_gain, size):
        encoded, linear, hdr, mask = a_plate(*size)

        refined = a_refine(is_gain=is_gain)(encoded, linear, hdr, mask)

        assert torch.equal(refined, hdr)

    def test_when_the_sum_falls_below_black_then_it_is_black(self):
        encoded, linear, _, mask = a_plate(1, 2)
        hdr = torch.tensor([0.2, 3.0]).expand(1, 3, 1, 2)

        refined = with_bias(a_refine(is_gain=False), -0.5)(encoded, linear, hdr, mask)

        torch.testing.assert_close(refined[0, 0, 0], torch.tensor([0.0, 2.5]))

    def test_when_the_gain_is_two_stops_then_the_mask_says_how_much_of_it(self):
        encoded, linear, _, _ = a_plate(1, 3)
        hdr = torch.tensor([0.5, 1.0, 100.0]).expand(1, 3, 1, 3)
        mask = torch.tensor([0.0, 0.5, 1.0]).expand(1, 1, 1, 3)
        two_stops = MAX_STOPS * math.atanh(2.0 / MAX_STOPS)

        stage = with_bias(a_refine(is_gain=True), two_stops)
        refined = stage(encoded, linear, hdr, mask)

        torch.testing.assert_close(refined[0, 0, 0], torch.tensor([0.5, 2.0, 400.0]))

    def test_when_nothing_is_clipped_then_the_gain_is_exactly_one(self):
        encoded, linear, hdr, mask = a_plate(9, 9)

        refined = a_trained(a_refine(is_gain=True))(encoded, linear, hdr, 0.0 * mask)

        assert torch.equal(refined, hdr)

    def test_when_the_network_shouts_then_the_gain_stays_within_its_stops(self):
        encoded, linear, hdr, mask = a_plate(3, 3)

        stage = with_bias(a_refine(is_gain=True), 1e6)
        refined = stage(encoded, linear, hdr, torch.ones_like(mask))

        torch.testing.assert_close(refined, hdr * 2.0**MAX_STOPS)

    def test_when_summed_then_the_network_reads_hdr_linear_encoded(self):
        plate = a_plate(4, 4)
        seen = []
        stage = a_refine(is_gain=False)
        stage.unet.register_forward_pre_hook(lambda _, x: seen.append(x[0]))

        stage(*plate)

        encoded, linear, hdr, _ = plate
        assert torch.equal(seen[0], torch.cat((hdr, linear, encoded), dim=1))

    def test_when_gained_then_the_network_reads_values_of_one_size(self):
        encoded, _, _, mask = a_plate(1, 1)
        linear = torch.full((1, 3, 1, 1), 0.5**2.2)
        hdr = torch.full((1, 3, 1, 1), 255.0)
        seen = []
        stage = a_refine(is_gain=True)
        stage.unet.register_forward_pre_hook(lambda _, x: seen.append(x[0]))

        stage(encoded, linear, hdr, mask)

        expected = torch.tensor([1.0, 1.0, 1.0, 0.5, 0.5, 0.5])
        torch.testing.assert_close(seen[0].flatten()[:6], expected)

    @pytest.mark.parametrize("is_gain", [False, True], ids=["sum", "gain"])
    def test_when_the_plate_has_black_then_every_weight_still_learns(self, is_gain):
        encoded, linear, hdr, mask = a_plate(16, 16)
        linear[..., :4] = 0.0
        linear.requires_grad_()
        stage = a_trained(a_refine(is_gain=is_gain))

        stage(encoded, linear, hdr, mask).log1p().sum().backward()

        assert has_gradient_everywhere(stage)
        assert linear.grad.isfinite().all()

    @pytest.mark.parametrize("is_gain", [False, True], ids=["sum", "gain"])
    def test_when_run_in_bfloat16_then_it_stays_near_float32(self, is_gain):
        plate = a_plate(17, 21)
        stage = a_trained(a_refine(is_gain=is_gain))

        with torch.no_grad():
            exact = stage(*plate)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                rough = stage(*plate)

        assert rough.dtype == torch.float32
        torch.testing.assert_close(rough, exact, rtol=0.03, atol=0.03)

    def test_when_the_mask_has_three_channels_then_the_error_says_so(self):
        encoded, linear, hdr, _ = a_plate(4, 4)

        with pytest.raises(ShapeError, match="clip_mask"):
            a_refine(is_gain=True)(encoded, linear, hdr, hdr)

    def test_when_the_plate_is_grey_then_the_error_names_it(self):
        encoded, linear, hdr, mask = a_plate(4, 4)

        with pytest.raises(ShapeError, match="linear"):
            a_refine(is_gain=False)(encoded, linear[:, :1], hdr, mask)
