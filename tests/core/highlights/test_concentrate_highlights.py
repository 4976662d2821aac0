"""Light that stage 3 spread around a place is gathered there; its sum stays."""

import math

import pytest
import torch
from torch import Tensor

from hdr_core.highlights.concentrate_highlights import concentrate_highlights
from hdr_core.highlights.predict import Prediction
from hdr_core.stages.hallucinate.gain_network import GainMaps

HEIGHT, WIDTH = 48, 72


def concentrated(maps, means, *, is_sphere):
    return concentrate_highlights(Prediction(maps, means, is_sphere))


def mound(height: int, width: int, row: float, column: float, *, size: float) -> Tensor:
    """Return stops of a mound of light, (1, 3, h, w), 8 at its peak, 1 far away."""
    down = torch.arange(height)[:, None] - row
    across = torch.arange(width) - column
    stops = 1.0 + 7.0 * torch.exp(-0.5 * (down**2 + across**2) / size**2)
    return stops.expand(1, 3, -1, -1).clone()


def context_of(stops: Tensor) -> GainMaps:
    """Return what stage 3 tells, without sources."""
    return GainMaps(stops, torch.zeros_like(stops[:, :1]), torch.zeros_like(stops))


def all_white(height: int, width: int) -> Tensor:
    """Return what is seen of a plate that is clipped all over."""
    return torch.ones(1, 7, height, width)


def light_of(context: GainMaps) -> Tensor:
    """Return the light of clipped samples, (3, h, w)."""
    return (torch.exp2(context.stops) + context.sources)[0].double()


def sphere_area(height: int) -> Tensor:
    """Return the share of each row of a panorama, (h, 1)."""
    return torch.sin((torch.arange(height) + 0.5) * (math.pi / height))[:, None]


def test_a_mound_becomes_a_peak_with_a_glow() -> None:
    spread = context_of(mound(HEIGHT, WIDTH, 20.0, 30.0, size=3.0))
    before = light_of(spread)
    after = light_of(concentrated(spread, all_white(HEIGHT, WIDTH), is_sphere=False))
    assert after[:, 20, 30].min() > 3 * before[:, 20, 30].max()
    # Three samples away, half of its stops above 4 times the clip are left.
    there = before[:, 20, 33]
    assert torch.allclose(after[:, 20, 33], (4.0 * there).sqrt(), rtol=0.2)
    # Where it is dim nothing changes.
    assert torch.equal(after[:, 45], before[:, 45])


@pytest.mark.parametrize("row", [4.0, 20.0])
def test_the_sum_of_light_is_kept_in_each_channel(row: float) -> None:
    stops = mound(HEIGHT, WIDTH, row, 70.0, size=4.0)
    stops *= torch.tensor([1.0, 0.9, 0.7])[:, None, None]
    spread = context_of(stops)
    after = concentrated(spread, all_white(HEIGHT, WIDTH), is_sphere=False)
    sums = [light_of(context).sum((1, 2)) for context in (spread, after)]
    assert torch.allclose(*sums, rtol=1e-5)


@pytest.mark.parametrize("row", [3.0, 20.0, 44.0])
def test_the_sum_of_light_over_a_sphere_is_kept(row: float) -> None:
    spread = context_of(mound(HEIGHT, 2 * HEIGHT, row, 30.0, size=4.0))
    after = concentrated(spread, all_white(HEIGHT, 2 * HEIGHT), is_sphere=True)
    area = sphere_area(HEIGHT)
    before, gathered = ((light_of(it) * area).sum() for it in (spread, after))
    assert gathered == pytest.approx(float(before), rel=1e-5)
    assert light_of(after).max() > 1.5 * light_of(spread).max()


def test_a_turned_panorama_gives_the_turned_light() -> None:
    spread = context_of(mound(HEIGHT, 2 * HEIGHT, 12.0, 1.0, size=4.0))
    white = all_white(HEIGHT, 2 * HEIGHT)
    turned = GainMaps(*(maps.roll(HEIGHT, dims=3) for maps in spread))
    there = light_of(concentrated(turned, white, is_sphere=True)).roll(HEIGHT, dims=2)
    assert torch.allclose(
        there,
        light_of(concentrated(spread, white, is_sphere=True)),
        rtol=1e-6,
    )


def test_what_is_not_clipped_is_no_measure_of_what_is() -> None:
    # Far from the white there is nothing but rounding, other at every turn.
    spread = context_of(mound(192, 384, 60.0, 192.0, size=1.5) + 2.0)
    sky = torch.zeros(1, 7, 192, 384)
    sky[..., 30:100, 150:240] = 1.0
    plain = light_of(concentrated(spread, sky, is_sphere=True))
    for turn in (7, 100, 192):
        turned = GainMaps(*(maps.roll(turn, dims=3) for maps in spread))
        there = concentrated(turned, sky.roll(turn, dims=3), is_sphere=True)
        back = light_of(there).roll(-turn, dims=2)
        assert torch.allclose(back, plain, rtol=1e-5)


def test_even_light_stays_even() -> None:
    window = context_of(torch.full((1, 3, HEIGHT, WIDTH), 5.0))
    after = concentrated(window, all_white(HEIGHT, WIDTH), is_sphere=False)
    assert torch.allclose(light_of(after), light_of(window), rtol=1e-3)


def test_a_lamp_that_fills_its_white_stays_as_it_is() -> None:
    tube = context_of(mound(HEIGHT, WIDTH, 20.0, 30.0, size=3.0))
    dark = torch.full((1, 7, HEIGHT, WIDTH), 0.1)
    dark[:, 3:] = 0.0
    dark[..., 20:22, 26:36] = 1.0
    after = concentrated(tube, dark, is_sphere=False)
    assert torch.equal(light_of(after), light_of(tube))


def test_a_plate_without_bright_light_is_left_alone() -> None:
    sky = context_of(torch.full((1, 3, HEIGHT, WIDTH), 1.5))
    assert concentrated(sky, all_white(HEIGHT, WIDTH), is_sphere=False) is sky
