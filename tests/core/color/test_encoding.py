"""Color spaces of known encoding, told as cameras: curve, clip level, primaries."""

import numpy as np
import pytest

from hdr_core.camera.responses import inverse_srgb
from hdr_core.color.encoding import find_encoding, find_linear
from hdr_core.color.ocio import CONFIG, open_config
from hdr_core.errors import ColorError

STUDIO = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
ACES_2 = "sRGB - Display/ACES 2.0 - SDR 100 nits (Rec.709)"


@pytest.fixture
def encoding():
    def find(name, *, max_code=255):
        config = open_config(STUDIO)
        return find_encoding(config, name, working_space="ACEScg", max_code=max_code)

    return find


class TestFindEncoding:
    def test_when_the_space_is_srgb_then_curve_and_primaries_are_the_standards(
        self, encoding
    ):
        found = encoding("srgb_tx")

        codes = np.linspace(0.0, 1.0, 511)
        np.testing.assert_allclose(found.curve, inverse_srgb(codes), atol=1e-6)
        np.testing.assert_allclose(found.to_network, np.eye(3), atol=1e-6)
        assert found.space == "sRGB Encoded Rec.709 (sRGB)"
        assert found.clip_level == pytest.approx(1.0, abs=1e-6)

    @pytest.mark.parametrize(
        ("name", "clip_level"),
        [
            ("ARRI LogC3 (EI800)", 55.08),
            ("ARRI LogC4", 469.8),
            ("S-Log3 S-Gamut3.Cine", 38.42),
            ("Apple Log", 12.0),
            ("Camera Rec.709", 1.0),
            ("Rec.1886 Rec.709 - Display", 1.0),
            ("Gamma 2.2 Encoded Rec.709", 1.0),
        ],
    )
    def test_when_a_camera_has_a_curve_then_it_clips_at_a_level_of_its_own(
        self, encoding, name, clip_level
    ):
        found = encoding(name)

        assert found.clip_level == pytest.approx(clip_level, rel=1e-3)
        assert found.curve[-1] == 1.0
        assert (np.diff(found.curve) > 0).all()
        assert found.encode is None

    def test_when_primaries_are_wider_then_curve_and_matrix_give_the_configs_colors(
        self, encoding
    ):
        found = encoding("S-Log3 S-Gamut3.Cine", max_code=1023)
        codes = np.random.default_rng(3).integers(0, 1024, (100, 3))

        light = found.curve[2 * codes] * found.clip_level @ found.to_network

        expected = found.decode(codes / 1023.0)
        np.testing.assert_allclose(light, expected, rtol=2e-6, atol=1e-5)
        assert expected.min() < 0.0  # out of the networks' gamut, and not clipped

    @pytest.mark.parametrize("name", [ACES_2, "Rec.2100-HLG - Display"])
    def test_when_no_curve_can_tell_it_then_the_encoding_is_asked(self, encoding, name):
        found = encoding(name)
        codes = np.random.default_rng(3).uniform(0.05, 0.95, (64, 3))

        back = found.encode(found.decode(codes))

        np.testing.assert_allclose(back, codes, atol=1e-3)

    def test_when_it_is_data_then_it_is_refused(self, encoding):
        with pytest.raises(ColorError, match="'Raw' is data"):
            encoding("Raw")

    def test_when_there_is_no_such_view_then_it_is_an_unknown_space(self, encoding):
        with pytest.raises(ColorError, match="no color space 'sRGB - Display/Film'"):
            encoding("sRGB - Display/Film")


class TestFindLinear:
    def test_when_a_config_has_other_names_then_primaries_find_the_space(
        self, tmp_path
    ):
        text = open_config(CONFIG).ocio.serialize()
        for alias in ("lin_rec709_scene", "lin_rec709_srgb", "lin_rec709", "lin_srgb"):
            text = text.replace(f"{alias}, ", "")
        text = text.replace("interop_id: lin_rec709_scene", "")
        path = tmp_path / "config.ocio"
        path.write_text(text.replace("Linear Rec.709 (sRGB)", "lamp light"))
        config = open_config(str(path))

        found = find_linear(config, "lin_rec709_scene")

        assert config.find("lin_rec709_scene") is None
        assert found == "lamp light"
