"""Views of a scene: never finer than the scene, and all over it."""

import numpy as np
import pytest
import torch

from hdr_core.errors import TrainingError
from hdr_core.io.corpus import Scene
from hdr_core.training.views import choose_fine_scenes, draw_part, draw_view


def a_map(*, height=128, width=256, is_panorama=True):
    """A scene whose red tells the column of each pixel, and its green the row."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    pixels = np.stack([columns, rows, np.ones_like(rows)])
    return Scene("map", pixels, is_panorama=is_panorama, tags=())


class TestDrawView:
    @pytest.mark.parametrize(
        ("crop", "size"),
        [
            pytest.param(False, (32, 48), id="turned camera"),
            pytest.param(False, (96, 144), id="turned camera, too fine: crop"),
            pytest.param(True, (32, 48), id="crop"),
            pytest.param(True, (120, 180), id="crop of nearly all"),
            pytest.param(False, (64, 128), id="whole panorama"),
        ],
    )
    def test_when_a_view_is_drawn_then_it_is_not_finer_than_the_panorama(
        self, crop, size
    ):
        height, width = size
        rng = np.random.default_rng(0)

        for _ in range(40):
            view = draw_view(a_map(), rng, height=height, width=width, crop=crop)

            assert view.shape == (3, height, width)
            # One row of the view, at its middle, is at least one of the panorama.
            above, below = view[1, height // 2 - 1 : height // 2 + 1, width // 2]
            assert float((below - above).abs()) > 0.99

    @pytest.mark.parametrize("crop", [True, False], ids=["crop", "turned camera"])
    def test_when_views_are_drawn_then_they_differ(self, crop):
        rng = np.random.default_rng(0)

        views = [
            draw_view(a_map(), rng, height=32, width=48, crop=crop) for _ in range(20)
        ]

        middles = torch.stack([view[:2, 16, 24] for view in views])
        assert float(middles[:, 0].std()) > 30.0
        assert float(middles[:, 1].std()) > 5.0

    def test_when_the_whole_panorama_is_asked_for_then_all_of_its_light_comes(self):
        rng = np.random.default_rng(0)
        scene = a_map()

        whole = draw_view(scene, rng, height=64, width=128, crop=True)

        mean = torch.from_numpy(scene.pixels).mean(dim=(1, 2))
        torch.testing.assert_close(whole.mean(dim=(1, 2)), mean)

    def test_when_a_photograph_is_cut_then_its_sides_do_not_meet(self):
        rng = np.random.default_rng(0)
        photograph = a_map(is_panorama=False)

        for _ in range(40):
            view = draw_view(photograph, rng, height=32, width=48, crop=False)

            assert bool((view[0].diff(dim=1) > 0.0).all())


class TestDrawPart:
    @staticmethod
    def a_night(lamp_row):
        pixels = np.zeros((3, 128, 256), np.float32)
        pixels[:, lamp_row : lamp_row + 8, 64:72] = 50.0
        return Scene("night", pixels, is_panorama=True, tags=())

    @pytest.mark.parametrize("row", [30, 60, 95], ids=["high", "level", "low"])
    def test_when_parts_are_drawn_then_most_hold_the_light(self, row):
        rng = np.random.default_rng(0)
        night = self.a_night(row)

        parts = [draw_part(night, rng, height=16, width=24)[0] for _ in range(60)]

        n_bright = sum(float(part.max()) > 1.0 for part in parts)
        assert 25 < n_bright < 58

    def test_when_a_part_is_drawn_then_the_whole_stands_beside_it(self):
        night = self.a_night(60)

        part, whole = draw_part(night, np.random.default_rng(0), height=16, width=24)

        assert part.shape == (3, 16, 24)
        torch.testing.assert_close(
            whole.mean(dim=(1, 2)), torch.from_numpy(night.pixels).mean(dim=(1, 2))
        )


class TestChooseFineScenes:
    def test_when_scenes_are_coarser_than_the_view_then_they_are_left_out(self):
        coarse, fine = a_map(height=64, width=128), a_map()

        assert choose_fine_scenes([coarse, fine], (96, 128)) == [fine]

    def test_when_every_scene_is_coarser_then_it_is_an_error(self):
        with pytest.raises(
            TrainingError, match="no training scene has at least 512x256 px"
        ):
            choose_fine_scenes([a_map()], (256, 512))
