"""The layers that all networks share, by hand."""

import pytest
import torch

from hdr_core.stages.layers.blocks import (
    Binomial,
    conv,
    crop_to,
    double_size,
    max_pool,
    pad_to_multiple,
)


def a_row(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32).view(1, 1, 1, -1)


class TestConv:
    def test_when_padded_as_tf_then_the_odd_zero_comes_last(self):
        layer = conv(1, 1, 3, stride=2)
        layer.weight.data.zero_()[0, 0, 1] = 1.0

        assert layer(a_row(1, 2, 3, 4)).flatten().tolist() == [6.0, 7.0]

    def test_when_padded_symmetrically_then_both_sides_have_a_zero(self):
        layer = conv(1, 1, 3, stride=2, padding="symmetric")
        layer.weight.data.zero_()[0, 0, 1] = 1.0

        assert layer(a_row(1, 2, 3, 4)).flatten().tolist() == [3.0, 9.0]


class TestMaxPool:
    @pytest.mark.parametrize(
        ("padding", "expected"), [("same", [-3.0, -2.0]), ("symmetric", [-4.0, -2.0])]
    )
    def test_when_all_is_negative_then_the_padding_does_not_win(
        self, padding, expected
    ):
        row = a_row(-5, -4, -3, -2)

        pooled = max_pool(row, kernel=3, stride=2, padding=padding)

        assert pooled.flatten().tolist() == expected


class TestDoubleSize:
    def test_when_legacy_then_samples_stay_and_the_last_is_repeated(self):
        doubled = double_size(
            torch.tensor([[[[0.0, 4.0], [8.0, 2.0]]]]), is_legacy=True
        )

        assert doubled[0, 0].tolist() == [
            [0.0, 2.0, 4.0, 4.0],
            [4.0, 3.5, 3.0, 3.0],
            [8.0, 5.0, 2.0, 2.0],
            [8.0, 5.0, 2.0, 2.0],
        ]

    def test_when_not_legacy_then_pixel_centres_stay(self):
        doubled = double_size(a_row(0, 4, 8), is_legacy=False)

        assert doubled[0, 0, 0].tolist() == [0.0, 1.0, 3.0, 5.0, 7.0, 8.0]


class TestBinomial:
    def test_when_a_sample_shines_then_it_is_spread_by_one_two_one(self):
        lamp = torch.zeros(1, 1, 5, 5)
        lamp[..., 2, 2] = 16.0

        spread = Binomial()(lamp)[0, 0, 1:4, 1:4]

        assert spread.tolist() == [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]

    def test_when_every_other_sample_shines_then_only_their_mean_is_left(self):
        dots = a_row(0, 8, 0, 8, 0, 8).repeat(1, 1, 6, 1)

        assert Binomial()(dots)[..., 1:-1].unique().tolist() == [4.0]

    def test_when_a_border_shines_then_it_stands_for_what_is_beyond(self):
        assert Binomial()(torch.full((1, 2, 3, 4), 7.0)).unique().tolist() == [7.0]


class TestPadToMultiple:
    def test_when_smaller_than_the_multiple_then_the_last_pixel_is_repeated(self):
        padded = pad_to_multiple(a_row(1, 2), 8)

        assert padded.shape == (1, 1, 8, 8)
        assert padded[0, 0, 5].tolist() == [1, 2, 2, 2, 2, 2, 2, 2]

    def test_when_cropped_back_then_the_plate_is_unharmed(self):
        plate = torch.rand(1, 3, 5, 9)

        assert torch.equal(crop_to(pad_to_multiple(plate, 4), 5, 9), plate)
