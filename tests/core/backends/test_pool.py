"""Means over areas without torch are those of torch."""

import numpy as np
import pytest
import torch

from hdr_core.backends.pool import pool_area
from hdr_core.execution.reduce import shrink

SIZE = (43, 64)


class TestPoolArea:
    @pytest.mark.parametrize(
        "small", [(19, 28), (43, 64), (1, 1), (42, 63), (10, 64)], ids=str
    )
    def test_when_a_plate_is_reduced_then_the_means_are_those_of_torch(self, small):
        planes = np.random.default_rng(0).random((3, *SIZE), np.float32)

        found = pool_area(lambda rows: planes[:, rows], SIZE, small)

        wanted = shrink(
            lambda rows: torch.from_numpy(planes[:, rows].copy())[None], SIZE, small
        )
        assert found.shape == (3, *small)
        np.testing.assert_allclose(found, wanted[0].numpy(), rtol=1e-6)

    def test_when_values_are_equal_then_their_mean_is_the_value(self):
        found = pool_area(
            lambda rows: np.full((1, 3, 9), 0.25, np.float32), (3, 9), (1, 4)
        )

        assert found.tolist() == [[[0.25] * 4]]
