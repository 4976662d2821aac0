"""The ground of a panorama as a light meter: light that it shows is the sun's."""

import math

import pytest
import torch

from hdr_core.highlights.ground_meter import (
    LEAST_STOPS,
    MOST_FACTOR,
    SHARE,
    USUAL_STOPS,
    meter_ground,
    missing_stops,
)
from hdr_core.highlights.predict import Prediction
from hdr_core.stages.hallucinate.gain_network import GainMaps

HEIGHT, WIDTH = 64, 128
SUN = (slice(12, 14), slice(30, 33))
SKY = (slice(8, 20), slice(20, 60))


def metered(maps, means):
    return meter_ground(Prediction(maps, means, is_panorama=True))


@pytest.fixture
def a_sphere():
    """Means of a sphere: a sky white in part, and ground of some luminance."""

    def make(ground):
        light = torch.full((3, HEIGHT, WIDTH), 0.3)
        light[:, HEIGHT // 2 :] = ground
        masks = torch.zeros(4, HEIGHT, WIDTH)
        light[:, *SKY] = 1.0
        masks[:, *SKY] = 1.0
        return torch.cat([light, masks])[None]

    return make


@pytest.fixture
def told():
    """What stage 3 tells: half a stop in the white, and in a corner of it a sun."""

    def make(sun=40.0):
        stops = torch.zeros(1, 3, HEIGHT, WIDTH)
        stops[..., *SKY] = 0.5
        sources = torch.zeros(1, 3, HEIGHT, WIDTH)
        sources[..., *SUN] = sun
        return GainMaps(stops, torch.zeros(1, 1, HEIGHT, WIDTH), sources)

    return make


def brightness(context, means):
    gains = torch.exp2(context.stops) + context.sources
    return (means[0, 0] * (1 + means[0, 3] * (gains[0, 0] - 1))).double()


def reflected_stops(bright):
    """d: illuminance over what the ground sends back of it."""
    return USUAL_STOPS - missing_stops(bright) / SHARE


class TestMissingStops:
    def test_when_all_is_even_then_the_ground_would_have_to_reflect_everything(self):
        even = torch.full((HEIGHT, WIDTH), 0.5, dtype=torch.float64)

        # d = 0, which is beyond the least; and beyond that a third of what is usual.
        assert missing_stops(even) == pytest.approx(SHARE * USUAL_STOPS, abs=1e-3)

    def test_when_the_ground_shines_then_it_may_not_reflect_more_than_it_gets(self):
        bright = torch.full((HEIGHT, WIDTH), 0.5, dtype=torch.float64)
        bright[HEIGHT // 2 :] *= 8.0

        assert missing_stops(bright) == pytest.approx(3.0 + LEAST_STOPS, abs=1e-3)

    @pytest.mark.parametrize("ground", [0.0, 0.01])
    def test_when_the_ground_is_dark_or_there_is_none_then_nothing_is_missing(
        self, ground
    ):
        bright = torch.full((HEIGHT, WIDTH), 0.5, dtype=torch.float64)
        bright[HEIGHT // 2 :] = ground

        assert missing_stops(bright) == 0.0


class TestMeterGround:
    def test_when_the_ground_is_bright_then_as_much_more_light_falls_on_it(
        self, a_sphere, told
    ):
        means, before = a_sphere(0.3), told()
        stops = missing_stops(brightness(before, means))
        reflected = reflected_stops(brightness(before, means))

        after = metered(before, means)

        assert stops > 0.1
        gained = reflected_stops(brightness(after, means)) - reflected
        assert gained == pytest.approx(stops, abs=0.01)

    def test_when_light_is_added_then_it_is_the_suns(self, a_sphere, told):
        means, before = a_sphere(0.3), told()

        after = metered(before, means)

        gain = torch.log2(brightness(after, means) / brightness(before, means))
        assert gain[SUN].min() > 0.5
        gain[SUN] = 0.0
        assert gain.abs().max() == 0.0
        assert torch.equal(after.log2_spread, before.log2_spread)

    def test_when_the_ground_is_dark_then_all_stays_as_it_was(self, a_sphere, told):
        before = told()

        after = metered(before, a_sphere(0.01))

        assert torch.equal(after.stops, before.stops)
        assert torch.equal(after.sources, before.sources)

    def test_when_no_sun_is_told_then_an_even_white_stays(self, a_sphere, told):
        before = told(sun=0.0)

        after = metered(before, a_sphere(0.3))

        assert torch.equal(after.stops, before.stops)

    def test_when_a_sun_is_hardly_told_then_it_is_not_made_by_the_ground_alone(
        self, a_sphere, told
    ):
        means, before = a_sphere(3.0), told(sun=5.0)

        after = metered(before, means)

        gain = brightness(after, means)[SUN] / brightness(before, means)[SUN]
        assert 2.0 < gain.max() < 1.0 + MOST_FACTOR

    def test_when_the_sphere_is_turned_then_so_is_the_result(self, a_sphere, told):
        means, before = a_sphere(0.3), told()

        plain = metered(before, means).sources
        turned = metered(
            GainMaps(*(it.roll(50, dims=3) for it in before)), means.roll(50, dims=3)
        ).sources

        torch.testing.assert_close(turned.roll(-50, dims=3), plain)
        assert math.isclose(plain.max(), turned.max(), rel_tol=1e-6)
