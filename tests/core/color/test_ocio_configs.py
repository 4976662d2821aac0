"""The configs that ship: reproducible, valid, and of use for plates."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import PyOpenColorIO
import pytest

from hdr_core.color.ocio import open_config

FOLDER = Path(__file__).parents[3] / "ocio_configs"
NAMES = ("cg", "cg-2.4", "cg-2.3", "blender")
PROFILES = {"cg": (2, 5), "cg-2.4": (2, 4), "cg-2.3": (2, 3), "blender": (2, 3)}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What the script makes today."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, str(FOLDER / "build.py"), "-o", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def config(name):
    return open_config(str(FOLDER / name / "config.ocio"))


class TestBuild:
    def test_when_built_again_then_it_is_what_ships_byte_for_byte(self, built, name):
        shipped = (FOLDER / name / "config.ocio").read_bytes()

        assert (built / name / "config.ocio").read_bytes() == shipped

    def test_when_a_config_is_extended_then_its_own_spaces_stay(self, tmp_path):
        base = "ocio://cg-config-v1.0.0_aces-v1.3_ocio-v2.1"
        script = [sys.executable, str(FOLDER / "build.py")]

        subprocess.run([*script, "--extend", base, "-o", str(tmp_path)], check=True)

        extended = open_config(str(tmp_path / "config.ocio"))
        assert set(open_config(base).names()) < set(extended.names())
        assert extended.find("ARRI LogC4")


class TestConfig:
    def test_when_checked_then_it_is_valid_and_of_its_profile(self, config, name):
        config.ocio.validate()

        ocio = config.ocio
        assert (ocio.getMajorVersion(), ocio.getMinorVersion()) == PROFILES[name]
        assert (FOLDER / name / "README.md").is_file()

    @pytest.mark.parametrize(
        ("file", "alias"),
        [
            ("shot/beach_hdr.exr", "scene_linear"),
            ("beach_hdr.1001.exr", "scene_linear"),
            ("beach.JPG", "srgb_tx"),
            ("beach.png", "srgb_tx"),
            ("beach.mov", "g24_rec709_display"),
        ],
    )
    def test_when_a_file_has_a_telling_name_then_a_rule_says_what_it_is(
        self, config, file, alias
    ):
        guess = config.guess(Path(file))

        older = {"g24_rec709_display": "rec1886_rec709_display"}
        expected = config.find(alias) or config.find(older.get(alias, alias))
        assert guess.space == expected
        assert not guess.is_default

    @pytest.mark.parametrize("stops", [-6, -1, 3])
    def test_when_exposed_by_a_named_transform_then_light_is_a_power_of_two(
        self, config, stops
    ):
        way = "up" if stops > 0 else "down"
        transform = config.ocio.getNamedTransform(f"exposure_{way}_{abs(stops)}")
        processor = config.ocio.getProcessor(
            transform.getTransform(PyOpenColorIO.TRANSFORM_DIR_FORWARD)
        )

        light = processor.getDefaultCPUProcessor().applyRGB([0.5, 1.0, 40.0])

        assert light == [0.5 * 2.0**stops, 2.0**stops, 40.0 * 2.0**stops]

    @pytest.mark.parametrize(
        ("space", "grey"),
        [
            ("srgb_tx", 0.4613561),
            ("Camera Rec.709", 0.4090077),
            ("ARRI LogC3 (EI800)", 0.3910068),
            ("S-Log3 S-Gamut3.Cine", 0.4105572),
        ],
    )
    def test_when_mid_grey_is_encoded_as_makers_say_then_it_decodes_to_018(
        self, config, space, grey
    ):
        linear = config.conversion(space, "scene_linear")

        np.testing.assert_allclose(linear(np.full((1, 3), grey)), 0.18, rtol=2e-3)

    @pytest.mark.parametrize("role", ["default_byte", "default_float", "data"])
    def test_when_a_host_asks_for_a_role_then_it_is_there(self, config, role):
        assert config.find(role)

    def test_when_a_plate_is_linear_in_one_then_it_is_in_all(self, config):
        light = config.conversion("srgb_tx", "ACES2065-1")(np.float32([[0.2, 0.5, 1]]))

        pinned = open_config("ocio://cg-config-v4.0.0_aces-v2.0_ocio-v2.5")
        expected = pinned.conversion("srgb_tx", "ACES2065-1")(
            np.float32([[0.2, 0.5, 1]])
        )
        np.testing.assert_allclose(light, expected, atol=1e-6)


class TestPrimaries:
    def test_when_worked_out_then_they_are_the_published_matrix(self):
        spec = importlib.util.spec_from_file_location("built", FOLDER / "blender.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)

        to_xyz = module.primaries(module.P3)

        # SMPTE EG 432-1, P3 with D65.
        expected = [
            [0.4865709, 0.2656677, 0.1982173],
            [0.2289746, 0.6917385, 0.0792869],
            [0.0, 0.0451134, 1.0439444],
        ]
        np.testing.assert_allclose(to_xyz, expected, atol=1e-4)
