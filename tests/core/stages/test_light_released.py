"""Stage 3 as the paper has it: a sum, told as a gain."""

from dataclasses import replace

import torch

from hdr_core.config import HdrcnnConfig
from hdr_core.presets import RELEASED
from hdr_core.stages.hallucinate.light import Hallucinate, Region, brighten

RELEASED_LIKE = replace(
    RELEASED.hallucinate,
    network=HdrcnnConfig(((4,), (4,), (4,), (4,), (8,)), (8, 4, 4, 4, 4)),
)


def pixel(*rgb):
    return torch.tensor(rgb).view(1, 3, 1, 1)


class TestReleased:
    def test_when_the_network_adds_light_then_it_is_the_papers_sum(self):
        """H = L + a C(L), a by the brightest channel, told as a gain and back."""
        stage = Hallucinate(RELEASED_LIKE).eval()
        stage.network.register_forward_hook(lambda *_: torch.full((1, 3, 1, 1), 2.0))
        linear = pixel(0.94, 0.5, 0.2)

        light = stage(linear, stage.predict(linear), Region(0, 0, 1, 1))

        torch.testing.assert_close(brighten(linear, light), pixel(1.94, 1.5, 1.2))
        assert light.spread.item() == 0.0

    def test_when_a_clipped_pixel_has_black_channels_then_they_get_their_light(self):
        stage = Hallucinate(RELEASED_LIKE).eval()
        stage.network.register_forward_hook(lambda *_: torch.full((1, 3, 1, 1), 2.0))
        linear = pixel(1.0, 0.0, 1e-5)

        hdr = brighten(linear, stage(linear, None, Region(0, 0, 1, 1)))

        torch.testing.assert_close(hdr, pixel(3.0, 2.0, 2.00001), rtol=2e-6, atol=0)

    def test_when_asked_then_it_needs_no_look_at_the_whole_plate(self):
        assert Hallucinate(RELEASED_LIKE).predict(torch.rand(1, 3, 9, 7)) is None

    def test_when_the_plate_is_black_then_its_light_is_finite(self):
        stage = Hallucinate(RELEASED_LIKE).eval()
        black = torch.zeros(1, 3, 9, 7)

        light = stage(black, None, Region(0, 0, 9, 7))

        assert light.stops.isfinite().all()
        assert not brighten(black, light).any()
