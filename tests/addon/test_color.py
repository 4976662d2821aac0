"""The node in Blender with another color config: the light is the same."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.addon.blender import ENGINE, ROOT, build_zip, convert, read_exr

TOLERANCE = 1e-3
PROGRAM = """
import os, sys
plate, zip, engine, out, root = sys.argv[1:]
sys.path.insert(0, root)
import bpy
from tests.addon.blender import ADDON, add_node, preferences, render
bpy.ops.extensions.package_install_files(
    filepath=zip, repo="user_default", enable_on_install=True
)
preferences().python, preferences().device = engine, "cpu"
bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
from bl_ext.user_default.hdr_core.color import menu_name
scene = bpy.context.scene
scene.render.resolution_x, scene.render.resolution_y = 48, 32
scene.render.resolution_percentage = 100
add_node(scene, bpy.data.images.load(plate))
assert bpy.ops.hdr_core.reconstruct() == {"FINISHED"}
linear = menu_name("lin_rec709_scene")
render(scene, out, space=linear)
print("LINEAR", linear, flush=True)
bpy.ops.preferences.addon_disable(module=ADDON)
os._exit(0)
"""
OURS = ROOT / "ocio_configs"


@pytest.mark.parametrize(
    ("config", "name"),
    [
        pytest.param(
            "ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3",
            "Linear Rec.709 (sRGB)",
            id="ACES",
        ),
        pytest.param(
            OURS / "cg-2.3" / "config.ocio", "Linear Rec.709 (sRGB)", id="ours, CG"
        ),
        pytest.param(
            OURS / "blender" / "config.ocio", "Linear Rec.709", id="ours, Blender's"
        ),
    ],
)
def test_when_another_config_is_in_use_then_the_light_is_the_same(
    a_plate, tmp_path, config, name
):
    rendered = tmp_path / "render.exr"
    arguments = [a_plate, build_zip(tmp_path), ENGINE, rendered, ROOT]
    profile = tmp_path / "profile"
    profile.mkdir()
    environment = os.environ | {
        "OCIO": str(config),
        "BLENDER_USER_RESOURCES": str(profile),
    }

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert f"LINEAR {name}\n" in done.stdout, done.stdout + done.stderr
    expected = convert(a_plate, tmp_path / "expected.exr")
    np.testing.assert_allclose(
        read_exr(rendered)[..., :3], expected, rtol=TOLERANCE, atol=1e-5
    )
