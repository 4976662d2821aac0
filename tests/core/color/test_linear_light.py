"""Plates whose codes are light: no curve is estimated for them."""

from pathlib import Path

import numpy as np
import pytest

from hdr_core.checkpoint import load_model
from hdr_core.color.spaces import choose_colors
from hdr_core.delivery.camera_files import estimate_camera
from hdr_core.errors import OptionError
from hdr_core.options import Options
from hdr_core.plate import COLOR_SOURCE, CURVE, TAG, Plate
from hdr_core.reconstruction import reconstruct


@pytest.fixture
def a_linear_plate():
    codes = np.random.default_rng(2).integers(0, 120, (8, 10, 3))
    pixels = (codes / 255.0).astype(np.float32)
    metadata = {
        CURVE: "linear",
        TAG: "lin_rec2020_scene",
        COLOR_SOURCE: "cICP",
    }
    return Plate(pixels, "encoded", path=Path("a.png"), metadata=metadata)


class TestLinearLight:
    def test_when_codes_are_light_then_the_result_is_the_codes(self, a_linear_plate):
        options = Options(
            working_space="lin_rec2020_scene", skip=("dequantize", "refine")
        )

        result = reconstruct(a_linear_plate, load_model("compact"), options)

        assert result.hdr.pixels == pytest.approx(a_linear_plate.pixels, abs=1e-6)
        assert result.violations == 0

    def test_when_codes_are_light_then_the_note_says_why(self, a_linear_plate):
        colors = choose_colors(a_linear_plate, Options())

        assert colors.assumed == "linear light, primaries of Rec.2020"
        assert "linear by cICP, clipped at 1" in colors.note

    def test_when_the_network_is_asked_for_then_it_estimates(self, a_linear_plate):
        colors = choose_colors(a_linear_plate, Options(linearize="network"))

        assert colors.encoding is None

    def test_when_its_camera_is_asked_for_then_it_is_known(self, a_linear_plate):
        with pytest.raises(OptionError, match=r"a\.png: its curve is known already"):
            estimate_camera([a_linear_plate], load_model("compact"), config=Options())
