"""What an unclipped channel tells of the clipped ones of its pixel."""

import pytest
import torch

from hdr_core.stages.hallucinate.light import channel_masks, hold_hue


def pixel(*rgb):
    return torch.tensor(rgb).view(1, 3, 1, 1)


def held(rgb, gain, **options):
    """Stops of a pixel whose channels would all have ``gain``, at threshold 0.9."""
    linear = pixel(*rgb)
    masks = channel_masks(linear, threshold=0.9)
    return hold_hue(pixel(*gain), linear, masks, **options).flatten()


class TestHoldHue:
    def test_when_all_channels_are_clipped_then_gains_are_as_told(self):
        gain = torch.tensor([4.0, 3.0, 2.0])

        torch.testing.assert_close(held((1.0, 1.0, 1.0), gain.tolist()), gain)

    def test_when_blue_is_half_a_stop_below_clip_then_red_comes_half_way(self):
        red, *_ = held((1.0, 1.0, 2.0**-0.5), (3.0, 3.0, 3.0))

        # In the hue told, red would have half a stop less than none: 3 to -0.5.
        assert float(red) == pytest.approx((3.0 - 0.5) / 2, abs=1e-3)

    def test_when_the_lamp_is_red_then_its_dark_channels_say_nothing(self):
        red, *_ = held((1.0, 0.2, 0.05), (5.0, 5.0, 5.0))

        assert float(red) == 5.0

    @pytest.mark.parametrize("sure", [1.0, 0.8])
    def test_when_blue_nears_clip_then_red_rises_without_a_jump(self, sure):
        blues = torch.linspace(0.2, 1.0, 161)

        reds = torch.stack(
            [
                held((1.0, 1.0, float(blue)), (3.0, 3.0, 3.0), sure=sure)[0]
                for blue in blues
            ]
        )

        assert float(reds.diff().abs().max()) < 0.2
        assert float(reds.min()) >= 0.0
        assert float(reds[-1]) == 3.0

    def test_when_a_gain_is_negative_then_it_stays(self):
        torch.testing.assert_close(
            held((1.0, 1.0, 0.8), (-1.0, 0.5, 2.0))[:2], torch.tensor([-1.0, 0.0])
        )

    def test_when_blue_may_be_the_codecs_then_it_says_little_of_red(self):
        doubted, sure = (
            float(held((1.0, 1.0, 0.95), (3.0, 3.0, 3.0), sure=sure)[0])
            for sure in (0.8, 1.0)
        )

        assert 3.0 - doubted == pytest.approx((3.0 - sure) / 4)
        assert sure < 2.5

    def test_when_blue_is_darker_than_a_codec_makes_it_then_it_tells_all(self):
        rim = (1.0, 1.0, 0.75)

        torch.testing.assert_close(
            held(rim, (3.0, 3.0, 3.0), sure=0.8), held(rim, (3.0, 3.0, 3.0))
        )
