"""Other programs' OpenColorIO, and Blender, read the configs that are written.

Each has an environment of its own, made once, beside the project's.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from hdr_core.camera.responses import inverse_srgb
from hdr_core.color.camera_space import BASES, SPACE, CameraSpace, write_config
from hdr_core.color.ocio import open_config
from hdr_core.color.output_transforms import find_output_transform

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
PYTHON = Path("Scripts/python.exe" if os.name == "nt" else "bin/python")
# Version of OpenColorIO: the profiles that it knows.
READERS = {
    "2.3.2": {"2.3"},
    "2.4.2": {"2.3", "2.4"},
    "2.5.1": {"2.3", "2.4", "2.5"},
    "2.6.0": {"2.3", "2.4", "2.5"},
}
BLENDERS = ("4.5.15", "5.0.1")
# Blender's views, with their looks, by our names of them.
VIEWS = {
    "srgb": "Standard",
    "aces-1.3": "ACES 1.3",
    "aces-2.0": "ACES 2.0",
    "filmic": "Filmic",
    "agx": "AgX",
    "agx-punchy": "AgX+AgX - Punchy",
}
QUIET = ["--quiet", "--disable-pip-version-check", "--no-input"]


def environment(package, version):
    """The Python of an environment that holds one package."""
    short = {"opencolorio": "ocio"}.get(package, package)
    folder = ROOT / f".venv-{short}-{version}"
    python = folder / PYTHON
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", *QUIET]
        subprocess.run([*install, f"{package}=={version}", "numpy"], check=True)
    return str(python)


@pytest.fixture(scope="module")
def a_camera():
    grid = np.linspace(0.0, 1.0, 1024)
    return CameraSpace(0.7 * inverse_srgb(grid) + 0.3 * grid**3, None, "A lens.")


@pytest.fixture(scope="module")
def configs(a_camera, tmp_path_factory):
    """The camera in a config of each profile."""
    folder = tmp_path_factory.mktemp("camera")
    return {
        profile: write_config(folder / profile, open_config(base), a_camera)
        for profile, base in BASES.items()
    }


@pytest.mark.slow
class TestOpenColorIO:
    @pytest.mark.parametrize("version", READERS)
    def test_when_another_version_reads_the_configs_then_it_gives_the_cameras_light(
        self, a_camera, configs, version
    ):
        paths = [str(path) for path in configs.values()]
        command = [environment("opencolorio", version), str(HERE / "in_ocio.py")]

        run = subprocess.run(
            [*command, SPACE, *paths], capture_output=True, text=True, check=True
        )

        told = json.loads(run.stdout.splitlines()[-1])
        grid = np.linspace(0.0, 1.0, 1024)
        expected = np.interp(np.arange(10) / 9, grid, a_camera.inverse_crf)
        assert told["version"] == version
        for profile, path in configs.items():
            if profile in READERS[version]:
                np.testing.assert_allclose(told[str(path)], expected, atol=1e-4)
            else:
                assert "version" in told[str(path)]

    @pytest.mark.parametrize("version", READERS)
    def test_when_another_version_reads_what_ships_then_srgb_is_srgb(self, version):
        profiles = {"2.3": "cg-2.3", "2.4": "cg-2.4", "2.5": "cg"}
        names = [profiles[profile] for profile in sorted(READERS[version])]
        paths = [str(ROOT / "ocio_configs" / name / "config.ocio") for name in names]
        command = [environment("opencolorio", version), str(HERE / "in_ocio.py")]

        run = subprocess.run(
            [*command, "srgb_tx", *paths], capture_output=True, text=True, check=True
        )

        told = json.loads(run.stdout.splitlines()[-1])
        for path in paths:
            expected = inverse_srgb(np.arange(10) / 9)
            np.testing.assert_allclose(told[path], expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.blender
class TestBlender:
    @pytest.fixture
    def ask(self, tmp_path):
        """Let a Blender read codes with a config, in a process of its own."""

        def run(version, config, codes, space, *, name):
            plate = tmp_path / f"{name}.exr"
            spec = oiio.ImageSpec(codes.shape[1], codes.shape[0], 3, "float")
            image = oiio.ImageBuf(spec)
            image.set_pixels(image.roi, codes)
            assert image.write(str(plate))
            out = tmp_path / name
            command = [environment("bpy", version), str(HERE / "in_blender.py")]
            subprocess.run(
                [*command, str(plate), space, str(out)],
                env={**os.environ, "OCIO": str(config)},
                check=True,
                capture_output=True,
            )
            told = json.loads(out.with_suffix(".json").read_text())
            picture = out.with_suffix(".png")
            seen = oiio.ImageBuf(str(picture)) if picture.is_file() else None
            return np.load(f"{out}.npy"), told, seen

        return run

    @pytest.fixture
    def some_codes(self):
        return np.random.default_rng(1).random((16, 16, 3), dtype=np.float32)

    @pytest.mark.parametrize("profile", ["2.3", "2.4"])
    @pytest.mark.parametrize("version", BLENDERS)
    def test_when_blender_reads_the_camera_then_pixels_are_its_light(
        self, a_camera, configs, ask, some_codes, version, profile
    ):
        light, told, _ = ask(
            version, configs[profile], some_codes, SPACE, name="camera"
        )

        grid = np.linspace(0.0, 1.0, 1024)
        linear = np.interp(some_codes, grid, a_camera.inverse_crf)
        config = open_config(str(configs[profile]))
        expected = config.conversion("lin_rec709_srgb", "scene_linear")(linear)
        assert told["space"] == SPACE
        np.testing.assert_allclose(light, expected, atol=1e-4)

    @pytest.mark.parametrize("version", BLENDERS)
    def test_when_our_config_lives_in_blender_then_names_and_agx_are_its_own(
        self, ask, some_codes, tmp_path, version
    ):
        python = Path(environment("bpy", version))
        own = next(python.parents[1].rglob("colormanagement/config.ocio"))
        home = tmp_path / "colormanagement"
        shutil.copytree(own.parent, home)
        shutil.copy(ROOT / "ocio_configs/blender/config.ocio", home / "hdr_core.ocio")

        light, told, seen = ask(
            version, home / "hdr_core.ocio", some_codes * 4, "Linear Rec.709", name="a"
        )
        _, their_told, theirs = ask(
            version, home / "config.ocio", some_codes * 4, "Linear Rec.709", name="b"
        )

        kept = {"sRGB", "Linear Rec.709", "Non-Color", "ACEScg", "Filmic Log"}
        assert kept <= set(told["spaces"]) & set(their_told["spaces"])
        assert {"Standard", "AgX", "Filmic", "Raw"} <= set(told["views"])
        assert "ARRI LogC3 (EI800)" in told["spaces"]
        np.testing.assert_allclose(light, some_codes * 4, rtol=1e-6)
        difference = np.abs(seen.get_pixels() - theirs.get_pixels())
        assert difference.max() <= 1e-4
        assert np.ptp(seen.get_pixels()[..., :3]) > 0.5

    def test_when_blender_renders_a_view_then_it_is_the_transform_of_its_name(
        self, tmp_path
    ):
        rng = np.random.default_rng(8)
        light = 2.0 ** rng.uniform(-10, 6, (96, 128, 1)) * rng.random((96, 128, 3)) ** 2
        light[:8, :, 0] = 0.0
        light[8:12, :, 1:] = 0.0
        image = oiio.ImageBuf(oiio.ImageSpec(128, 96, 3, "float"))
        image.set_pixels(image.roi, light.astype(np.float32))
        assert image.write(str(tmp_path / "light.exr"))
        script = str(HERE / "in_blender_views.py")
        own = [str(tmp_path / "light.exr"), str(tmp_path / "view"), *VIEWS.values()]
        clean = {key: text for key, text in os.environ.items() if key != "OCIO"}

        subprocess.run(
            [environment("bpy", "5.0.1"), script, *own],
            env=clean,
            check=True,
            capture_output=True,
        )

        for place, name in enumerate(VIEWS):
            shown = oiio.ImageBuf(str(tmp_path / f"view{place}.png")).get_pixels()
            codes = find_output_transform(name).encode(light)
            apart = np.abs(shown[..., :3] - codes) * 255.0
            print(f"{name:12} {apart.max():.3f} codes of 8 bits")
            assert apart.max() <= 0.5
