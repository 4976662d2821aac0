import math

import numpy as np
import pytest

from hdr_core.errors import PlateError
from hdr_core.evaluation.views import draw_panorama, draw_view
from hdr_core.io.corpus import Scene

LAMP = 5_000.0


class TestDrawView:
    @staticmethod
    def scene(pixels, *, is_panorama=True):
        planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))
        return Scene("hall", planes, is_panorama=is_panorama, tags=())

    def test_when_a_view_is_drawn_then_it_is_not_finer_than_the_panorama(self, a_scene):
        scene = self.scene(a_scene(0, height=96, width=192))

        for seed in range(10):
            view = draw_view(np.random.default_rng(seed), scene, is_aimed=False)

            # At 110 degrees the middle of a view has 2 tan(55) W / 2 pi pixels.
            assert view.shape[2] <= 2 * math.tan(math.radians(55)) * 192 / math.tau
            assert view.shape[2] / view.shape[1] == pytest.approx(1.5, abs=0.05)

    def test_when_a_view_is_aimed_then_the_lamp_is_in_it(self, a_scene):
        dark = a_scene(0, height=96, width=192, lamp=False)
        dark[30:34, 60:64] = LAMP

        for seed in range(10):
            view = draw_view(
                np.random.default_rng(seed), self.scene(dark), is_aimed=True
            )

            assert float(view.max()) > 500.0

    def test_when_a_photograph_is_small_then_it_is_not_enlarged(self, a_scene):
        scene = self.scene(a_scene(0, height=60, width=40), is_panorama=False)

        view = draw_view(np.random.default_rng(0), scene, is_aimed=False)

        assert view.shape[2] <= 40

    def test_when_a_panorama_is_large_then_its_light_is_averaged(self, a_scene):
        pixels = a_scene(0, height=512, width=1024)
        scene = self.scene(pixels)

        whole = draw_panorama(np.random.default_rng(0), scene)

        assert whole.shape == (3, 256, 512)
        contrast = float(whole.max() / whole.mean())
        blocks = pixels.reshape(256, 2, 512, 2, 3).mean(axis=(1, 3))
        assert contrast == pytest.approx(float(blocks.max() / blocks.mean()), rel=1e-3)

    @pytest.mark.parametrize(
        "value", [pytest.param(0.0, id="black"), pytest.param(1.0, id="flat")]
    )
    def test_when_nothing_can_clip_in_part_then_it_is_refused(self, a_scene, value):
        flat = self.scene(np.full((96, 192, 3), value, dtype=np.float32))

        with pytest.raises(PlateError, match="hall"):
            draw_view(np.random.default_rng(0), flat, is_aimed=False)
