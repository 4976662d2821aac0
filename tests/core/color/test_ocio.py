"""The door to OpenColorIO: configs, names, file rules, conversions, and refusals."""

from pathlib import Path

import numpy as np
import pytest

from hdr_core.camera.responses import inverse_srgb
from hdr_core.color.display_curve import display_curve
from hdr_core.color.encoding import from_network, matrix_of
from hdr_core.color.encoding import to_network as to_network_of
from hdr_core.color.ocio import CONFIG, open_config
from hdr_core.color.spaces import choose_colors
from hdr_core.errors import ColorError
from hdr_core.options import Options
from hdr_core.plate import Plate

REC709 = "lin_rec709_scene"
NEWER = "ocio_profile_version: 2.99\nroles: {default: raw}\n"
BROKEN = "this is: [no config\n"
LUT_GONE = """ocio_profile_version: 2.1
search_path: luts
roles: {scene_linear: lin, default: lin}
file_rules: [!<Rule> {name: Default, colorspace: lin}]
displays: {sRGB: [!<View> {name: Raw, colorspace: lin}]}
colorspaces:
  - !<ColorSpace> {name: lin}
  - !<ColorSpace>
    name: camera
    to_scene_reference: !<FileTransform> {src: gone.clf}
"""


@pytest.fixture(autouse=True)
def no_config_in_the_environment(monkeypatch):
    monkeypatch.delenv("OCIO", raising=False)


@pytest.fixture
def a_ramp():
    """(1, 33, 3) scene-linear, each channel another, from -1 to 4."""
    ramp = np.linspace(-1.0, 4.0, 33, dtype=np.float32)
    return np.stack([ramp, ramp[::-1], ramp * 0.5], axis=-1)[None].copy()


@pytest.fixture
def a_config_file(tmp_path):
    def write(text):
        path = tmp_path / "config.ocio"
        path.write_text(text)
        return path

    return write


ACES_V1 = """ocio_profile_version: 1
search_path: luts
strictparsing: true
roles: {default: ACES - ACES2065-1, scene_linear: ACES - ACEScg, data: Utility - Raw}
displays: {ACES: [!<View> {name: sRGB, colorspace: Output - sRGB}]}
colorspaces:
  - !<ColorSpace> {name: ACES - ACES2065-1}
  - !<ColorSpace>
    name: ACES - ACEScg
    to_reference: !<MatrixTransform> {matrix: [0.695452, 0.140679, 0.163869, 0,
      0.0447946, 0.859671, 0.0955343, 0, -0.00552588, 0.00402521, 1.0015, 0,
      0, 0, 0, 1]}
  - !<ColorSpace>
    name: Output - sRGB
    from_reference: !<FileTransform> {src: "${SHOT}_grade.spi3d"}
  - !<ColorSpace> {name: Utility - Raw, isdata: true}
"""
# Names and values that nobody knows.
OWN_V1 = """ocio_profile_version: 1
roles: {default: a, scene_linear: a}
displays: {s: [!<View> {name: R, colorspace: b}]}
colorspaces:
  - !<ColorSpace> {name: a}
  - !<ColorSpace>
    name: b
    to_reference: !<ExponentTransform> {value: [2.2, 2.2, 2.2, 1]}
"""
AP1_TO_REC709 = [
    [1.70505, -0.13026, -0.02400],
    [-0.62179, 1.14080, -0.12897],
    [-0.08326, -0.01055, 1.15297],
]


class TestConfigsOfVersion1:
    def test_when_a_config_has_no_interchange_roles_then_known_spaces_are_found(
        self, a_config_file
    ):
        config = open_config(str(a_config_file(ACES_V1)))

        to_network = matrix_of(to_network_of(config, "ACES - ACEScg"))
        back = matrix_of(from_network(config, "ACES - ACEScg"))

        assert to_network == pytest.approx(np.array(AP1_TO_REC709), abs=1e-4)
        assert to_network @ back == pytest.approx(np.eye(3), abs=1e-5)

    def test_when_a_space_that_nobody_asked_for_lacks_its_file_then_it_works(
        self, a_config_file
    ):
        roles = "roles: {aces_interchange: ACES - ACES2065-1, "
        text = ACES_V1.replace("version: 1", "version: 2").replace("roles: {", roles)
        config = open_config(str(a_config_file(text)))

        found = choose_colors(
            Plate(np.zeros((1, 1, 3), np.float32), "encoded"),
            Options(working_space="scene_linear", color_config=config.source),
        )

        assert found.working_space == "ACES - ACEScg"
        assert found.interop_id == "lin_ap1_scene"

    def test_when_a_space_that_is_asked_for_lacks_its_file_then_the_file_is_named(
        self, a_config_file
    ):
        config = open_config(str(a_config_file(ACES_V1)))

        with pytest.raises(ColorError, match=r"a file is missing \(.*_grade\.spi3d"):
            to_network_of(config, "Output - sRGB")

    def test_when_no_space_is_known_then_the_error_says_what_to_add(
        self, a_config_file
    ):
        config = open_config(str(a_config_file(OWN_V1)))

        with pytest.raises(ColorError, match="Add `aces_interchange: NAME`"):
            to_network_of(config, "a")


class TestOpenConfig:
    def test_when_nothing_is_chosen_then_it_is_the_pinned_one(self):
        assert open_config().source == CONFIG
        assert open_config().label in CONFIG

    def test_when_the_environment_names_one_then_it_is_taken(self, monkeypatch):
        studio = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
        monkeypatch.setenv("OCIO", studio)

        assert open_config().source == studio
        assert open_config(CONFIG).source == CONFIG

    def test_when_the_variable_is_empty_then_it_counts_as_unset(self, monkeypatch):
        monkeypatch.setenv("OCIO", " ")

        assert open_config().source == CONFIG

    def test_when_the_variable_names_nothing_then_the_error_names_the_variable(
        self, monkeypatch
    ):
        monkeypatch.setenv("OCIO", "nowhere.ocio")

        with pytest.raises(ColorError, match=r"^\$OCIO nowhere.ocio: no such file"):
            open_config()

    @pytest.mark.parametrize(
        ("text", "words"),
        [(NEWER, "profile 2.99 is newer than OpenColorIO"), (BROKEN, "cannot be read")],
        ids=["newer than the library", "broken"],
    )
    def test_when_a_config_cannot_be_read_then_one_line_says_why(
        self, a_config_file, text, words
    ):
        path = a_config_file(text)

        with pytest.raises(ColorError, match=words) as caught:
            open_config(str(path))

        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith(f"--config {path}: ")

    @pytest.mark.parametrize("choice", ["ocio://none", "."], ids=["name", "folder"])
    def test_when_there_is_no_such_config_then_it_is_refused(self, choice):
        with pytest.raises(ColorError, match="--config"):
            open_config(choice)

    def test_when_a_file_has_changed_then_it_is_read_again(self, a_config_file):
        path = a_config_file(LUT_GONE)
        assert open_config(str(path)).find("lens") is None

        path.write_text(LUT_GONE.replace("camera", "lens"))

        assert open_config(str(path)).find("lens") == "lens"


class TestNames:
    @pytest.mark.parametrize("name", ["ACEScg", "acescg", "lin_ap1", "scene_linear"])
    def test_when_asked_by_name_alias_or_role_then_it_is_one_space(self, name):
        assert open_config().resolve(name, option="--working-space") == "ACEScg"

    @pytest.mark.parametrize(
        ("name", "near"),
        [("ACEScq", "ACEScg"), ("sRGB Texture", "sRGB - Texture"), ("rec2020", "2020")],
    )
    def test_when_a_name_is_unknown_then_the_nearest_are_offered(self, name, near):
        with pytest.raises(ColorError, match="Did you mean") as caught:
            open_config().resolve(name, option="--linearize")

        assert near in str(caught.value).split("Did you mean")[1]
        assert str(caught.value).startswith(f"--linearize: no color space '{name}'")

    def test_when_a_view_is_named_then_display_and_view_are_found(self):
        config = open_config()

        pair = config.view("sRGB - Display/ACES 2.0 - SDR 100 nits (Rec.709)")

        assert pair == ("sRGB - Display", "ACES 2.0 - SDR 100 nits (Rec.709)")
        assert config.view("sRGB - Display/Film") is None

    def test_when_spaces_are_linear_or_data_then_it_is_known(self):
        config = open_config()

        linear = {name for name in config.names() if config.is_linear(name)}

        assert {"ACEScg", "Linear Rec.709 (sRGB)", "ACES2065-1"} < linear
        assert not linear & {"Raw", "ACEScct", "CIE XYZ-D65 - Display-referred"}
        assert config.is_data("Raw")


class TestGuess:
    def test_when_a_rule_matches_then_its_space_and_name_are_told(self):
        guess = open_config().guess(Path("shot/clip.mov"))

        assert (guess.space, guess.rule) == ("Rec.1886 Rec.709 - Display", "Movies")
        assert not guess.is_default

    def test_when_only_the_last_rule_matches_then_it_is_no_evidence(self):
        assert open_config().guess(Path("plate.jpg")).is_default


class TestConversion:
    def test_when_taken_to_acescg_then_white_stays_and_red_is_known(self):
        pixels = np.float32([[[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]])

        converted = open_config().conversion(REC709, "ACEScg")(pixels)

        # First column of the Rec.709 (D65) to AP1 matrix, Bradford adapted.
        expected = np.float32([[[1.0, 1.0, 1.0], [0.613097, 0.070194, 0.020616]]])
        np.testing.assert_allclose(converted, expected, atol=2e-5)

    def test_when_decoded_from_srgb_then_it_is_the_standards_formula(self):
        encoded = np.linspace(0.0, 1.0, 256, dtype=np.float32)
        pixels = np.repeat(encoded[None, :, None], 3, axis=2)

        linear = open_config().conversion("sRGB - Texture", REC709)(pixels)

        np.testing.assert_allclose(linear[0, :, 0], inverse_srgb(encoded), atol=1e-6)

    @pytest.mark.parametrize("space", ["ACEScg", "ACES2065-1", "scene_linear"])
    def test_when_taken_there_and_back_then_light_is_the_same(self, a_ramp, space):
        there = open_config().conversion(REC709, space)(a_ramp)
        back = open_config().conversion(space, REC709)(there)

        assert np.abs(there - a_ramp).max() > 0.1
        np.testing.assert_allclose(back, a_ramp, atol=2e-6)

    def test_when_converted_then_the_given_pixels_stay_as_they_were(self, a_ramp):
        before = a_ramp.copy()

        open_config().conversion(REC709, "ACEScg")(a_ramp)

        np.testing.assert_array_equal(a_ramp, before)

    def test_when_a_lut_is_missing_then_one_line_names_it(self, a_config_file):
        config = open_config(str(a_config_file(LUT_GONE)))

        with pytest.raises(ColorError, match=r"a file is missing .*gone.clf") as caught:
            config.conversion("camera", "lin")

        assert "\n" not in str(caught.value)

    def test_when_a_config_has_no_interchange_roles_then_it_is_told(
        self, a_config_file
    ):
        config = open_config(str(a_config_file(LUT_GONE)))

        with pytest.raises(ColorError, match="aces_interchange"):
            config.conversion_to("lin", open_config(CONFIG), REC709)


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
