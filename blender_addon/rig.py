"""The lights of a split panorama: Sun and Area lights in a collection of their own.

    energy = base * sun * strength * split * show * scale^2      scale^2: only of areas

Drivers hold this product, so the controls of the world act on the lights too: the sun
strength, the strength, Before / After, and the rotation by the empty that all lights
are children of. They are simple expressions, which Blender evaluates without Python.
Scaling the empty moves the area lights farther away and does not change their light.
"""

import math

import bpy
from mathutils import Matrix, Vector

from .world import BACKGROUND, FACTOR, ROTATION, SHOW, SPLIT, SUN

COLLECTION, EMPTY = "HDR Lights", "HDR Rig"
PATHS = {
    "sun": f'node_tree.nodes["{SUN}"].inputs[{FACTOR}].default_value',
    "strength": f'node_tree.nodes["{BACKGROUND}"].inputs[1].default_value',
    "split": f'node_tree.nodes["{SPLIT}"].inputs[{FACTOR}].default_value',
    "show": f'node_tree.nodes["{SHOW}"].inputs[{FACTOR}].default_value',
}
TURN = f'node_tree.nodes["{ROTATION}"].inputs["Rotation"].default_value[2]'


def add_lights(
    scene: bpy.types.Scene, world: bpy.types.World, lights: list[dict]
) -> bpy.types.Collection:
    """Add the lights of a rig to a scene, in place of those that the world had.

    Args:
        scene: Scene to light.
        world: World with the dome, made by ``light_world``.
        lights: Lights as ``hdr-core light --split --json`` describes them.
    """
    remove_lights(world)
    collection = bpy.data.collections.new(COLLECTION)
    scene.collection.children.link(collection)
    world.hdr_core.lights = collection
    empty = bpy.data.objects.new(EMPTY, None)
    empty.empty_display_size = 0.5
    collection.objects.link(empty)
    driver = empty.driver_add("rotation_euler", 2).driver
    _add_variable(driver, "turn", world, TURN)
    # The mapping node turns directions, so the picture turns the other way.
    driver.expression = "-turn"
    for light in lights:
        made = _light_object(light)
        made.parent = empty
        collection.objects.link(made)
        _drive_energy(made.data, world, empty)
    return collection


def remove_lights(world: bpy.types.World) -> None:
    """Remove the lights that ``add_lights`` made for a world."""
    collection = world.hdr_core.lights
    if collection is None:
        return
    for held in list(collection.objects):
        data = held.data
        bpy.data.objects.remove(held)
        if isinstance(data, bpy.types.Light) and not data.users:
            bpy.data.lights.remove(data)
    bpy.data.collections.remove(collection)


def show_split(world: bpy.types.World, *, is_split: bool) -> None:
    """Light the scene with dome and lights, or with the whole panorama."""
    world.node_tree.nodes[SPLIT].inputs[FACTOR].default_value = float(is_split)
    if (collection := world.hdr_core.lights) is not None:
        # Lights without energy would still cost samples.
        collection.hide_render = collection.hide_viewport = not is_split


def is_split(world: bpy.types.World) -> bool:
    """Return whether dome and lights light the scene now."""
    node = world.node_tree.nodes.get(SPLIT)
    return node is not None and node.inputs[FACTOR].default_value > 0.0


def _light_object(light: dict) -> bpy.types.Object:
    """Return an object for one light, without a collection."""
    name = light["name"].replace("_", " ").title()
    direction = Vector(light["direction"])
    if light["shape"] == "distant":
        data = bpy.data.lights.new(name, "SUN")
        data.angle = math.radians(light["angular_size_deg"][0])
        strength = max(light["irradiance"])
        color, energy = light["irradiance"], strength
    else:
        data = bpy.data.lights.new(name, "AREA")
        area = _shape(data, light)
        color, strength = light["radiance"], max(light["radiance"])
        # Blender: radiance = power / (pi area).
        energy = strength * math.pi * area
    data.color = [part / max(strength, 1e-30) for part in color]
    data["hdr_base"] = energy
    made = bpy.data.objects.new(name, data)
    side, up = Vector(light["side"]), direction.cross(Vector(light["side"]))
    turn = Matrix((side, up, direction)).transposed().to_4x4()
    made.matrix_world = Matrix.Translation(direction * light["distance_m"]) @ turn
    return made


def _shape(data: bpy.types.AreaLight, light: dict) -> float:
    """Set shape and size of an area light; return its area."""
    if light["shape"] == "rect":
        data.shape = "RECTANGLE"
        data.size, data.size_y = light["size_m"]
        return data.size * data.size_y
    data.shape = "DISK"
    half = math.radians(light["angular_size_deg"][0]) / 2
    data.size = 2 * light["distance_m"] * math.tan(half)
    return math.pi * data.size**2 / 4


def _drive_energy(
    light: bpy.types.Light, world: bpy.types.World, empty: bpy.types.Object
) -> None:
    """Add the driver of a light's energy."""
    driver = light.driver_add("energy").driver
    base = driver.variables.new()
    base.name = "base"
    base.targets[0].id_type, base.targets[0].id = "LIGHT", light
    base.targets[0].data_path = '["hdr_base"]'
    for name, path in PATHS.items():
        _add_variable(driver, name, world, path)
    driver.expression = " * ".join(["base", *PATHS])
    if light.type == "AREA":
        scale = driver.variables.new()
        scale.name, scale.type = "scale", "TRANSFORMS"
        scale.targets[0].id = empty
        scale.targets[0].transform_type = "SCALE_AVG"
        driver.expression += " * scale * scale"


def _add_variable(
    driver: bpy.types.Driver, name: str, world: bpy.types.World, path: str
) -> None:
    variable = driver.variables.new()
    variable.name = name
    variable.targets[0].id_type, variable.targets[0].id = "WORLD", world
    variable.targets[0].data_path = path
