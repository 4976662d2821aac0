"""Lights: Split in EEVEE: the sun's lamp casts a shadow, where the panorama says."""

import math
import subprocess
import sys

import bpy
import numpy as np
import pytest
from mathutils import Vector

from tests.addon.blender import render
from tests.addon.test_rig import picture

SIDE, ACROSS = 128, 4.0
# Blender stops as a whole where there is no graphics driver, so another process tries.
PROBE = """
import bpy
scene = bpy.context.scene
scene.render.engine = {engine!r}
scene.render.resolution_x = scene.render.resolution_y = 8
scene.eevee.taa_render_samples = 1
scene.render.filepath = {path!r}
bpy.ops.render.render(write_still=True)
"""


def eevee():
    return "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"


@pytest.fixture(scope="module")
def a_graphics_driver(tmp_path_factory):
    """Skip the test where EEVEE cannot draw."""
    path = tmp_path_factory.mktemp("probe") / "probe.png"
    script = PROBE.format(engine=eevee(), path=str(path))
    command = [sys.executable, "-c", script]
    subprocess.run(command, capture_output=True, timeout=300, check=False)
    if not path.exists():
        pytest.skip("EEVEE needs a graphics driver, such as Mesa's llvmpipe")


@pytest.fixture
def a_sundial(scene):
    """A pole of one meter at the origin, on a wide ground, seen from straight above."""
    material = bpy.data.materials.new("grey")
    bpy.ops.mesh.primitive_plane_add(size=40.0)
    bpy.context.object.data.materials.append(material)
    bpy.ops.mesh.primitive_cylinder_add(radius=0.03, depth=1.0, location=(0, 0, 0.5))
    bpy.context.object.data.materials.append(material)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", ACROSS
    camera.location = (0.0, 0.0, 10.0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine = eevee()
    scene.eevee.taa_render_samples = 8
    scene.render.resolution_x = scene.render.resolution_y = SIDE
    return scene


def light_by_sun(scene, azimuth_deg, elevation_deg):
    """Light a scene as LDR to World does with Lights: Split: an even dome and a sun."""
    from bl_ext.user_default.hdr_core.rig import add_lights, show_split
    from bl_ext.user_default.hdr_core.world import light_world

    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    level = math.cos(elevation)
    direction = Vector((level * math.cos(azimuth), level * math.sin(azimuth), 0.0))
    direction.z = math.sin(elevation)
    sun = {
        "name": "sun",
        "shape": "distant",
        "direction": list(direction),
        "side": [-math.sin(azimuth), math.cos(azimuth), 0.0],
        "angular_size_deg": [0.53, 0.53],
        "irradiance": [3.0, 2.8, 2.5],
        "distance_m": 5.0,
    }
    sky = np.full((128, 256, 3), 0.2, np.float32)
    images = {name: picture(name, sky) for name in ("hdr", "linear", "dome")}
    world = light_world(scene, images, picture("before", sky))
    add_lights(scene, world, [sun])
    show_split(world, is_split=True)
    return world


def shadow_of(pixels):
    """Return azimuth in degrees and length in meters of the shadow of the pole."""
    light = pixels.mean(axis=2)
    darkness = np.maximum(1.0 - light / np.median(light), 0.0)
    rows, columns = (np.mgrid[0:SIDE, 0:SIDE] + 0.5) * ACROSS / SIDE - ACROSS / 2
    away = np.hypot(rows, columns)
    # The pole itself and its contact with the ground are left out.
    weight = np.where((away > 0.15) & (darkness > 0.1), darkness, 0.0)
    assert weight.sum() > 0.0, "no shadow"
    # Rows go down, +y goes up.
    toward = math.atan2(-(weight * rows).sum(), (weight * columns).sum())
    return math.degrees(toward), float(away[weight > 0.0].max())


def turn_between(one_deg, other_deg):
    return abs((one_deg - other_deg + 180.0) % 360.0 - 180.0)


@pytest.mark.slow
@pytest.mark.usefixtures("a_graphics_driver")
class TestShadow:
    @pytest.mark.parametrize(
        ("azimuth", "elevation"),
        [(40.0, 32.0), (-100.0, 45.0)],
        ids=["ahead left", "behind right"],
    )
    def test_when_the_sun_is_split_off_then_its_shadow_points_away_from_it(
        self, a_sundial, tmp_path, azimuth, elevation
    ):
        light_by_sun(a_sundial, azimuth, elevation)

        toward, length = shadow_of(render(a_sundial, tmp_path / "shadow.exr"))

        assert turn_between(toward, azimuth + 180.0) < 1.0
        assert length == pytest.approx(1.0 / math.tan(math.radians(elevation)), rel=0.1)

    def test_when_the_world_is_turned_then_the_shadow_turns_with_it(
        self, a_sundial, tmp_path
    ):
        world = light_by_sun(a_sundial, 40.0, 45.0)
        rotation = world.node_tree.nodes["HDR Rotation"].inputs["Rotation"]
        rotation.default_value[2] = math.radians(90)

        toward, _ = shadow_of(render(a_sundial, tmp_path / "shadow.exr"))

        assert turn_between(toward, 40.0 - 90.0 + 180.0) < 1.0
