"""The zip, and the engine that its button sets up."""

import os
import subprocess
import sys
import tomllib

import bpy
import pytest
from bl_ext.user_default.hdr_core import engine_setup, paths
from bl_ext.user_default.hdr_core.engine import PROTOCOL

from tests.addon.blender import ENGINE, ROOT, build_zip, extension_tool, preferences

MANIFEST = ROOT / "blender_addon" / "blender_manifest.toml"


@pytest.fixture
def no_python():
    """Preferences with no Python and no packages, and no private environment."""
    preferences().python = ""
    yield preferences()
    preferences().python, preferences().wheels = str(ENGINE), ""
    bpy.context.preferences.system.use_online_access = False


class TestZip:
    def test_when_it_is_built_then_blenders_own_tool_finds_it_valid(self, tmp_path):
        built = build_zip(tmp_path)

        checked = extension_tool("validate", built)

        assert checked.returncode == 0, checked.stdout
        assert built.name == "hdr_core-0.2.0.zip"
        assert built.stat().st_size < 200_000

    def test_when_hdr_core_has_a_version_then_so_has_the_addon(self):
        manifest = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
        code = "import hdr_core; print(hdr_core.__version__)"
        asked = subprocess.run(
            [ENGINE, "-c", code], capture_output=True, text=True, check=True
        )

        assert manifest["version"] == asked.stdout.strip()

    def test_when_it_is_disabled_and_enabled_then_nothing_is_left_behind(self):
        name = "bl_ext.user_default.hdr_core"
        bpy.ops.preferences.addon_disable(module=name)
        is_left = hasattr(bpy.types.NodeTree, "hdr_core")

        bpy.ops.preferences.addon_enable(module=name)

        preferences().python, preferences().device = str(ENGINE), "cpu"
        assert not is_left
        assert hasattr(bpy.types.NodeTree, "hdr_core")


IN_PROCESS = """
import os, sys
import numpy, bpy
sys.path += sys.argv[2:]
bpy.ops.preferences.addon_enable(module="bl_ext.user_default.hdr_core")
from bl_ext.user_default.hdr_core import engine
image = bpy.data.images.load(sys.argv[1])
assert bpy.ops.hdr_core.reconstruct_image(image=image.name) == {"FINISHED"}
print(type(engine._worker).__name__, bpy.data.images["HDR lamp"].is_float)
try:
    bpy.ops.hdr_core.ldr_to_world(image=image.name)
except RuntimeError as error:
    print(error)
sys.stdout.flush()
os._exit(0)
"""


class TestInProcess:
    def test_when_blenders_python_has_hdr_core_then_no_other_is_started(self, a_plate):
        packages = ENGINE.parents[1] / "lib" / "python3.11" / "site-packages"
        command = [sys.executable, "-c", IN_PROCESS, str(a_plate), str(packages)]

        done = subprocess.run(
            [*command, str(ROOT)],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

        assert "InlineWorker True" in done.stdout, done.stdout + done.stderr
        assert "not twice as wide as high" in done.stdout


class TestCheckEngine:
    def test_when_checked_then_it_tells_version_device_and_weights(self):
        done = bpy.ops.hdr_core.check_engine()

        assert done == {"FINISHED"}
        report = preferences().engine_report
        assert report.startswith("hdr_core 0.2.0, Python 3.")
        assert "weights compact" in report
        assert PROTOCOL == 1


class TestSetUp:
    def test_when_offline_without_packages_then_it_says_what_to_do(self, no_python):
        with pytest.raises(RuntimeError, match="Online access is off"):
            bpy.ops.hdr_core.set_up_engine()

    def test_when_the_folder_lacks_packages_then_it_says_which_and_leaves_nothing(
        self, no_python, tmp_path
    ):
        no_python.wheels = str(tmp_path)

        with pytest.raises(RuntimeError, match=r"Installing failed: .*hdr-core"):
            bpy.ops.hdr_core.set_up_engine()

        assert not paths.environment().exists()

    def test_when_cancelled_then_what_was_begun_is_removed(self, no_python, tmp_path):
        working = engine_setup.set_up(str(tmp_path))
        while "Making" not in next(working):
            pass

        working.close()

        assert not paths.environment().exists()

    @pytest.mark.slow
    def test_when_online_then_the_engine_is_installed_and_answers(
        self, no_python, tmp_path, scene
    ):
        build = [ENGINE, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
        subprocess.run([*build, "-w", tmp_path, ROOT], check=True, capture_output=True)
        bpy.context.preferences.system.use_online_access = True
        no_python.wheels = str(tmp_path)

        assert bpy.ops.hdr_core.set_up_engine() == {"FINISHED"}

        assert no_python.engine_report.startswith("hdr_core 0.2.0")
        engine = paths.environment()
        assert paths.engine_python().startswith(str(engine))
        assert os.access(paths.engine_python(), os.X_OK)
