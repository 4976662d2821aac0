"""Curves in NumPy are those in torch."""

import numpy as np
import torch

from hdr_core.camera.curves import follow_curve
from hdr_core.camera.response import apply_curve


class TestFollowCurve:
    def test_when_values_follow_a_curve_then_no_bit_differs_from_torch(self):
        values = np.random.default_rng(0).uniform(-0.1, 1.1, (40, 50, 3))
        values = values.astype(np.float32)
        values[0, 0] = (0.0, 1.0, np.nan)
        curve = np.linspace(0.0, 1.0, 1024) ** 2.2

        found = follow_curve(values, curve)

        wanted = apply_curve(
            torch.from_numpy(values)[None], torch.from_numpy(curve).float()[None]
        )
        np.testing.assert_array_equal(found, wanted[0].numpy())
