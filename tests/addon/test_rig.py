"""LDR to World with Lights: Split: a dome, and lights of the same energy."""

import math

import bpy
import numpy as np
import pytest
from mathutils import Vector

from tests.addon.blender import irradiance, write_plate

ELEVATION, RADIUS, RADIANCE = math.radians(30), math.radians(6), 40.0
LAMP = Vector((math.cos(ELEVATION), 0.0, math.sin(ELEVATION)))
HEIGHT, WIDTH = 128, 256
FACTOR = "default_value"


def lamp_as(shape):
    """Return the lamp as ``hdr-core light --split --json`` describes it."""
    light = math.pi * math.sin(RADIUS) ** 2 * RADIANCE
    # A square of the same area covers the same part of the sky.
    width = math.sqrt(math.pi) if shape == "rect" else 2.0
    return {
        "name": "lamp_01",
        "shape": shape,
        "direction": list(LAMP),
        "side": [0.0, 1.0, 0.0],
        "angular_size_deg": [2 * math.degrees(RADIUS)] * 2,
        "irradiance": [light, 0.5 * light, 0.25 * light],
        "radiance": [RADIANCE, 0.5 * RADIANCE, 0.25 * RADIANCE],
        "distance_m": 5.0,
        "size_m": [5.0 * width * math.sin(RADIUS)] * 2,
    }


def picture(name, pixels):
    """Return pixels (H, W, 3), top row first, as a linear image in memory."""
    image = bpy.data.images.new(
        name, WIDTH, HEIGHT, alpha=True, float_buffer=True, is_data=True
    )
    held = np.ones((HEIGHT, WIDTH, 4), np.float32)
    held[..., :3] = pixels[::-1]
    image.pixels.foreach_set(held.ravel())
    image.pack()
    return image


@pytest.fixture
def split_world(scene):
    """Light the scene with a grey room; its round lamp is a light of its own."""
    from bl_ext.user_default.hdr_core.rig import add_lights, show_split
    from bl_ext.user_default.hdr_core.world import light_world

    def make(shape="sphere"):
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
        up = math.pi * (0.5 - rows / HEIGHT)
        left = math.pi * (1.0 - 2 * columns / WIDTH)
        cosine = np.cos(up) * np.cos(left) * LAMP.x + np.sin(up) * LAMP.z
        room = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32)
        lamp = room.copy()
        is_lamp = cosine > math.cos(RADIUS)
        # The lamp replaces what is behind it: the light is what it has above that.
        lamp[is_lamp] += RADIANCE * np.array([1.0, 0.5, 0.25])
        images = {
            "hdr": picture("hdr", lamp),
            "linear": picture("linear", np.minimum(lamp, 1.0)),
            "dome": picture("dome", room),
        }
        world = light_world(scene, images, picture("before", np.minimum(lamp, 1.0)))
        add_lights(scene, world, [lamp_as(shape)])
        show_split(world, is_split=True)
        return world

    return make


@pytest.fixture
def a_split_world(split_world):
    return split_world()


def lights_of(world):
    return [one for one in world.hdr_core.lights.objects if one.type == "LIGHT"]


def evaluated(found):
    """Return an object as its drivers make it."""
    return found.evaluated_get(bpy.context.evaluated_depsgraph_get())


def energy_of(world):
    (lamp,) = lights_of(world)
    return evaluated(lamp).data.energy


class TestSplit:
    def test_when_it_is_split_then_a_light_stands_where_the_lamp_is(
        self, scene, a_split_world
    ):
        (lamp,) = lights_of(a_split_world)

        place = evaluated(lamp).matrix_world
        shines = place.to_3x3() @ Vector((0.0, 0.0, -1.0))
        assert lamp.data.type == "AREA"
        assert place.translation.normalized().angle(LAMP) < math.radians(1.0)
        assert shines.angle(-LAMP) < math.radians(1.0)
        assert "HDR Lights" in scene.collection.children
        assert energy_of(a_split_world) > 0.0

    @pytest.mark.parametrize("shape", ["sphere", "rect", "distant"])
    def test_when_it_is_split_then_surfaces_get_the_light_of_the_map(
        self, scene, split_world, tmp_path, shape
    ):
        split_world(shape)
        normals = [LAMP, (1.0, 0.3, -0.3)]

        split = [irradiance(scene, tmp_path / "s.exr", one) for one in normals]
        bpy.ops.hdr_core.toggle_lights()
        whole = [irradiance(scene, tmp_path / "w.exr", one) for one in normals]

        np.testing.assert_allclose(split, whole, rtol=0.02)

    def test_when_toggled_back_and_forth_then_nothing_is_lost(self, a_split_world):
        before = energy_of(a_split_world)

        bpy.ops.hdr_core.toggle_lights()
        in_map = energy_of(a_split_world)
        collection = a_split_world.hdr_core.lights
        was_hidden = collection.hide_render, collection.hide_viewport
        bpy.ops.hdr_core.toggle_lights()

        assert in_map == 0.0
        assert was_hidden == (True, True)
        assert energy_of(a_split_world) == before
        assert not collection.hide_render


class TestControls:
    @pytest.mark.parametrize(
        ("node", "socket", "value", "factor"),
        [
            ("HDR Sun", 0, 0.25, 0.25),
            ("Background", 1, 3.0, 3.0),
            ("HDR Show", 0, 0.0, 0.0),
        ],
        ids=["sun strength", "strength", "8 bit"],
    )
    def test_when_a_control_of_the_world_changes_then_the_lights_follow(
        self, a_split_world, node, socket, value, factor
    ):
        before = energy_of(a_split_world)

        inputs = a_split_world.node_tree.nodes[node].inputs
        setattr(inputs[socket], FACTOR, value)

        assert energy_of(a_split_world) == pytest.approx(factor * before)

    def test_when_the_world_is_turned_then_the_lights_turn_with_the_picture(
        self, scene, a_split_world, tmp_path
    ):
        rotation = a_split_world.node_tree.nodes["HDR Rotation"].inputs["Rotation"]
        rotation.default_value[2] = math.radians(90)
        turned = Vector((0.0, -LAMP.x, LAMP.z))

        (lamp,) = lights_of(a_split_world)
        place = evaluated(lamp).matrix_world.translation.normalized()
        split = irradiance(scene, tmp_path / "s.exr", turned)
        bpy.ops.hdr_core.toggle_lights()
        whole = irradiance(scene, tmp_path / "w.exr", turned)

        assert place.angle(turned) < math.radians(1.0)
        np.testing.assert_allclose(split, whole, rtol=0.02)

    def test_when_the_rig_is_made_larger_then_its_light_stays(
        self, scene, a_split_world, tmp_path
    ):
        near = irradiance(scene, tmp_path / "near.exr", LAMP)

        bpy.data.objects["HDR Rig"].scale = (4.0, 4.0, 4.0)

        far = irradiance(scene, tmp_path / "far.exr", LAMP)
        np.testing.assert_allclose(far, near, rtol=0.02)


class TestLife:
    def test_when_the_file_is_saved_and_opened_then_the_lights_still_follow(
        self, a_split_world, tmp_path
    ):
        before = energy_of(a_split_world)
        path = str(tmp_path / "rig.blend")
        bpy.ops.wm.save_as_mainfile(filepath=path)

        bpy.ops.wm.open_mainfile(filepath=path)

        world = bpy.context.scene.world
        assert energy_of(world) == pytest.approx(before)
        world.node_tree.nodes["Background"].inputs[1].default_value = 2.0
        assert energy_of(world) == pytest.approx(2 * before)

    def test_when_the_scene_is_appended_then_its_lights_come_with_it(
        self, scene, a_split_world, tmp_path
    ):
        before, name = energy_of(a_split_world), scene.name
        path = str(tmp_path / "rig.blend")
        bpy.ops.wm.save_as_mainfile(filepath=path)
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)

        with bpy.data.libraries.load(path) as (_, into):
            into.scenes = [name]

        (found,) = into.scenes
        bpy.context.window.scene = found
        world = found.world
        assert energy_of(world) == pytest.approx(before)
        world.node_tree.nodes["Background"].inputs[1].default_value = 2.0
        assert energy_of(world) == pytest.approx(2 * before)

    def test_when_it_is_undone_then_the_lights_are_as_before(
        self, scene, a_split_world
    ):
        name, before = a_split_world.name, energy_of(a_split_world)
        bpy.ops.ed.undo_push(message="split")
        bpy.ops.hdr_core.toggle_lights()
        bpy.ops.ed.undo_push(message="toggled")

        bpy.ops.ed.undo()

        world = bpy.data.worlds[name]
        assert energy_of(world) == pytest.approx(before)
        assert not world.hdr_core.lights.hide_render


class TestLdrToWorld:
    @pytest.mark.slow
    def test_when_split_is_chosen_then_dome_and_lights_come_from_the_engine(
        self, scene, tmp_path
    ):
        rows, columns = np.mgrid[0:96, 0:192]
        codes = np.full((96, 192, 3), 90, np.uint8)
        codes[:48] = 30
        codes[(rows - 31.5) ** 2 + (columns - 95.5) ** 2 < 4.0**2] = 255
        path = str(write_plate(tmp_path / "room.png", codes))
        asked = {"filepath": path, "unit_nits": 100.0}

        bpy.ops.hdr_core.ldr_to_world(**asked, lights="SPLIT")
        before = energy_of(scene.world)
        bpy.ops.hdr_core.ldr_to_world(**asked, lights="SPLIT", lux=2000.0)

        (lamp,) = lights_of(scene.world)
        place = evaluated(lamp).matrix_world.translation.normalized()
        assert place.angle(LAMP) < math.radians(1.5)
        assert scene.world.hdr_core.lux == 2000.0
        assert energy_of(scene.world) > 1.5 * before
        assert len(bpy.data.collections) == 1
        bpy.ops.hdr_core.ldr_to_world(**asked, lights="MAP")
        assert scene.world.hdr_core.lights is None
        assert len(bpy.data.lights) == 0
        assert not bpy.ops.hdr_core.toggle_lights.poll()
