import math
import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from hdr_core.errors import OptionError, ShapeError
from hdr_core.metrics import jod as jod_module
from hdr_core.metrics.jod import GaussianBlur, is_available, jod

needs_cvvdp = pytest.mark.skipif(not is_available(), reason="cvvdp is not installed")


class TestGaussianBlur:
    def test_when_a_point_is_blurred_then_the_result_is_the_kernel(self):
        point = torch.zeros(1, 1, 9, 9)
        point[0, 0, 4, 4] = 1.0
        falloff = np.exp(-0.5 * (np.arange(-2, 3) / 1.5) ** 2)
        falloff /= falloff.sum()

        blurred = GaussianBlur(5, 1.5)(point)[0, 0]

        np.testing.assert_allclose(
            blurred[2:7, 2:7], np.outer(falloff, falloff), rtol=1e-5
        )

    def test_when_the_picture_is_flat_then_its_borders_stay_flat(self):
        flat = torch.full((2, 3, 12, 12), 0.7)

        torch.testing.assert_close(GaussianBlur(5, 1.0)(flat), flat)

    def test_when_light_is_at_the_border_then_it_is_mirrored_once(self):
        step = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(4, 1)[None, None]

        blurred = GaussianBlur(3, 1.0)(step)

        side = math.exp(-0.5) / (1 + 2 * math.exp(-0.5))
        assert blurred[0, 0, 0, 0].item() == pytest.approx(1 - 2 * side)
        assert blurred[0, 0, 0, 1].item() == pytest.approx(side)


@needs_cvvdp
class TestJod:
    def test_when_nothing_differs_then_it_is_ten(self, a_smooth_scene):
        assert jod(a_smooth_scene, a_smooth_scene) == pytest.approx(10.0)

    def test_when_more_is_clipped_then_it_is_worse(self, a_smooth_scene):
        mild = jod(np.minimum(a_smooth_scene, 2.0), a_smooth_scene)
        hard = jod(np.minimum(a_smooth_scene, 0.5), a_smooth_scene)

        assert hard < mild < 9.9

    def test_when_it_has_run_then_the_import_system_is_as_before(self, a_smooth_scene):
        jod_module._metric.cache_clear()
        path, names = list(sys.path), ("pycvvdp", "torchvision", "interp")
        before = {name: sys.modules.get(name) for name in names}

        jod(a_smooth_scene, a_smooth_scene)

        assert sys.path == path
        assert {name: sys.modules.get(name) for name in names} == before

    def test_when_the_real_torchvision_is_loaded_then_it_is_used_and_kept(
        self, a_smooth_scene, monkeypatch
    ):
        made = []

        class TheirBlur(GaussianBlur):
            def __init__(self, *args):
                super().__init__(*args)
                made.append(args)

        transforms = ModuleType("torchvision.transforms")
        transforms.GaussianBlur = TheirBlur
        monkeypatch.setitem(sys.modules, "torchvision", ModuleType("torchvision"))
        monkeypatch.setitem(sys.modules, "torchvision.transforms", transforms)
        jod_module._metric.cache_clear()

        jod(a_smooth_scene, a_smooth_scene)

        assert made
        assert sys.modules["torchvision.transforms"] is transforms
        jod_module._metric.cache_clear()

    def test_when_sizes_differ_then_it_is_refused(self, a_smooth_scene):
        with pytest.raises(ShapeError, match="two"):
            jod(a_smooth_scene[:-1], a_smooth_scene)

    def test_when_the_picture_is_tiny_then_it_is_refused(self, a_smooth_scene):
        tiny = a_smooth_scene[:8, :8]

        with pytest.raises(ShapeError, match="16 pixels"):
            jod(tiny, tiny)


class TestJodWithoutCvvdp:
    def test_when_cvvdp_is_missing_then_the_error_says_what_to_do(
        self, a_smooth_scene, monkeypatch
    ):
        jod_module._metric.cache_clear()
        monkeypatch.setattr(jod_module, "is_available", lambda: False)

        with pytest.raises(OptionError, match="--no-jod"):
            jod(a_smooth_scene, a_smooth_scene)
