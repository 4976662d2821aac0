"""EXR of lossy compressions: ringing beside edges is no light above the clip."""

import numpy as np
import pytest

from hdr_core.io.read import read_plate
from hdr_core.plate import NOTES


@pytest.fixture
def an_edge():
    """White beside black (32, 64, 3), with noise between 0 and 1."""
    pixels = np.random.default_rng(1).random((32, 64, 3)).astype(np.float32)
    pixels[:, :24], pixels[:, 40:] = 0.0, 1.0
    return pixels


class TestRinging:
    def test_when_a_lossy_exr_rings_then_it_is_a_plate_all_the_same(
        self, tmp_path, write_samples, an_edge
    ):
        path = write_samples(tmp_path / "a.exr", an_edge, "half", compression="dwaa")

        plate = read_plate(path)

        assert plate.pixels.min() >= 0.0
        assert plate.pixels.max() <= 1.0
        assert "ringing of its compression clipped" in plate.metadata[NOTES]

    def test_when_a_lossless_exr_is_just_above_1_then_it_is_already_hdr(
        self, tmp_path, write_samples, an_edge, assert_refused
    ):
        path = write_samples(
            tmp_path / "a.exr", an_edge * 1.005, "half", compression="zip"
        )

        assert_refused(path, "already HDR", "values from 0 to 1.005")
