"""Stage 3: the light above clip, and where none may be added."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional

from hdr_core.errors import ShapeError
from hdr_core.presets import COMPACT
from hdr_core.stages.hallucinate.gain_network import GainMaps
from hdr_core.stages.hallucinate.light import (
    Hallucinate,
    Light,
    Region,
    brighten,
    channel_masks,
    clip_mask,
    laplace_quantile,
)

COMPACT_LIKE = replace(
    COMPACT.hallucinate,
    network=replace(COMPACT.hallucinate.network, area_px=8 * 12, channels=(8, 12)),
)


def a_context(*, most_stops):
    """What may be seen of a plate: gain, spread, and some light of sources."""
    return GainMaps(
        stops=most_stops * torch.rand(1, 3, 8, 12),
        log2_spread=torch.rand(1, 1, 8, 12),
        sources=torch.rand(1, 3, 8, 12),
    )


@pytest.fixture
def a_stage():
    """The compact stage 3, with something to say everywhere."""
    stage = Hallucinate(COMPACT_LIKE)
    nn.init.normal_(stage.network.last.weight, std=0.3)
    return stage.requires_grad_(requires_grad=False)


@pytest.fixture
def a_plate():
    """(1, 3, 37, 53), a third of it clipped in one channel or more."""
    return (1.3 * torch.rand(1, 3, 37, 53)).clamp(max=1.0)


def pixel(*rgb):
    return torch.tensor(rgb).view(1, 3, 1, 1)


def light_of(stops, *, spread=0.0, mask=1.0):
    """Light of one white pixel."""
    return Light(
        stops=pixel(*[stops] * 3),
        base=pixel(1.0, 1.0, 1.0),
        spread=torch.full((1, 1, 1, 1), spread),
        masks=pixel(*[mask] * 3),
    )


class TestClipMask:
    @pytest.mark.parametrize(
        ("level", "share"), [(0.0, 0.0), (0.88, 0.0), (0.94, 0.5), (1.0, 1.0), (9, 1.0)]
    )
    def test_when_a_channel_nears_the_clip_then_the_mask_rises_to_one(
        self, level, share
    ):
        mask = clip_mask(pixel(level, 0.2, 0.1), threshold=0.88)

        assert mask.shape == (1, 1, 1, 1)
        assert mask.item() == pytest.approx(share, abs=1e-6)

    def test_when_channels_are_told_apart_then_each_has_its_own(self):
        masks = channel_masks(pixel(1.0, 0.95, 0.5), threshold=0.9)

        torch.testing.assert_close(masks, pixel(1.0, 0.5, 0.0))

    def test_when_the_plate_is_grey_then_the_error_says_what_is_needed(self):
        with pytest.raises(ShapeError, match=r"linear: needs \(B, 3, H, W\)"):
            clip_mask(torch.zeros(1, 1, 4, 4), threshold=0.9)


class TestBrighten:
    @pytest.mark.parametrize(("mask", "expected"), [(1.0, 8.0), (0.5, 4.5), (0.0, 1.0)])
    def test_when_light_is_three_stops_then_the_mask_says_how_much_of_it(
        self, mask, expected
    ):
        hdr = brighten(pixel(1.0, 1.0, 1.0), light_of(3.0, mask=mask))

        torch.testing.assert_close(hdr, pixel(expected, expected, expected))

    def test_when_bolder_then_light_moves_along_its_spread(self):
        """Scale 2 stops: quartiles of a Laplace law lie 2 ln 2 beside its median."""
        timid, even, bold = (
            brighten(pixel(1, 1, 1), light_of(3.0, spread=2.0), boldness=share)[0, 0]
            for share in (0.25, 0.5, 0.75)
        )

        quartile = 2.0 * math.log(2.0)
        assert timid.item() == pytest.approx(2 ** (3.0 - quartile), rel=1e-5)
        assert even.item() == pytest.approx(8.0)
        assert bold.item() == pytest.approx(2 ** (3.0 + quartile), rel=1e-5)

    def test_when_boldness_rises_then_no_pixel_gets_darker(self, a_stage, a_plate):
        light = a_stage(a_plate, a_stage.predict(a_plate), Region(0, 0, 37, 53))

        results = [
            brighten(a_plate, light, boldness=share) for share in (0, 0.2, 0.5, 0.7, 1)
        ]

        for darker, brighter in pairwise(results):
            assert (brighter >= darker).all()
            assert (brighter > darker).any()

    def test_when_nothing_nears_the_clip_then_the_plate_is_unchanged(
        self, a_stage, a_plate
    ):
        dim = 0.9 * a_plate
        light = a_stage(dim, a_stage.predict(dim), Region(0, 0, 37, 53))

        assert torch.equal(brighten(dim, light, boldness=1.0), dim)

    def test_when_a_red_lamp_clips_then_its_green_and_blue_are_kept(self, a_stage):
        lamp = pixel(1.0, 0.42, 0.05).expand(1, 3, 9, 9)

        hdr = brighten(lamp, a_stage(lamp, a_stage.predict(lamp), Region(0, 0, 9, 9)))

        assert torch.equal(hdr[:, 1:], lamp[:, 1:])
        assert not torch.equal(hdr[:, 0], lamp[:, 0])


class TestLaplaceQuantile:
    def test_when_shares_mirror_then_so_do_quantiles(self):
        assert laplace_quantile(0.5) == 0.0
        assert laplace_quantile(0.25) == pytest.approx(-math.log(2))
        assert laplace_quantile(0.9) == pytest.approx(-laplace_quantile(0.1))

    def test_when_everything_is_asked_for_then_it_is_the_last_percent(self):
        assert (
            laplace_quantile(1.0)
            == laplace_quantile(0.99)
            == pytest.approx(math.log(50), rel=1e-5)
        )
        assert laplace_quantile(0.0) == laplace_quantile(0.01)


class TestCompact:
    @pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 5), (64, 96)], ids=str)
    def test_when_the_plate_has_any_size_then_every_pixel_has_its_light(
        self, a_stage, size
    ):
        plate = torch.rand(2, 3, *size)

        light = a_stage(plate, a_stage.predict(plate), Region(0, 0, *size))

        assert light.stops.shape == light.masks.shape == (2, 3, *size)
        assert light.spread.shape == (2, 1, *size)
        assert light.stops.isfinite().all()
        assert (light.spread > 0.0).all()

    @pytest.mark.parametrize("tile_px", [8, 16, 19])
    def test_when_asked_tile_by_tile_then_the_light_is_the_same(
        self, a_stage, a_plate, tile_px
    ):
        context = a_stage.predict(a_plate)
        whole = a_stage(a_plate, context, Region(0, 0, 37, 53))

        for y in range(0, 37, tile_px):
            for x in range(0, 53, tile_px):
                inside = (..., slice(y, y + tile_px), slice(x, x + tile_px))
                light = a_stage(a_plate[inside], context, Region(y, x, 37, 53))
                for part, all_of_it in zip(light, whole, strict=True):
                    torch.testing.assert_close(
                        part, all_of_it[inside], atol=1e-5, rtol=0
                    )

    def test_when_a_tile_reaches_beyond_the_plate_then_its_inside_is_the_same(
        self, a_stage, a_plate
    ):
        context = a_stage.predict(a_plate)
        whole = a_stage(a_plate, context, Region(0, 0, 37, 53))
        larger = functional.pad(a_plate, (6, 6, 4, 4), mode="replicate")

        light = a_stage(larger, context, Region(-4, -6, 37, 53))

        for part, all_of_it in zip(light, whole, strict=True):
            torch.testing.assert_close(
                part[..., 4:-4, 6:-6], all_of_it, atol=1e-5, rtol=0
            )

    def test_when_a_plate_is_enlarged_then_its_light_is_the_same_in_sum(self, a_plate):
        """Without the network: the same context, four times the pixels."""
        stage = Hallucinate(COMPACT_LIKE)
        context = a_context(most_stops=6.0)
        larger = a_plate.repeat_interleave(2, 2).repeat_interleave(2, 3)

        hdr = brighten(a_plate, stage(a_plate, context, Region(0, 0, 37, 53)))
        fine = brighten(larger, stage(larger, context, Region(0, 0, 74, 106)))

        assert (fine.sum() / hdr.sum()).log2().item() == pytest.approx(2.0, abs=0.01)

    @pytest.mark.parametrize("factor", [1, 2, 5])
    def test_when_a_sun_is_one_pixel_of_what_is_seen_then_its_light_is_kept(
        self, factor
    ):
        sun = torch.zeros(1, 3, 8, 12)
        sun[..., 4, 6] = 2.0**13
        context = GainMaps(torch.zeros_like(sun), torch.zeros(1, 1, 8, 12), sun)
        height, width = 8 * factor, 12 * factor
        white = torch.ones(1, 3, height, width)

        light = Hallucinate(COMPACT_LIKE)(white, context, Region(0, 0, height, width))

        added = (brighten(white, light) - white).sum((2, 3)) / factor**2
        expected = torch.full((1, 3), 2.0**13)
        torch.testing.assert_close(added, expected, rtol=1e-4, atol=0)

    def test_when_a_plate_is_enlarged_then_the_network_sees_the_same(self, a_stage):
        plate = torch.rand(1, 3, 8, 12)
        larger = plate.repeat_interleave(4, 2).repeat_interleave(4, 3)

        for seen, again in zip(
            a_stage.predict(plate), a_stage.predict(larger), strict=True
        ):
            torch.testing.assert_close(seen, again, atol=1e-4, rtol=1e-5)

    def test_when_looked_at_twofold_then_a_mirrored_plate_has_mirrored_light(
        self, a_stage, a_plate
    ):
        seen, mirrored = (
            a_stage.predict(plate, flip_average=True)
            for plate in (a_plate, a_plate.flip(3))
        )

        for here, there in zip(seen, mirrored, strict=True):
            torch.testing.assert_close(there, here.flip(3), atol=1e-5, rtol=1e-5)
        once = a_stage.predict(a_plate)
        assert not torch.allclose(
            a_stage.predict(a_plate.flip(3)).stops, once.stops.flip(3)
        )

    def test_when_run_in_bfloat16_then_stops_keep_their_precision(self, a_stage):
        plate = torch.rand(1, 3, 64, 96)
        context = a_context(most_stops=12.0)
        exact = a_stage(plate, context, Region(0, 0, 64, 96))

        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = a_stage(plate, context, Region(0, 0, 64, 96))

        assert torch.equal(rough.stops, exact.stops)
