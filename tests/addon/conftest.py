"""The add-on as an artist gets it: its zip, installed in a clean Blender profile.

These tests need the bpy module, in an environment of its own that ``tasks.py`` makes.
The engine runs in the project's environment. Without bpy no test is collected.
"""

import importlib.util
import os
import tempfile

import pytest

if importlib.util.find_spec("bpy") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    PROFILE = tempfile.TemporaryDirectory()
    # Set before bpy is imported, which reads it once.
    os.environ["BLENDER_USER_RESOURCES"] = PROFILE.name
    import bpy
    import numpy as np

    from tests.addon.blender import ADDON, ENGINE, build_zip, preferences, write_plate


def pytest_sessionstart():
    """Install the zip, so that test modules can import the add-on."""
    if importlib.util.find_spec("bpy") is None:
        return
    installed = bpy.ops.extensions.package_install_files(
        filepath=str(build_zip(PROFILE.name)),
        repo="user_default",
        enable_on_install=True,
    )
    assert installed == {"FINISHED"}
    preferences().python = str(ENGINE)
    preferences().device = "cpu"


def pytest_sessionfinish():
    """Unregister the add-on: 4.5 hangs at exit if node classes are left."""
    if importlib.util.find_spec("bpy") is not None:
        bpy.ops.preferences.addon_disable(module=ADDON)
        PROFILE.cleanup()


@pytest.fixture
def scene():
    """An empty scene, 48 by 32 pixels."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    found = bpy.context.scene
    found.render.resolution_x, found.render.resolution_y = 48, 32
    found.render.resolution_percentage = 100
    found.frame_start, found.frame_end = 1, 3
    return found


@pytest.fixture
def wide_codes():
    """8-bit codes (H, W, 3) whose lower right corner clips."""
    rows, columns = np.mgrid[0:32, 0:48]
    ramp = (rows / 32 + columns / 48)[..., None] * np.array([230, 200, 160])
    noise = np.random.default_rng(0).normal(0.0, 2.0, ramp.shape)
    return np.clip(ramp + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def a_plate(tmp_path, wide_codes):
    return write_plate(tmp_path / "lamp.png", wide_codes)


@pytest.fixture
def a_sequence(tmp_path, wide_codes):
    """Three frames that darken, as shot.0001.png to shot.0003.png."""
    return [
        write_plate(tmp_path / f"shot.{n:04d}.png", wide_codes // n) for n in (1, 2, 3)
    ]
