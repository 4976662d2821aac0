"""What is told of clipped light: one hue to a place, soft borders, no dark rings."""

import math

import pytest
import torch
from torch import Tensor

from hdr_core.camera.appearance import luminance
from hdr_core.highlights.predict import Prediction
from hdr_core.highlights.regularize_gain import (
    KEEP,
    TAKE,
    TAKE_TOP,
    fill_hollows,
    regularize_gain,
)
from hdr_core.stages.hallucinate.gain_network import GainMaps

HEIGHT, WIDTH = 48, 96


def regularized(maps, means, *, is_sphere):
    return regularize_gain(Prediction(maps, means, is_sphere))


def context_of(stops: Tensor) -> GainMaps:
    """Return what stage 3 tells, without sources."""
    return GainMaps(stops, torch.zeros_like(stops[:, :1]), torch.zeros_like(stops))


def seen(masks: Tensor) -> Tensor:
    """Return what is seen of a plate: white where it is clipped, else dark."""
    light = torch.where(masks > 0, 1.0, 0.2)
    return torch.cat([light, masks, masks.amax(dim=1, keepdim=True)], dim=1)


def all_white() -> Tensor:
    """Return what is seen of a plate that is clipped all over."""
    return seen(torch.ones(1, 3, HEIGHT, WIDTH))


def motley() -> Tensor:
    """Return stops of a sky two stops above clip, each sample of another color."""
    generator = torch.Generator().manual_seed(0)
    return 2.0 + 0.5 * torch.randn(1, 3, HEIGHT, WIDTH, generator=generator)


def color_of(context: GainMaps) -> Tensor:
    """Return log2 of each channel over luminance."""
    gains = torch.exp2(context.stops)
    return torch.log2(gains / luminance(gains))


def test_neighbors_in_a_white_sky_have_nearly_one_color() -> None:
    sky = context_of(motley())
    after = regularized(sky, all_white(), is_sphere=False)
    assert color_of(after).std(dim=(2, 3)).max() < 0.2 * color_of(sky).std()


@pytest.mark.parametrize("is_sphere", [False, True])
def test_light_that_rises_to_its_middle_keeps_its_luminance(*, is_sphere: bool) -> None:
    apart = (torch.arange(WIDTH) - WIDTH / 2).abs().expand(1, 3, HEIGHT, WIDTH)
    tint = torch.tensor([0.3, 0.0, -0.6])[:, None, None]
    sun = context_of(5.0 - 0.1 * apart + tint)
    after = regularized(sun, all_white(), is_sphere=is_sphere)
    before, settled = (luminance(torch.exp2(it.stops)) for it in (sun, after))
    assert torch.allclose(settled, before, rtol=1e-5)


def test_an_even_color_goes_part_of_the_way_to_white() -> None:
    warm = torch.tensor([1.3, 1.0, 0.4])[:, None, None].expand(1, 3, HEIGHT, WIDTH)
    after = regularized(context_of(warm.clone()), all_white(), is_sphere=False)
    over_green = (after.stops - after.stops[:, 1:2])[0, :, 20, 20]
    assert over_green.tolist() == pytest.approx(
        [0.3 * KEEP, 0.0, -0.6 * KEEP], abs=1e-4
    )


def test_a_red_lamp_stays_red() -> None:
    masks = torch.zeros(1, 3, HEIGHT, WIDTH)
    masks[:, 0, 20:28, 40:50] = 1.0
    lamp = context_of(torch.tensor([3.0, 0.5, 0.5]).view(1, 3, 1, 1) + 0.0 * masks)
    after = regularized(lamp, seen(masks), is_sphere=False)
    assert torch.allclose(after.stops, lamp.stops, atol=1e-6)


def test_a_plate_that_clips_nowhere_is_left_alone() -> None:
    dim = context_of(motley())
    after = regularized(dim, seen(torch.zeros(1, 3, HEIGHT, WIDTH)), is_sphere=True)
    assert all(torch.equal(*pair) for pair in zip(after, dim, strict=True))


def ring() -> tuple[Tensor, Tensor]:
    """Return stops of a sun with a dark ring in its glow, and what is seen of it."""
    down = torch.arange(HEIGHT)[:, None] - 24
    apart = torch.sqrt(down**2 + (torch.arange(WIDTH) - 48) ** 2.0)
    stops = torch.where(apart < 4, 6.0, torch.where(apart < 9, 0.5, 1.5))
    masks = (apart < 18).float()
    return stops.expand(1, 3, -1, -1).clone(), seen(masks.expand(1, 3, -1, -1))


def test_a_dark_ring_around_a_sun_is_raised_to_the_glow_outside_it() -> None:
    stops, means = ring()
    after = regularized(context_of(stops), means, is_sphere=False).stops[0, 1]
    assert after[24, 56] == pytest.approx(1.5, abs=1e-5)
    assert after[24, 48] == pytest.approx(6.0, abs=1e-5)
    assert after[24, 62] == pytest.approx(1.5, abs=1e-5)


def test_what_darkens_towards_the_border_of_a_plate_stays_dark() -> None:
    sky = torch.linspace(3.0, 1.0, WIDTH).expand(1, 1, HEIGHT, WIDTH).double()
    inside = torch.ones_like(sky, dtype=torch.bool)
    inside[..., :5] = False
    assert torch.equal(fill_hollows(sky, inside, is_sphere=False), sky)


def test_a_hollow_is_raised_to_its_lowest_way_out() -> None:
    walls = torch.full((1, 1, 7, 9), 4.0)
    walls[..., 3, 4] = 1.0
    walls[..., 3, 5:7] = 2.5
    walls[..., 3, 7:] = 0.0
    filled = fill_hollows(walls, torch.ones_like(walls) > 0, is_sphere=False)
    assert filled[0, 0, 3].tolist() == [4.0, 4.0, 4.0, 4.0, 2.5, 2.5, 2.5, 0.0, 0.0]


@pytest.mark.parametrize("turn", [1, WIDTH // 2])
def test_a_turned_panorama_gives_the_turned_light(turn: int) -> None:
    sphere, masks = motley(), torch.ones(1, 3, HEIGHT, WIDTH)
    masks[..., 30:, :] = 0.0
    means = seen(masks)
    turned = context_of(sphere.roll(turn, dims=3))
    there = regularized(turned, means, is_sphere=True).stops.roll(-turn, dims=3)
    here = regularized(context_of(sphere), means, is_sphere=True).stops
    assert torch.allclose(there, here, atol=1e-5)
    assert math.isfinite(here.sum())


def half_sky(level: float) -> Tensor:
    """Return what is seen where a white sky begins beside light of a level."""
    masks = torch.zeros(1, 3, HEIGHT, WIDTH)
    masks[..., WIDTH // 2 :] = 1.0
    light = torch.where(masks > 0, 1.0, level)
    return torch.cat([light, masks, masks[:, :1]], dim=1)


def settled(stops: float, level: float) -> Tensor:
    """Return the stops of a row of an even sky beside light of a level."""
    sky = context_of(torch.full((1, 3, HEIGHT, WIDTH), stops))
    return regularized(sky, half_sky(level), is_sphere=False).stops[0, 1, 20]


def test_a_sky_begins_dimmer_where_what_is_beside_it_is_about_to_clip() -> None:
    row = settled(1.5, 0.9)
    # Half a sample inside 0.3 of what is around is beyond; half a lamp's stops: half.
    assert row[WIDTH // 2] == pytest.approx(1.5 * (1.0 - TAKE * 0.6 / 2), abs=0.02)
    assert row[-10] == pytest.approx(1.5, abs=1e-4)
    assert (row[WIDTH // 2 :].diff() > -1e-5).all()


def test_a_sun_at_the_border_of_its_white_loses_half_of_what_is_over_five_stops() -> (
    None
):
    row = settled(9.0, 0.4)
    assert row[WIDTH // 2] == pytest.approx(9.0 - 4.0 * TAKE_TOP * 0.6, abs=0.05)
    assert row[-10] == pytest.approx(9.0, abs=1e-4)


@pytest.mark.parametrize(
    ("stops", "level"),
    [
        pytest.param(9.0, 0.02, id="a lamp in the dark"),
        pytest.param(1.5, 0.1, id="a window in a dark wall"),
        pytest.param(4.0, 0.9, id="a lamp"),
        pytest.param(-0.5, 0.9, id="no light"),
    ],
)
def test_other_borders_stay_as_they_are(stops: float, level: float) -> None:
    assert settled(stops, level)[WIDTH // 2] == pytest.approx(stops, abs=1e-5)
