"""Stage 3 sees a plate whole, and its four corners nearer."""

import pytest
import torch

from hdr_core.highlights.corner_views import fine_size, predict_with_corners
from hdr_core.stages.hallucinate.gain_network import GainMaps

AREA_PX = 24 * 36


def look_through(seen):
    """A stage 3 that tells what it sees."""
    return GainMaps(*seen.tensor_split([3, 4], dim=1))


def a_ramp(height, width):
    """Seven maps that rise along both axes."""
    rows, columns = torch.arange(height), torch.arange(width)
    return (0.02 * rows[:, None] + 0.01 * columns).expand(1, 7, height, width)


class TestSeeWithCorners:
    def test_when_all_looks_tell_the_same_then_so_does_the_result(self):
        fine = a_ramp(*fine_size((480, 720), AREA_PX))

        told = torch.cat(
            predict_with_corners(look_through, look_through, fine, area_px=AREA_PX),
            dim=1,
        )

        assert told.shape == fine.shape == (1, 7, 36, 54)
        # At its border, the whole plate's coarser samples stand for what is beyond.
        inside = told[..., 1:-1, 1:-1], fine[..., 1:-1, 1:-1]
        torch.testing.assert_close(*inside, atol=2e-3, rtol=0.0)

    def test_when_corners_differ_then_nothing_jumps_between_them(self):
        fine = a_ramp(36, 54)
        # By their first samples, which begin a third of the plate apart.
        levels = {0: 0.0, 18: 1.0, 24: 2.0, 42: 3.0}

        def look(seen):
            return look_through(torch.zeros_like(seen))

        def predict_crop(seen):
            level = levels[round(100 * seen[0, 0, 0, 0].item())]
            return look_through(torch.full_like(seen, level))

        told = predict_with_corners(look, predict_crop, fine, area_px=AREA_PX).stops

        # Half of what the corners tell: 0 to 1.5 from end to end.
        ends = told[0, 0, [0, 0, -1, -1], [0, -1, 0, -1]]
        torch.testing.assert_close(ends, torch.tensor([0.0, 0.5, 1.0, 1.5]))
        assert told.diff(dim=2).abs().max() < 0.15
        assert told.diff(dim=3).abs().max() < 0.06

    def test_when_a_corner_is_seen_then_it_is_no_larger_than_a_plate(self):
        sizes = []

        def look(seen):
            sizes.append(tuple(seen.shape[-2:]))
            return look_through(seen)

        predict_with_corners(look, look, a_ramp(36, 54), area_px=AREA_PX)

        assert sizes == [(24, 36)] * 5

    @pytest.mark.parametrize("size", [(1, 1), (24, 36), (3, 200)], ids=str)
    def test_when_the_plate_is_small_then_it_is_seen_whole_only(self, size):
        def predict_crop(seen):
            raise AssertionError("no corner is to be seen")

        fine = a_ramp(*size)
        told = predict_with_corners(look_through, predict_crop, fine, area_px=AREA_PX)

        torch.testing.assert_close(torch.cat(told, dim=1), fine)

    @pytest.mark.parametrize("size", [(1, 2000), (33, 29), (2000, 2)], ids=str)
    def test_when_the_plate_has_any_shape_then_every_sample_is_told(self, size):
        fine = torch.ones(1, 7, *fine_size(size, AREA_PX))

        told = torch.cat(
            predict_with_corners(look_through, look_through, fine, area_px=AREA_PX),
            dim=1,
        )

        torch.testing.assert_close(told, fine)
