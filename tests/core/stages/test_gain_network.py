"""What is seen of the whole plate, and how it comes back to each pixel."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from hdr_core.presets import COMPACT
from hdr_core.stages.hallucinate.gain_network import (
    LEAST_STOPS,
    MOST_STOPS,
    GainNetwork,
    reduce_plate,
    spline_weights,
)

SMALL = replace(COMPACT.hallucinate.network, area_px=16 * 24, channels=(8, 12, 16))
SIZES = [(1, 1), (1, 9), (5, 3), (16, 24), (33, 17)]


@pytest.fixture
def a_network():
    """A context network whose last layer no longer returns 0."""
    network = GainNetwork(SMALL)
    nn.init.normal_(network.last.weight, std=0.3)
    return network.requires_grad_(requires_grad=False)


def no_masks(linear):
    return torch.zeros_like(linear)


class TestSplineWeights:
    def test_when_a_pixel_lies_on_a_sample_then_it_takes_two_thirds_of_it(self):
        weights = spline_weights(5, 5, 0, 5)

        inner = torch.tensor([0.0, 1 / 6, 4 / 6, 1 / 6, 0.0])
        torch.testing.assert_close(weights[2], inner)
        # The end sample stands for the one that is missing beyond it.
        torch.testing.assert_close(weights[0], torch.tensor([5 / 6, 1 / 6, 0, 0, 0]))

    def test_when_a_pixel_lies_between_two_samples_then_four_share_it(self):
        weights = spline_weights(6, 3, 1, 1)

        # Pixel 1 of 3 has its centre between samples 2 and 3 of 6.
        expected = torch.tensor([[0.0, 1 / 48, 23 / 48, 23 / 48, 1 / 48, 0.0]])
        torch.testing.assert_close(weights, expected)

    @pytest.mark.parametrize("n_samples", [1, 2, 3, 17])
    @pytest.mark.parametrize("n_pixels", [1, 5, 64, 1001])
    def test_when_summed_then_the_weights_of_every_pixel_are_one(
        self, n_samples, n_pixels
    ):
        weights = spline_weights(n_samples, n_pixels, -7, n_pixels + 20)

        assert weights.shape == (n_pixels + 20, n_samples)
        assert (weights >= 0.0).all()
        torch.testing.assert_close(weights.sum(dim=1), torch.ones(n_pixels + 20))

    def test_when_samples_rise_evenly_then_so_do_the_pixels_between_them(self):
        samples = torch.arange(10.0)

        pixels = spline_weights(10, 40, 8, 24) @ samples

        expected = (torch.arange(8, 32) + 0.5) / 4 - 0.5
        torch.testing.assert_close(pixels, expected)

    def test_when_a_sample_stands_out_then_pixels_never_overshoot(self):
        samples = torch.tensor([0.0, 0.0, 10.0, 0.0, 0.0])

        pixels = spline_weights(5, 50, 0, 50) @ samples

        assert pixels.min() >= 0.0
        assert pixels.max() <= 10.0

    def test_when_a_part_is_asked_for_then_it_is_that_part_of_the_whole(self):
        whole = spline_weights(7, 100, 0, 100)

        assert torch.equal(spline_weights(7, 100, 30, 20), whole[30:50])

    def test_when_pixels_lie_beyond_the_plate_then_they_take_its_last_sample(self):
        weights = spline_weights(4, 16, 100, 1)

        assert weights.tolist() == [[0.0, 0.0, 0.0, 1.0]]


class TestReducePlate:
    @pytest.mark.parametrize("size", [(1, 1), (3, 5), (16, 24)])
    def test_when_the_plate_is_small_then_it_is_never_enlarged(self, size):
        linear = torch.rand(1, 3, *size)

        reduced = reduce_plate(linear, no_masks(linear), area_px=16 * 24)

        assert reduced.shape == (1, 7, *size)
        torch.testing.assert_close(reduced[:, :3], linear.clamp(min=1e-5) ** (1 / 2.2))

    @pytest.mark.parametrize(
        ("size", "reduced_size"),
        [((32, 48), (16, 24)), ((1000, 1000), (20, 20)), ((1, 4000), (1, 1239))],
    )
    def test_when_the_plate_is_large_then_it_is_reduced_in_its_own_shape(
        self, size, reduced_size
    ):
        linear = torch.rand(1, 3, *size)

        reduced = reduce_plate(linear, no_masks(linear), area_px=16 * 24)

        assert reduced.shape[-2:] == reduced_size

    def test_when_reduced_then_light_is_averaged_before_it_is_encoded(self):
        linear = torch.tensor([[0.0, 1.0], [0.5, 0.5]]).expand(1, 3, 2, 2)

        reduced = reduce_plate(linear, no_masks(linear), area_px=1)

        assert reduced[0, 0].item() == pytest.approx(0.5 ** (1 / 2.2))

    def test_when_channels_clip_apart_then_the_last_tells_how_many_pixels_do(self):
        """Red clips on the left, green on the right: half each, all together."""
        masks = torch.zeros(1, 3, 2, 2)
        masks[0, 0, :, 0] = 1.0
        masks[0, 1, :, 1] = 1.0

        reduced = reduce_plate(masks, masks, area_px=1)

        torch.testing.assert_close(
            reduced[0, 3:].flatten(), torch.tensor([0.5, 0.5, 0.0, 1.0])
        )

    def test_when_a_plate_is_enlarged_then_the_network_sees_the_same(self):
        linear, masks = torch.rand(2, 1, 3, 16, 24)
        larger = [
            x.repeat_interleave(3, 2).repeat_interleave(3, 3) for x in (linear, masks)
        ]

        seen, again = (
            reduce_plate(light, mask, area_px=16 * 24)
            for light, mask in ((linear, masks), larger)
        )

        torch.testing.assert_close(again, seen)

    def test_when_learning_then_black_has_a_finite_gradient(self):
        linear = torch.zeros(1, 3, 4, 4, requires_grad=True)

        reduce_plate(linear, no_masks(linear), area_px=4).sum().backward()

        assert linear.grad.isfinite().all()


class TestContextNet:
    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_when_fresh_then_it_says_the_same_little_light_everywhere(self, size):
        context = GainNetwork(SMALL)(torch.rand(2, 7, *size))

        assert torch.equal(context.stops, torch.full((2, 3, *size), 0.7))
        assert torch.equal(context.log2_spread, torch.full((2, 1, *size), -0.5))

    def test_when_trained_then_a_corner_hears_of_the_opposite_one(self, a_network):
        """The global mean carries it: a plate is far larger than the U-Net's reach."""
        dark, lit = torch.zeros(2, 1, 7, 128, 128)
        lit[..., :8, :8] = 1.0

        change = (a_network(lit).stops - a_network(dark).stops).abs()

        assert change[..., -1, -1].max() > 1e-4

    def test_when_the_network_shouts_then_the_light_stays_one_a_plate_can_show(
        self, a_network
    ):
        nn.init.normal_(a_network.last.weight, std=1e4)

        context = a_network(torch.rand(1, 7, 16, 24))

        assert LEAST_STOPS <= context.stops.min() < 0.0
        assert MOST_STOPS / 2 < context.stops.max() <= MOST_STOPS
        assert context.log2_spread.abs().max() <= 6.0

    def test_when_folded_pixels_differ_then_they_leave_no_grid(self, a_network):
        # One bias for each folded pixel: alone, a pattern of dots.
        nn.init.zeros_(a_network.last.weight)
        nn.init.normal_(a_network.last.bias)

        context = a_network(torch.rand(1, 7, 16, 24))

        inner = context.stops[..., 1:-1, 1:-1]
        assert (inner - inner[..., :1, :1]).abs().max() < 1e-5

    def test_when_learning_then_every_weight_is_reached(self, a_network):
        a_network.requires_grad_()
        for pair in [*a_network.encoder, *a_network.decoder]:
            nn.init.normal_(pair.second.weight, std=0.1)

        context = a_network(torch.rand(1, 7, 17, 23))
        (context.stops.sum() + context.log2_spread.sum()).backward()

        gradients = [weights.grad for weights in a_network.parameters()]
        assert all(g is not None and g.isfinite().all() and g.any() for g in gradients)

    def test_when_run_in_bfloat16_then_it_speaks_float32(self, a_network):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            context = a_network(torch.rand(1, 7, 16, 24))

        assert context.stops.dtype == context.log2_spread.dtype == torch.float32
