"""Clipped light keeps its level along a shot; what moves or is new is not smeared."""

import numpy as np
import pytest
import torch

from hdr_core.errors import PlateError
from hdr_core.highlights.shot_stops import add_stops, total_stops
from hdr_core.shot.deflicker import (
    REACH,
    CameraPath,
    ReducedFrame,
    correction,
    exposure_change,
)
from hdr_core.stages.hallucinate.gain_network import GainMaps

SIZE = (24, 36)
STILL = torch.eye(3, dtype=torch.float64)


def shifted(columns):
    """The homography of a picture that moved by whole columns to the right."""
    moved = STILL.clone()
    moved[0, 2] = 2 * columns / SIZE[1]
    return moved


def a_glance(stops, clipped, light=0.2):
    return ReducedFrame(
        torch.as_tensor(stops, dtype=torch.float32).expand(3, *SIZE).clone(),
        torch.as_tensor(clipped, dtype=torch.float32).expand(SIZE).clone(),
        torch.full(SIZE, light),
    )


def steadied(glances, path):
    return [
        (glance.stops + correction(glances, path, place)).mean(0)
        for place, glance in enumerate(glances)
    ]


def still_path(count, exposures=None):
    return CameraPath([STILL] * (count - 1), exposures or [0.0] * count)


@pytest.fixture
def a_window():
    """Where a window clips, in the middle."""
    clipped = torch.zeros(SIZE)
    clipped[8:16, 12:24] = 1.0
    return clipped


class TestCorrection:
    def test_when_the_gain_flickers_then_it_is_steady_afterwards(self, a_window):
        noise = np.random.default_rng(0).normal(0.0, 0.3, 40)
        glances = [a_glance(2.0 + value, a_window) for value in noise]

        found = [stops[12, 18].item() for stops in steadied(glances, still_path(40))]

        before, after = np.abs(np.diff(noise)).mean(), np.abs(np.diff(found)).mean()
        assert after < before / 10
        assert np.mean(found) == pytest.approx(2.0 + noise.mean(), abs=0.1)

    def test_when_the_camera_pans_then_light_is_steadied_where_it_is_seen(self):
        rng = np.random.default_rng(0)
        glances, path = [], CameraPath([], [])
        for place in range(12):
            clipped = torch.zeros(SIZE)
            clipped[8:16, 4 + 2 * place : 10 + 2 * place] = 1.0
            glances.append(a_glance(2.0 + rng.normal(0.0, 0.3), clipped))
            path.exposures.append(0.0)
        path.homographies.extend([shifted(2)] * 11)

        found = [
            stops[12, 7 + 2 * place].item()
            for place, stops in enumerate(steadied(glances, path))
        ]

        before = np.abs(np.diff([g.stops[0, 0, 0].item() for g in glances])).mean()
        assert np.abs(np.diff(found)).mean() < before / 3

    def test_when_the_exposure_rises_then_light_above_clip_rises_with_it(
        self, a_window
    ):
        exposures = [0.1 * place for place in range(20)]
        noise = np.random.default_rng(0).normal(0.0, 0.2, 20)
        glances = [
            a_glance(1.0 + exposure + value, a_window)
            for exposure, value in zip(exposures, noise, strict=True)
        ]

        found = steadied(glances, still_path(20, exposures))

        rises = np.diff([stops[12, 18].item() for stops in found])
        np.testing.assert_allclose(rises, 0.1, atol=0.03)

    def test_when_a_lamp_is_switched_on_then_it_has_its_light_in_its_first_frame(
        self, a_window
    ):
        dark = [a_glance(0.5, torch.zeros(SIZE)) for _ in range(8)]
        lit = [a_glance(4.0, a_window) for _ in range(8)]

        found = steadied(dark + lit, still_path(16))

        assert found[8][12, 18].item() == pytest.approx(4.0, abs=1e-3)

    def test_when_a_lamp_passes_a_window_then_neither_takes_the_others_light(
        self, a_window
    ):
        glances = []
        for place in range(10):
            stops = torch.full(SIZE, 1.0)
            stops[10:14, 12 + place : 15 + place] = 6.0
            glances.append(a_glance(stops, a_window))

        found = steadied(glances, still_path(10))

        for place, stops in enumerate(found):
            assert stops[12, 13 + place].item() == pytest.approx(6.0, abs=0.3)
        assert found[0][12, 21].item() == pytest.approx(1.0, abs=0.1)

    def test_when_a_frame_is_out_of_reach_then_it_has_no_say(self, a_window):
        near = [a_glance(2.0, a_window) for _ in range(REACH + 1)]
        far = [a_glance(2.5, a_window)]
        path = still_path(REACH + 2)

        alone = correction(near, still_path(REACH + 1), 0)
        with_far = correction(near + far, path, 0)

        torch.testing.assert_close(alone, with_far)

    def test_when_nothing_clips_then_nothing_is_corrected(self):
        glances = [a_glance(value, torch.zeros(SIZE)) for value in (1.0, 2.0, 3.0)]

        found = correction(glances, still_path(3), 1)

        assert found.abs().max() == 0.0


class TestExposureChange:
    def test_when_a_frame_is_a_stop_brighter_then_it_is_found(self):
        light = torch.rand(SIZE) * 0.2 + 0.05
        first = ReducedFrame(torch.zeros(3, *SIZE), torch.zeros(SIZE), light)

        found = exposure_change(first, first._replace(light=light * 2.0), STILL)

        assert found == pytest.approx(1.0, abs=1e-3)

    def test_when_all_is_clipped_or_black_then_no_change_is_known(self):
        first = ReducedFrame(torch.zeros(3, *SIZE), torch.ones(SIZE), torch.ones(SIZE))

        assert exposure_change(first, first, STILL) == 0.0


class TestAddStops:
    def test_when_stops_are_added_then_all_light_of_the_context_has_them(self):
        maps = {name: torch.rand(1, 3, *SIZE) for name in GainMaps._fields}
        context = GainMaps(**maps | {"log2_spread": torch.zeros(1, 1, *SIZE)})

        brighter = add_stops(context, torch.full((3, *SIZE), 0.5))

        change = total_stops(brighter) - total_stops(context)
        torch.testing.assert_close(change, torch.full_like(change, 0.5))
        torch.testing.assert_close(brighter.log2_spread, context.log2_spread)

    def test_when_the_plate_has_another_size_then_it_is_refused(self):
        context = GainMaps(*(torch.zeros(1, 3, 5, 5) for _ in GainMaps._fields))

        with pytest.raises(PlateError, match="another size"):
            add_stops(context, torch.zeros(3, *SIZE))
