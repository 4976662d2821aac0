"""What OpenColorIO is asked: color spaces, and the display transform as a camera."""

import numpy as np
import pytest

from hdr_core.camera.curves import inverse_srgb
from hdr_core.color.ocio import CONFIG, builtin_config, convert, display_curve
from hdr_core.errors import OptionError


def a_ramp():
    """(1, 33, 3) scene-linear, each channel another, from -1 to 4."""
    ramp = np.linspace(-1.0, 4.0, 33, dtype=np.float32)
    return np.stack([ramp, ramp[::-1], ramp * 0.5], axis=-1)[None].copy()


class TestBuiltinConfig:
    def test_when_asked_for_then_it_is_the_pinned_one(self):
        assert builtin_config().getName() in CONFIG


class TestConvert:
    def test_when_taken_to_acescg_then_white_stays_and_red_is_known(self):
        pixels = np.float32([[[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]])

        converted = convert(pixels, source="lin_rec709_scene", target="ACEScg")

        # First column of the Rec.709 (D65) to AP1 matrix, Bradford adapted.
        expected = np.float32([[[1.0, 1.0, 1.0], [0.613097, 0.070194, 0.020616]]])
        np.testing.assert_allclose(converted, expected, atol=2e-5)

    def test_when_decoded_from_srgb_then_it_is_the_standards_formula(self):
        encoded = np.linspace(0.0, 1.0, 256, dtype=np.float32)
        pixels = np.repeat(encoded[None, :, None], 3, axis=2)

        linear = convert(pixels, source="sRGB - Texture", target="lin_rec709_scene")

        np.testing.assert_allclose(linear[0, :, 0], inverse_srgb(encoded), atol=1e-6)

    @pytest.mark.parametrize("space", ["ACEScg", "ACES2065-1", "scene_linear"])
    def test_when_taken_there_and_back_then_light_is_the_same(self, space):
        there = convert(a_ramp(), source="lin_rec709_scene", target=space)
        back = convert(there, source=space, target="lin_rec709_scene")

        assert np.abs(there - a_ramp()).max() > 0.1
        np.testing.assert_allclose(back, a_ramp(), atol=2e-6)

    def test_when_converted_then_the_given_pixels_stay_as_they_were(self):
        pixels = a_ramp()

        convert(pixels, source="lin_rec709_scene", target="ACEScg")

        np.testing.assert_array_equal(pixels, a_ramp())

    @pytest.mark.parametrize(
        "spaces",
        [
            {"source": "lin_rec709_scene", "target": "Kodak"},
            {"source": "Kodak", "target": "lin_rec709_scene"},
        ],
        ids=["target", "source"],
    )
    def test_when_a_color_space_is_unknown_then_the_error_names_it(self, spaces):
        with pytest.raises(OptionError, match="no 'Kodak' in ocio://"):
            convert(a_ramp(), **spaces)


class TestDisplayCurve:
    @pytest.mark.parametrize("clip_level", [1.0, 4.0, 16.0])
    def test_when_the_display_is_a_camera_then_its_curve_is_one(self, clip_level):
        curve = display_curve(clip_level, samples=256)

        assert curve.shape == (256,)
        assert curve.dtype == np.float64
        assert (curve[0], curve[-1]) == (0.0, 1.0)
        assert (np.diff(curve) >= 0).all()

    def test_when_the_camera_clips_later_then_mid_grey_is_brighter_beside_its_clip(
        self,
    ):
        early, late = (display_curve(level, samples=1024) for level in (1.0, 16.0))

        # The same share of the clip is four stops more light.
        assert (late[1:-1] > early[1:-1]).all()
