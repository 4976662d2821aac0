"""Primaries that a movie's stream names, though the color config has no such space."""

from pathlib import Path

import numpy as np
import pytest

from hdr_core.color.spaces import choose_colors
from hdr_core.options import Options
from hdr_core.plate import TAG, Plate


class TestStreamPrimaries:
    @pytest.mark.parametrize(
        ("tag", "primaries"),
        [
            ("g24_rec2020_display", "Rec.2020"),
            ("g24_rec601-525_display", "Rec.601 (525 lines)"),
        ],
    )
    def test_when_the_stream_names_them_then_they_come_before_the_file_rule(
        self, tag, primaries
    ):
        black = np.zeros((2, 2, 3), np.float32)
        frame = Plate(black, "encoded", path=Path("clip.mov"), metadata={TAG: tag})

        colors = choose_colors(frame, Options())

        assert colors.assumed == f"camera, primaries of {primaries}"
        red, green, blue = colors.camera_to_network
        white = red + green + blue
        np.testing.assert_allclose(white, 1.0, atol=1e-3)

    def test_when_the_stream_names_none_then_the_file_rule_decides(self):
        black = np.zeros((2, 2, 3), np.float32)
        frame = Plate(black, "encoded", path=Path("clip.mov"))

        assert "Rec.709" in choose_colors(frame, Options()).assumed
