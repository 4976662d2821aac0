"""Stage 3 sees a panorama in views, and tells of the whole sphere."""

import math

import pytest
import torch

from hdr_core.highlights.sphere_views import (
    MOST_AIMED,
    VIEWS,
    View,
    aimed_views,
    place_in_view,
    predict_sphere,
    smooth_poles,
    sphere_rows,
    view_size,
)
from hdr_core.panorama.geometry import sphere_directions
from hdr_core.stages.hallucinate.gain_network import GainMaps

AREA_PX = 32 * 48


def look_through(seen):
    """A stage 3 that tells what it sees."""
    return GainMaps(*seen.tensor_split([3, 4], dim=1))


def a_sky(rows):
    """Seven smooth maps: waves along each axis. Nothing is clipped."""
    x, y, z = sphere_directions(rows)
    clipped = 0.2 + 0.1 * (x + y)
    return torch.stack([*torch.stack([x, y, z, x * y, y * z, x * z]) + 2.0, clipped])


def is_around(rows, view, degrees):
    """Return where a panorama lies within so many degrees of a view's middle."""
    ahead = math.cos(view.pitch)
    middle = torch.tensor(
        [
            ahead * math.cos(view.yaw),
            ahead * math.sin(view.yaw),
            math.sin(view.pitch),
        ]
    )
    cosine = (sphere_directions(rows) * middle[:, None, None]).sum(dim=0)
    return cosine > math.cos(math.radians(degrees))


class TestSeeSphere:
    def test_when_views_are_put_together_then_they_are_the_panorama(self):
        found = torch.cat(
            predict_sphere(look_through, a_sky(128), area_px=AREA_PX), dim=1
        )

        expected = smooth_poles(a_sky(48)[None])
        assert found.shape == (1, 7, 48, 96)
        torch.testing.assert_close(found, expected, atol=0.02, rtol=0.0)

    def test_when_the_panorama_is_turned_by_half_then_so_are_the_maps(self):
        sky = a_sky(64) + torch.rand(7, 64, 128, generator=torch.manual_seed(0))
        sky[-1] = is_around(64, View(2.0, 0.5), 20) | is_around(64, View(0.0, -1.2), 9)

        plain = torch.cat(predict_sphere(look_through, sky, area_px=AREA_PX), dim=1)
        half = predict_sphere(look_through, sky.roll(64, dims=2), area_px=AREA_PX)

        turned = torch.cat(half, dim=1).roll(48, dims=3)
        torch.testing.assert_close(turned, plain, atol=1e-3, rtol=0.0)

    @pytest.mark.parametrize("row", [20, 60, 100], ids=["high", "level", "low"])
    def test_when_a_lamp_is_small_then_its_light_is_kept(self, row):
        sky = torch.zeros(7, 128, 256)
        sky[:, row : row + 2, 100:102] = 1000.0

        found = predict_sphere(look_through, sky, area_px=AREA_PX).sources

        assert light_of(found[0]) == pytest.approx(light_of(sky), rel=0.15)

    def test_when_views_disagree_then_nothing_jumps_between_them(self):
        told = iter(torch.linspace(0.0, 1.0, len(VIEWS)))

        def look(seen):
            return look_through(torch.full_like(seen, float(next(told))))

        found = predict_sphere(look, a_sky(64), area_px=AREA_PX).stops[0, 0]

        around = torch.cat([found, found[:, :1]], dim=1)
        # Neighbouring views differ by 0.06 along a ring, by 0.7 across.
        assert around.diff(dim=1).abs().max() < 0.15
        assert found.diff(dim=0).abs().max() < 0.35

    def test_when_light_is_told_in_the_middle_of_a_view_alone_then_all_of_it_counts(
        self,
    ):
        sky = a_sky(128)
        sun = is_around(128, View(0.4, 0.7), 6)
        sky[3:], sky[4:, sun] = 0.0, 1.0

        def look(seen):
            return look_through(seen * place_weight(seen).pow(4))

        found = predict_sphere(look, sky, area_px=AREA_PX).sources

        assert light_of(found[0]) == pytest.approx(light_of(sky[4:]), rel=0.15)


def place_weight(seen):
    """Return 1 in the middle of a view, 0 at its border."""
    rows, columns = (torch.linspace(-1, 1, n) for n in seen.shape[-2:])
    return torch.cos(0.5 * math.pi * rows)[:, None] * torch.cos(0.5 * math.pi * columns)


class TestAimedViews:
    def test_when_nothing_is_clipped_then_no_view_is_aimed(self):
        assert aimed_views(torch.zeros(64, 128)) == ()

    @pytest.mark.parametrize("yaw", [0.3, math.pi], ids=["ahead", "across the border"])
    def test_when_a_region_is_clipped_then_a_view_is_aimed_at_its_middle(self, yaw):
        clipped = is_around(128, View(yaw, 0.9), 15).float()

        (view,) = aimed_views(clipped)

        assert math.cos(view.yaw - yaw) == pytest.approx(1.0, abs=1e-3)
        assert view.pitch == pytest.approx(0.9, abs=0.02)

    def test_when_many_regions_are_clipped_then_the_largest_are_seen_first(self):
        aims = [View(0.7 * turn, 0.0) for turn in range(MOST_AIMED + 1)]
        regions = [is_around(256, v, 2 + n) for n, v in enumerate(aims)]

        found = aimed_views(torch.stack(regions).any(dim=0).float())

        turns = [round(view.yaw % (2 * math.pi) / 0.7) for view in found]
        assert turns == list(range(MOST_AIMED, 0, -1))

    def test_when_one_too_many_are_alike_then_none_of_them_is_chosen_by_place(self):
        clipped = torch.zeros(64, 128)
        clipped[20, 8 : 8 + 10 * MOST_AIMED : 10] = 1.0
        clipped[40:44, 100:104] = 1.0

        assert len(aimed_views(clipped)) == 1
        clipped[20, 8] = 0.0
        assert len(aimed_views(clipped)) == MOST_AIMED


def light_of(sphere):
    rows, columns = sphere.shape[-2:]
    polar = (torch.arange(rows) + 0.5) * math.pi / rows
    cells = polar.sin() * (math.pi / rows) * (2 * math.pi / columns)
    return float((sphere[0] * cells[:, None]).sum())


class TestPlaceInView:
    def test_when_all_views_look_then_every_direction_has_been_seen(self):
        directions = sphere_directions(96)

        weights = sum(place_in_view(directions, v, aspect=1.5)[1] for v in VIEWS)

        assert weights.min() > 0.1

    def test_when_a_view_looks_ahead_then_its_middle_is_ahead(self):
        ahead = torch.tensor([1.0, 0.0, 0.0]).view(3, 1, 1)

        place, weight = place_in_view(ahead, VIEWS[0], aspect=1.5)

        assert place.flatten().tolist() == [0.0, 0.0]
        assert float(weight) == 1.0

    def test_when_it_lies_behind_then_it_has_no_say(self):
        behind = torch.tensor([-1.0, 0.0, 0.0]).view(3, 1, 1)

        _, weight = place_in_view(behind, VIEWS[0], aspect=1.5)

        assert float(weight) == 0.0


class TestSizes:
    def test_when_a_view_has_an_area_then_it_is_three_by_two(self):
        assert view_size(128 * 192) == (128, 192)

    def test_when_a_panorama_is_small_then_it_is_not_enlarged(self):
        assert sphere_rows(100, 128 * 192) == 100
        assert sphere_rows(4096, 128 * 192) == 512


class TestSmoothPoles:
    def test_when_smoothed_then_rows_keep_their_means_and_the_equator_itself(self):
        maps = torch.rand(1, 3, 32, 64, generator=torch.manual_seed(0))

        smooth = smooth_poles(maps)

        torch.testing.assert_close(smooth.mean(3), maps.mean(3))
        torch.testing.assert_close(smooth[:, :, 16], maps[:, :, 16], atol=1e-3, rtol=0)

    def test_when_smoothed_then_a_pole_has_no_pinch(self):
        maps = torch.rand(1, 3, 32, 64, generator=torch.manual_seed(0))

        change = smooth_poles(maps).diff(dim=3).abs().mean((0, 1, 3))

        assert change[0] < 0.04 * change[16]
        assert change[31] < 0.04 * change[16]

    def test_when_smoothed_then_nothing_rings(self):
        lamp = torch.zeros(1, 1, 32, 64)
        lamp[..., 10] = 1.0

        smooth = smooth_poles(lamp)

        assert smooth.min() > -1e-6
        assert smooth.max() <= 1.0 + 1e-6
