"""LDR to World: the light of the scene and its rotation."""

import math

import bpy
import numpy as np
import pytest

from tests.addon.blender import command_line, convert, read_exr, set_exr, write_plate


@pytest.fixture
def a_panorama(tmp_path):
    """Grey, with a lamp that clips at u = 0.5, which is at +X in a world."""
    codes = np.full((32, 64, 3), 90, np.uint8)
    codes[10:22, 28:36] = 255
    return write_plate(tmp_path / "room.png", codes)


def render_view(scene, path, *, angle_deg):
    """Render the view of a level camera pointing ``angle_deg`` to the left of +X."""
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.data.angle = math.radians(1.0)
    camera.rotation_euler = (math.radians(90), 0.0, math.radians(angle_deg - 90))
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = 4
    set_exr(scene, "Linear Rec.709")
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    bpy.data.objects.remove(camera)
    return read_exr(path)[2, 2, :3]


def ground_lux(scene):
    """Return the illuminance of the ground in lux, as hdr-core light measures it."""
    path = bpy.path.abspath(scene.world.node_tree.nodes["hdr"].image.filepath)
    output = command_line("light", path, "--unit-nits", "100", "--json")
    return output.results[0]["ground_lux"]


class TestLdrToWorld:
    def test_when_a_panorama_is_chosen_then_its_reconstruction_lights_the_scene(
        self, scene, a_panorama, tmp_path
    ):
        done = bpy.ops.hdr_core.ldr_to_world(filepath=str(a_panorama))

        lamp = render_view(scene, tmp_path / "lamp.exr", angle_deg=0)
        wall = render_view(scene, tmp_path / "wall.exr", angle_deg=90)
        expected = convert(a_panorama, tmp_path / "a.exr", "--panorama", "on")
        assert done == {"FINISHED"}
        at_lamp, at_wall = expected[15:17, 31:33], expected[15:17, 15:17]
        np.testing.assert_allclose(lamp, at_lamp.mean(axis=(0, 1)), rtol=0.02)
        np.testing.assert_allclose(wall, at_wall.mean(axis=(0, 1)), rtol=0.02)
        assert lamp.max() > 1.0

    def test_when_toggled_then_the_eight_bits_light_it_until_toggled_again(
        self, scene, a_panorama, tmp_path
    ):
        bpy.ops.hdr_core.ldr_to_world(filepath=str(a_panorama))

        bpy.ops.hdr_core.toggle_world()
        before = render_view(scene, tmp_path / "before.exr", angle_deg=0)
        bpy.ops.hdr_core.toggle_world()
        after = render_view(scene, tmp_path / "after.exr", angle_deg=0)

        np.testing.assert_allclose(before, 1.0, rtol=1e-3)
        assert after.max() > 1.0

    def test_when_the_world_was_turned_then_it_stays_so(
        self, scene, a_panorama, tmp_path
    ):
        bpy.ops.hdr_core.ldr_to_world(filepath=str(a_panorama))
        nodes = scene.world.node_tree.nodes
        nodes["HDR Rotation"].inputs["Rotation"].default_value[2] = math.radians(90)

        bpy.ops.hdr_core.ldr_to_world(filepath=str(a_panorama))

        nodes = scene.world.node_tree.nodes
        rotation = nodes["HDR Rotation"].inputs["Rotation"].default_value[2]
        assert rotation == pytest.approx(math.radians(90))
        assert render_view(scene, tmp_path / "turned.exr", angle_deg=-90).max() > 1.0
        assert len(bpy.data.worlds) == 1

    def test_when_the_sun_is_weakened_then_only_clipped_light_is(
        self, scene, a_panorama, tmp_path
    ):
        bpy.ops.hdr_core.ldr_to_world(filepath=str(a_panorama))
        wall = render_view(scene, tmp_path / "wall.exr", angle_deg=90)

        scene.world.node_tree.nodes["HDR Sun"].inputs[0].default_value = 0.0

        lamp = render_view(scene, tmp_path / "lamp.exr", angle_deg=0)
        again = render_view(scene, tmp_path / "again.exr", angle_deg=90)
        np.testing.assert_allclose(again, wall, rtol=0.02)
        np.testing.assert_allclose(lamp, 1.0, rtol=0.02)

    def test_when_a_meter_was_read_then_the_ground_gets_its_lux(
        self, scene, a_panorama
    ):
        asked = {"filepath": str(a_panorama), "unit_nits": 100.0}
        bpy.ops.hdr_core.ldr_to_world(**asked)
        before = ground_lux(scene)

        bpy.ops.hdr_core.ldr_to_world(**asked, lux=1.5 * before)

        assert ground_lux(scene) == pytest.approx(1.5 * before, rel=0.01)
        assert scene.world.hdr_core.lux == pytest.approx(1.5 * before)

    @pytest.mark.parametrize(
        ("size", "match"),
        [((32, 48), "not twice as wide as high"), (None, "no such file")],
        ids=["no panorama", "no file"],
    )
    def test_when_it_is_no_panorama_then_it_says_so(self, scene, tmp_path, size, match):
        path = tmp_path / "picture.png"
        if size:
            write_plate(path, np.zeros((*size, 3), np.uint8))

        with pytest.raises(RuntimeError, match=match):
            bpy.ops.hdr_core.ldr_to_world(filepath=str(path))

        assert scene.world is None

    def test_when_the_world_is_of_another_kind_then_it_cannot_be_toggled(self, scene):
        scene.world = bpy.data.worlds.new("grey")

        assert not bpy.ops.hdr_core.toggle_world.poll()
