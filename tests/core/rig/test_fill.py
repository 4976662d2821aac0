"""Holes are filled with what surrounds them."""

import numpy as np

from hdr_core.panorama.angles import pixel_directions
from hdr_core.rig.fill import border_of, fill_holes


class TestFillHoles:
    def test_when_the_surroundings_are_even_then_so_is_the_fill(self, disc):
        light = np.full((180, 360, 3), 0.7, np.float32)
        hole = disc(20.0, 85.0, 8.0)
        light[hole] = 500.0

        filled = fill_holes(light, hole)

        np.testing.assert_allclose(filled, 0.7, rtol=1e-5)

    def test_when_the_surroundings_rise_then_the_fill_rises_with_them(self, disc):
        # x is harmonic on a small disc: the fill must find it again.
        light = 2.0 + pixel_directions(180, 360)[..., [1, 1, 1]].astype(np.float32)
        hole = disc(0.0, 0.0, 8.0)

        filled = fill_holes(light, hole)

        np.testing.assert_allclose(filled, light[hole], atol=0.02)

    def test_when_light_rises_toward_the_hole_then_the_fill_goes_on_rising(self, disc):
        ahead = pixel_directions(180, 360)[..., :1]
        glow = np.exp((ahead - 1.0) / np.radians(12.0) ** 2)
        light = np.repeat(0.2 + glow, 3, axis=2).astype(np.float32)
        hole = disc(0.0, 0.0, 8.0)

        filled = fill_holes(light, hole)[:, 0]

        border = light[border_of(hole)][:, 0].mean()
        assert filled.max() > 1.1 * border
        assert filled.max() < 1.5 * border
        middle = ahead[hole][:, 0].argmax()
        assert filled[middle] > np.median(filled)

    def test_when_the_whole_sphere_is_a_hole_then_it_is_black(self):
        filled = fill_holes(np.ones((8, 16, 3), np.float32), np.ones((8, 16), bool))

        np.testing.assert_array_equal(filled, 0.0)


class TestBorderOf:
    def test_when_a_mask_is_at_the_seam_then_its_border_is_on_both_sides(self):
        mask = np.zeros((6, 12), bool)
        mask[3, 0] = True

        border = border_of(mask)

        assert border.sum() == 8
        assert border[3, 11]
        assert border[3, 1]

    def test_when_a_mask_is_at_a_pole_then_its_border_goes_on_behind_it(self):
        mask = np.zeros((6, 12), bool)
        mask[0, 2] = True

        assert border_of(mask)[0, 7:10].all()
