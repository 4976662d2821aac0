"""A rig as a USD stage, imported by Blender: the same directions and energies."""

import bpy
import numpy as np
import pytest

from tests.addon.blender import command_line, irradiance, set_exr

HEIGHT, WIDTH = 128, 256


@pytest.fixture
def a_room(scene, tmp_path):
    """A grey room with a red wall to the left, a blue one behind, and a lamp."""
    room = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32)
    room[40:90, 50:78] = [1.0, 0.2, 0.2]
    room[40:90, :14] = room[40:90, -14:] = [0.2, 0.2, 1.0]
    room[36:44, 150:158] = [90.0, 80.0, 60.0]
    image = bpy.data.images.new("room", WIDTH, HEIGHT, float_buffer=True)
    pixels = np.ones((HEIGHT, WIDTH, 4), np.float32)
    pixels[..., :3] = room[::-1]
    image.pixels.foreach_set(pixels.ravel())
    path = tmp_path / "room.exr"
    set_exr(scene, "Linear Rec.709")
    image.save_render(str(path), scene=scene)
    bpy.data.images.remove(image)
    return path


@pytest.mark.slow
@pytest.mark.skipif(bpy.app.version < (5, 0, 0), reason="older importers differ")
def test_when_blender_imports_the_stage_then_surfaces_get_the_light_of_the_panorama(
    scene, a_room, tmp_path
):
    folder = tmp_path / "rig"
    asked = ["--split", folder, "--formats", "usd", "--json"]
    report = command_line("light", a_room, *asked).results[0]
    # The importer leaves the dome out if there is no world.
    scene.world = bpy.data.worlds.new("world")

    bpy.ops.wm.usd_import(filepath=str(folder / "rig.usda"))

    assert [light["shape"] for light in report["rig"]["lights"]] == ["rect"]
    # Blender turns Y up into Z up: the middle of the panorama is at -Y, its left at +X.
    axes = {"ahead": (0, -1, 0), "left": (1, 0, 0), "back": (0, 1, 0), "up": (0, 0, 1)}
    for axis, normal in axes.items():
        found = irradiance(scene, tmp_path / f"{axis}.exr", normal)
        np.testing.assert_allclose(found, report["irradiance"][axis], rtol=0.02)
