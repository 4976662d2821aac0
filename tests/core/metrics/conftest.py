"""A picture for the tests of metrics."""

import numpy as np
import pytest
import torch


@pytest.fixture
def a_smooth_scene():
    coarse = torch.from_numpy(np.random.default_rng(0).random((1, 3, 6, 9)))
    fine = torch.nn.functional.interpolate(coarse, size=(48, 72), mode="bicubic")
    light = fine[0].permute(1, 2, 0).clamp(min=0.0).numpy() ** 3 * 8
    return np.ascontiguousarray(light, dtype=np.float32)
