"""Edges tell the camera: they are straight in light, and bent by a wrong curve."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from hdr_core.camera.crf import apply_curve, apply_inverse_curve
from hdr_core.errors import ShapeError
from hdr_core.stages.edges import (
    FLAT_BINS,
    PLACE_BINS,
    count_edge_statistics,
    edge_statistics,
)

PLACES = torch.linspace(0.0, 1.0, 256)
GAMMAS = [1.0, 1.4, 1.8, 2.2, 2.6, 3.0]
CURVES = torch.stack([PLACES**gamma for gamma in GAMMAS])


def a_mosaic(gamma, *, is_grey=False):
    """A plate of colored tiles, blurred in light, by a camera of some gamma."""
    generator = torch.Generator().manual_seed(3)
    tiles = torch.rand(1, 1 if is_grey else 3, 24, 32, generator=generator) * 0.9
    light = functional.interpolate(tiles.expand(1, 3, 24, 32), scale_factor=7.0)
    light = functional.avg_pool2d(light, 2)
    return apply_inverse_curve(light, (PLACES**gamma)[None])


def parts_of(plate):
    n = len(CURVES)
    n_pairs = PLACE_BINS * (PLACE_BINS + 1) // 2
    sizes = [n, n, n_pairs, n_pairs, FLAT_BINS, FLAT_BINS]
    return edge_statistics(plate, CURVES)[0].split(sizes)


class TestEdgeStatistics:
    @pytest.mark.parametrize("gamma", [1.4, 2.2, 2.6])
    def test_when_the_curve_is_the_cameras_then_edges_are_straightest(self, gamma):
        straight, *_ = parts_of(a_mosaic(gamma))

        assert GAMMAS[int(straight.argmin())] == gamma

    @pytest.mark.parametrize("gamma", [1.4, 2.2, 2.6])
    def test_when_the_curve_is_the_cameras_then_pixels_lie_in_the_middle(self, gamma):
        _, moved, *_ = parts_of(a_mosaic(gamma, is_grey=True))

        assert GAMMAS[int(moved.abs().argmin())] == gamma
        # Too low a gamma leaves them on the bright side, too high a one on the dark.
        assert moved[0] > 0.1
        assert moved[-1] < -0.1

    def test_when_a_pixel_is_between_two_codes_then_its_place_is_told(self):
        plate = torch.tensor([0.1, 0.35, 0.6]).expand(1, 3, 20, 3)

        _, _, place, count, _, _ = parts_of(plate)

        # (0.35 - 0.1) / (0.6 - 0.1) - 1 / 2 = 0.
        assert place.abs().max() < 1e-5
        assert int((count > 0.0).sum()) == 1

    def test_when_neighbours_are_equal_then_their_bin_is_flat(self):
        plate = torch.full((1, 3, 16, 16), 0.5)
        plate[..., 8:] += 1 / 255

        *_, equal, near = parts_of(plate)

        # Of the right half, an eighth has its left neighbour in the left half.
        assert near.max() == pytest.approx(1 / 8, rel=0.05)
        assert equal[near.argmax()] == pytest.approx(7 / 8, rel=0.05)
        assert int((equal > 0.0).sum()) <= 2

    @pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 2), (3, 5)], ids=str)
    def test_when_a_plate_is_tiny_then_its_statistics_are_finite(self, size):
        said = edge_statistics(torch.rand(2, 3, *size), CURVES)

        assert said.shape == (2, count_edge_statistics(len(CURVES)))
        assert said.isfinite().all()

    @pytest.mark.parametrize("value", [0.0, 1.0], ids=["black", "white"])
    def test_when_a_plate_is_flat_then_edges_say_nothing(self, value):
        straight, moved, place, count, _, _ = parts_of(torch.full((1, 3, 9, 9), value))

        for part in (straight, moved, place, count):
            assert not part.any()

    def test_when_clipped_pixels_bend_an_edge_then_it_does_not_count(self):
        clipped = torch.tensor([0.2, 0.9, 1.0]).expand(1, 3, 40, 3)

        straight, _, place, count, _, _ = parts_of(clipped)

        assert not straight.any()
        assert not place.any()
        assert not count.any()

    def test_when_plates_stand_in_a_batch_then_each_says_what_it_says_alone(self):
        plates = torch.cat([a_mosaic(1.4), a_mosaic(2.2)])

        together = edge_statistics(plates, CURVES)

        alone = torch.cat([edge_statistics(plate[None], CURVES) for plate in plates])
        assert torch.equal(together, alone)

    def test_when_the_plate_is_grey_then_the_error_says_what_is_needed(self):
        with pytest.raises(ShapeError, match="encoded"):
            edge_statistics(torch.zeros(1, 1, 8, 8), CURVES)

    def test_when_a_mosaic_goes_through_its_curve_then_it_is_light_again(self):
        light = apply_curve(a_mosaic(2.2), (PLACES**2.2)[None])

        assert float(light.max()) == pytest.approx(0.9, abs=0.02)
        assert np.isfinite(light.numpy()).all()
