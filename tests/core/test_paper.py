"""The paper's networks in the line: with fidelity "free", nothing of ours is added."""

import numpy as np
import pytest
from torch import nn

from hdr_core.options import Options
from hdr_core.reconstruction import reconstruct


@pytest.fixture
def a_plate_with_black(photograph):
    plate = photograph()
    plate.pixels[:4] = 0.0
    return plate


def light_of_black(model, plate, *, fidelity):
    """Light of code 0 before stage 3, where stage 1 runs and leaves it at 0."""
    for weight in model.dequantize.unet.last.parameters():
        nn.init.zeros_(weight)
    options = Options(fidelity=fidelity, precision="float32")
    return reconstruct(plate, model, options).linear[:4]


class TestCodeZero:
    def test_when_fidelity_is_free_then_code_0_is_0(
        self, a_paper_like_model, a_plate_with_black
    ):
        light = light_of_black(a_paper_like_model, a_plate_with_black, fidelity="free")

        np.testing.assert_array_equal(light, 0.0)

    def test_when_the_promise_is_given_then_code_0_has_its_likeliest_light(
        self, a_paper_like_model, a_plate_with_black
    ):
        light = light_of_black(a_paper_like_model, a_plate_with_black, fidelity="plate")

        assert (light > 0.0).all()

    def test_when_the_model_is_ours_then_code_0_has_its_likeliest_light(
        self, a_small_model, a_plate_with_black
    ):
        light = light_of_black(a_small_model, a_plate_with_black, fidelity="free")

        assert (light > 0.0).all()
