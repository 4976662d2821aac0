"""What a plate's values and their changes say, and the networks that read it."""

import math
from dataclasses import replace

import pytest
import torch

from hdr_core.config import StatisticsConfig
from hdr_core.errors import ShapeError
from hdr_core.stages.linearize.estimate import StatisticsRegressors
from hdr_core.stages.linearize.statistics import count_statistics, value_statistics

# Where each statistic of a channel lies, in bins from the channel's first.
SHARE, CHANGE, FLOOR, CHANGE_2, CHANGE_4, BEND, BEND_SIGN = range(7)

SMALL = StatisticsConfig(bins=4, embedding=8, hidden=(8,), dropout=0.0)
N_INPUTS = 4 * 25


def statistic(plate, which, *, bins, channel=0):
    """One statistic of one channel of the first plate, (bins,)."""
    all_of_them = value_statistics(plate, bins=bins)[0]
    return all_of_them[(7 * channel + which) * bins :][:bins]


def grey_plate(rows):
    """(1, 3, H, W) of 8-bit codes."""
    return torch.tensor(rows, dtype=torch.float32).div(255).expand(1, 3, -1, -1)


@pytest.fixture
def a_plate():
    """Smooth and noisy, colorful, each channel another: (1, 3, 40, 56)."""
    generator = torch.Generator().manual_seed(0)
    y, x = torch.meshgrid(torch.arange(40) / 40, torch.arange(56) / 56, indexing="ij")
    smooth = torch.stack([x, y, (x + y) / 2])[None]
    noise = torch.randn(smooth.shape, generator=generator)
    return (smooth + 0.02 * noise).clamp(0.0, 1.0)


class TestByHand:
    def test_when_counted_then_every_bin_has_seven_a_channel_and_four_of_color(
        self, a_plate
    ):
        assert count_statistics(64) == 64 * (3 * 7 + 4)
        assert value_statistics(a_plate, bins=64).shape == (1, 1600)

    def test_when_all_codes_occur_then_every_bin_holds_equally_many(self):
        plate = grey_plate(torch.arange(256).view(16, 16).tolist())

        shares = statistic(plate, SHARE, bins=64)

        # 3 sqrt(4 / 256)
        torch.testing.assert_close(shares, torch.full((64,), 0.375))

    def test_when_the_plate_is_constant_then_only_its_share_is_told(self):
        told = value_statistics(grey_plate([[200] * 9] * 9), bins=4)[0]

        shares = torch.tensor([0.0, 0.0, 0.0, 3.0] + [0.0] * 24).repeat(3)
        torch.testing.assert_close(told, torch.cat([shares, torch.zeros(16)]))

    def test_when_neighbours_differ_then_their_mean_change_is_told(self):
        plate = grey_plate([[100, 104], [100, 104]])

        change = statistic(plate, CHANGE, bins=1)
        floor = statistic(plate, FLOOR, bins=1)

        # Two of four pairs differ by 4 codes; one pair without change is assumed.
        in_thousandths = 4 / 255 / 1e-3
        expected = 0.5 * math.log(2 * in_thousandths / 5 + 1)
        assert change.item() == pytest.approx(expected, rel=1e-5)
        expected = 0.5 * 2 * math.log(in_thousandths + 1) / 5
        assert floor.item() == pytest.approx(expected, rel=1e-5)

    def test_when_pixels_further_apart_differ_then_it_is_told_apart(self):
        """Columns in pairs of two: half change at 1, all at 2, none at 4."""
        plate = grey_plate([[100, 100, 140, 140] * 8] * 32)

        near, twice, four = (
            statistic(plate, which, bins=1).item()
            for which in (CHANGE, CHANGE_2, CHANGE_4)
        )

        assert 0.0 == four < near < twice

    def test_when_a_valley_bends_up_then_the_sign_is_positive(self):
        valley = grey_plate([[110, 100, 110]] * 9)
        ridge = grey_plate([[90, 100, 90]] * 9)

        assert statistic(valley, BEND, bins=1) > 1.0
        assert statistic(valley, BEND_SIGN, bins=1).item() == pytest.approx(1, abs=0.01)
        assert statistic(ridge, BEND_SIGN, bins=1).item() == pytest.approx(-1, abs=0.01)

    def test_when_the_plate_is_red_then_the_color_is_told_in_the_bin_of_green(self):
        plate = torch.tensor([0.8, 0.2, 0.1]).view(1, 3, 1, 1).expand(1, 3, 30, 30)

        red, blue, red_size, blue_size = value_statistics(plate, bins=2)[0, -8:].view(
            4, 2
        )

        # Three times R - G and B - G, and their sizes; three grey pixels are assumed.
        seen = 3 * 900 / 903
        torch.testing.assert_close(red, torch.tensor([0.6 * seen, 0.0]))
        torch.testing.assert_close(blue, torch.tensor([-0.1 * seen, 0.0]))
        torch.testing.assert_close(red_size, red)
        torch.testing.assert_close(blue_size, -blue)

    def test_when_light_goes_through_gamma_then_changes_fall_by_its_exponent(self):
        """Why it works: changes of light grow with the light, so dI / I = dH / gH."""
        generator = torch.Generator().manual_seed(0)
        steps = torch.randn(1, 3, 256, 256, generator=generator)
        light = (torch.linspace(-4, 0, 256) + 0.05 * steps).exp2().clamp(max=1.0)

        linear = statistic(light, CHANGE, bins=8)
        gamma = statistic(light ** (1 / 2.2), CHANGE, bins=8)

        middle = slice(4, 7)
        expected = torch.full((3,), 0.5 * math.log(2.2))
        torch.testing.assert_close(
            linear[middle] - gamma[middle], expected, atol=0.05, rtol=0
        )


class TestInvariance:
    @pytest.mark.parametrize(
        "turn",
        [
            pytest.param(lambda plate: plate.flip(3), id="left to right"),
            pytest.param(lambda plate: plate.flip(2), id="upside down"),
            pytest.param(lambda plate: plate.transpose(2, 3), id="on its side"),
        ],
    )
    def test_when_the_plate_is_turned_then_it_says_the_same(self, a_plate, turn):
        told = value_statistics(a_plate, bins=16)

        torch.testing.assert_close(
            value_statistics(turn(a_plate), bins=16), told, atol=1e-3, rtol=0
        )

    def test_when_the_plate_is_repeated_then_it_says_nearly_the_same(self, a_plate):
        """Mirrored, so that no edge comes in: nine times the pixels, same content."""
        row = torch.cat([a_plate, a_plate.flip(3), a_plate], dim=3)
        larger = torch.cat([row, row.flip(2), row], dim=2)

        told, again = (value_statistics(p, bins=16) for p in (a_plate, larger))

        assert (told - again).abs().mean() < 0.02
        assert told.abs().mean() > 0.3

    def test_when_channels_change_places_then_so_do_their_statistics(self, a_plate):
        told = value_statistics(a_plate, bins=8)[0, : 3 * 56].view(3, 56)

        swapped = value_statistics(a_plate.flip(1), bins=8)[0, : 3 * 56].view(3, 56)

        torch.testing.assert_close(swapped, told.flip(0))

    def test_when_plates_come_in_a_batch_then_each_speaks_for_itself(self, a_plate):
        batch = torch.cat([a_plate, a_plate.sqrt()])

        told = value_statistics(batch, bins=8)

        torch.testing.assert_close(told[:1], value_statistics(batch[:1], bins=8))
        torch.testing.assert_close(told[1:], value_statistics(batch[1:], bins=8))


class TestEdges:
    @pytest.mark.parametrize(
        "size", [(1, 1), (1, 50), (2, 2), (3, 5), (64, 64)], ids=str
    )
    @pytest.mark.parametrize("level", [0.0, 1.0], ids=["black", "white"])
    def test_when_the_plate_is_small_or_empty_then_it_still_says_something(
        self, size, level
    ):
        told = value_statistics(torch.full((1, 3, *size), level), bins=64)

        assert told.isfinite().all()
        assert told.abs().max() == 3.0

    def test_when_the_plate_is_noise_then_numbers_stay_in_their_range(self):
        noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))

        told = value_statistics(noise.round(), bins=64)

        assert told.min() >= -3.0
        assert told.max() < 4.0

    def test_when_learning_then_every_pixel_has_a_finite_gradient(self, a_plate):
        plate = a_plate.clone().requires_grad_()

        value_statistics(plate, bins=8).square().sum().backward()

        assert plate.grad.isfinite().all()
        assert (plate.grad != 0.0).float().mean() > 0.9

    def test_when_the_plate_is_grey_then_the_error_says_what_is_needed(self):
        with pytest.raises(ShapeError, match="encoded"):
            value_statistics(torch.zeros(1, 1, 8, 8), bins=8)


class TestStatisticsNet:
    def test_when_statistics_were_never_seen_then_they_say_no_more_than_rare_ones(self):
        network = StatisticsRegressors(SMALL, n_components=5)

        rare, unheard = (
            network(torch.full((1, N_INPUTS), 8.0)),
            network(torch.full((1, N_INPUTS), 1e6)),
        )

        assert torch.equal(unheard, rare)

    def test_when_it_has_members_then_it_says_their_mean(self):
        network = StatisticsRegressors(replace(SMALL, members=3), n_components=5)
        statistics = torch.rand(2, N_INPUTS)

        each = network.each(statistics)

        assert each.shape == (3, 2, 5)
        assert not torch.equal(each[0], each[1])
        torch.testing.assert_close(network(statistics), each.mean(dim=0))

    def test_when_channels_change_places_then_it_says_the_same(self):
        network = StatisticsRegressors(SMALL, n_components=5)
        channels, color = torch.rand(2, 3, 4 * 7), torch.rand(2, 4 * 4)

        said, swapped = (
            network(torch.cat([order.flatten(1), color], dim=1))
            for order in (channels, channels.flip(1))
        )

        torch.testing.assert_close(swapped, said)

    def test_when_mean_and_deviation_are_known_then_statistics_are_normalised(self):
        network = StatisticsRegressors(SMALL, n_components=5)
        statistics = torch.rand(2, N_INPUTS)
        said = network(statistics)

        network.mean.fill_(3.0)
        network.deviation.fill_(2.0)

        torch.testing.assert_close(network(2.0 * statistics + 3.0), said)
