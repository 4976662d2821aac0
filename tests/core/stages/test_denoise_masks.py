"""How clipped the values of a lossy plate are, as their neighbors make it likely."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hdr_core.options import Options, TileConfig
from hdr_core.reconstruction import reconstruct
from hdr_core.stages.hallucinate.light import channel_masks, denoise_masks


class TestSettleMasks:
    @staticmethod
    def settled(linear, *, sure=0.8):
        masks = channel_masks(linear, threshold=0.9)
        return masks, denoise_masks(linear, masks, sure=sure)

    @staticmethod
    def wall(light, *, height=6, width=8):
        """A grey wall, not clipped."""
        return torch.full((1, 3, height, width), light)

    def test_when_a_pixel_is_alone_at_clip_then_it_gets_little_light(self):
        linear = self.wall(0.7)
        linear[..., 3, 3] = 1.0

        _, settled = self.settled(linear)

        assert float(settled[0, 0, 3, 3]) == pytest.approx(1.5 / 4)
        assert float(settled.sum()) == pytest.approx(3 * 1.5 / 4)

    def test_when_the_border_of_a_lamp_is_straight_then_it_stays(self):
        linear = self.wall(0.2)
        linear[..., 3:] = 1.0

        masks, settled = self.settled(linear)

        torch.testing.assert_close(settled, masks)

    def test_when_a_codec_took_a_value_from_clip_then_it_is_as_its_neighbors(self):
        linear = self.wall(1.0)
        linear[0, 1, 3, 3] = 0.89
        linear[0, 1, 2, 5] = 0.7

        masks, settled = self.settled(linear)

        assert float(masks[0, 1, 3, 3]) == 0.0
        assert float(settled[0, 1, 3, 3]) == pytest.approx(0.45)
        # Darker than a codec makes it: meant.
        assert float(settled[0, 1, 2, 5]) == 0.0

    def test_when_two_channels_are_clipped_then_the_third_is_as_it_may_be(self):
        linear = self.wall(1.0)
        linear[:, 0] = 0.85

        masks, settled = self.settled(linear)

        assert float(masks[:, 0].max()) == 0.0
        # A quarter of the way from what is sure of being below clip.
        torch.testing.assert_close(settled[:, 0], torch.full((1, 6, 8), 0.25))
        torch.testing.assert_close(settled[:, 1:], masks[:, 1:])

    def test_when_blue_alone_is_clipped_then_the_others_are_not(self):
        linear = self.wall(0.85)
        linear[:, 2] = 1.0

        masks, settled = self.settled(linear)

        torch.testing.assert_close(settled, masks)

    def test_when_no_channel_of_a_pixel_is_clipped_then_it_gets_nothing(self):
        linear = self.wall(1.0)
        linear[..., 2:4, 3] = 0.85

        masks, settled = self.settled(linear)

        assert float(settled[..., 2:4, 3].max()) == 0.0
        torch.testing.assert_close(settled[..., 5:], masks[..., 5:])

    @pytest.mark.parametrize("skip", [(), ("refine",)], ids=["all", "no stage 4"])
    def test_when_a_jpeg_is_tiled_then_it_is_settled_as_a_whole(
        self, a_small_model, photograph, skip
    ):
        plate = replace(photograph(height=150, width=200), lossy_quality=85)
        whole = Options(fidelity="free", precision="float32", skip=skip)

        untiled = reconstruct(plate, a_small_model, options=whole)
        tiled = reconstruct(
            plate, a_small_model, options=replace(whole, tiles=TileConfig(64))
        )

        assert 0.1 < untiled.clip_mask.mean() < 0.9
        np.testing.assert_allclose(
            tiled.hdr.pixels, untiled.hdr.pixels, rtol=1e-4, atol=1e-6
        )
