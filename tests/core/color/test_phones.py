"""Photographs of phones: their own encoding, because no curve undoes local tones."""

import numpy as np
import pytest

from hdr_core.color.spaces import choose_colors
from hdr_core.decisions import decide
from hdr_core.options import Options
from hdr_core.plate import LOCAL_TONES, TAG, Plate
from hdr_core.reconstruction import reconstruct

PHONE = {LOCAL_TONES: "it is by a phone of Maker"}


def a_photograph(**metadata):
    codes = np.random.default_rng(0).integers(0, 256, (16, 24, 3))
    pixels = (codes / 255).astype(np.float32)
    return Plate(pixels, state="encoded", bits=8, metadata=metadata)


class TestPhones:
    @pytest.mark.parametrize(
        ("tag", "space"),
        [
            ({}, "sRGB Encoded Rec.709 (sRGB)"),
            ({TAG: "srgb_p3d65_scene"}, "sRGB Encoded P3-D65"),
            ({TAG: "no such space"}, "sRGB Encoded Rec.709 (sRGB)"),
        ],
        ids=["no tag", "Display P3", "an unknown tag"],
    )
    def test_when_a_phone_took_it_then_its_own_encoding_is_taken_and_reported(
        self, tag, space
    ):
        colors = choose_colors(a_photograph(**PHONE, **tag), Options())

        assert colors.assumed == space
        assert "a phone of Maker" in colors.note
        assert "--linearize network" in colors.note

    def test_when_network_is_asked_then_the_curve_is_estimated(self):
        decisions = decide(a_photograph(**PHONE), Options(linearize="network"))

        assert decisions.camera is None

    def test_when_no_phone_took_it_then_the_curve_is_estimated(self):
        assert decide(a_photograph(), Options()).camera is None

    def test_when_reconstructed_then_unclipped_light_is_that_of_srgb(
        self, a_small_model
    ):
        plate = a_photograph(**PHONE)
        options = Options(skip=("dequantize", "refine"))

        result = reconstruct(plate, a_small_model, options)

        codes = plate.pixels
        light = np.where(
            codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4
        )
        is_dark = codes.max(axis=-1) < 0.5
        np.testing.assert_allclose(
            result.hdr.pixels[is_dark], light[is_dark], atol=1e-3
        )
        assert result.violations == 0
