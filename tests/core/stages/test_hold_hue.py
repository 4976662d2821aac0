"""Unclipped channels hold the light of the clipped channels of their pixel."""

import pytest
import torch

from hdr_core.stages.hallucinate.light import hold_hue


def pixel(*rgb):
    return torch.tensor(rgb).view(1, 3, 1, 1)


def held(rgb, gain, **options):
    """Return the stops of a pixel whose channels have the stops ``gain``."""
    return hold_hue(pixel(*gain), pixel(*rgb), **options).flatten()


class TestHoldHue:
    def test_when_all_channels_are_clipped_then_the_gain_stays(self):
        gain = torch.tensor([4.0, 3.0, 2.0])

        torch.testing.assert_close(held((1.0, 1.0, 1.0), gain.tolist()), gain)

    def test_when_blue_is_just_below_the_clip_then_no_channel_gets_light(self):
        red, green, _ = held((1.0, 1.0, 0.98), (3.0, 2.0, 3.0))

        # Blue with its gain would be three stops brighter than it was measured.
        assert float(red) == 0.0
        assert float(green) == 0.0

    def test_when_blue_is_predicted_darker_then_red_keeps_the_difference(self):
        red, *_ = held((1.0, 1.0, 0.98), (3.0, 3.0, 1.0))

        assert float(red) == pytest.approx(2.0 + torch.log2(torch.tensor(0.98)))

    def test_when_the_lamp_is_red_then_its_dark_channels_change_nothing(self):
        red, *_ = held((1.0, 0.2, 0.05), (5.0, 5.0, 5.0))

        assert float(red) == 5.0

    def test_when_blue_gets_brighter_then_red_changes_without_a_jump(self):
        blues = torch.linspace(0.2, 1.0, 801)

        reds = torch.stack(
            [
                held((1.0, 1.0, float(blue)), (3.0, 3.0, 3.0), sure=0.8)[0]
                for blue in blues
            ]
        )

        assert float(reds.diff().abs().max()) < 0.05
        assert float(reds.min()) >= 0.0
        assert float(reds[-1]) == 3.0

    def test_when_a_gain_is_negative_then_it_stays(self):
        torch.testing.assert_close(
            held((1.0, 1.0, 0.8), (-1.0, 0.5, 2.0))[:2], torch.tensor([-1.0, 0.0])
        )

    def test_when_a_codec_may_have_lowered_blue_then_it_counts_less(self):
        doubtful = float(held((1.0, 1.0, 0.95), (3.0, 3.0, 3.0), sure=0.8)[0])
        certain = float(held((1.0, 1.0, 0.95), (3.0, 3.0, 3.0), sure=0.95)[0])

        assert certain == 0.0
        # A quarter of the way from the clip down to ``sure``.
        assert doubtful == pytest.approx(
            3.0 - (3.0 - float(torch.tensor(0.95).log2())) / 4
        )

    def test_when_blue_is_darker_than_a_codec_makes_it_then_it_counts_fully(self):
        rim = (1.0, 1.0, 0.75)

        torch.testing.assert_close(
            held(rim, (3.0, 3.0, 3.0), sure=0.8), held(rim, (3.0, 3.0, 3.0))
        )
