"""A world that a panorama lights: its nodes and its controls.

    out = before + show (after - before)     show: 0 or 1
    after = L + sun (H - L)                  sun: strength of the light above clip

H  reconstruction; its dome if it is split, then lights of their own give the rest
L  panorama without added light    before  8-bit panorama

The center of the panorama (u = 0.5) is at +X; the mapping node rotates it.
"""

import bpy

NAME = "HDR World"
ROTATION, SUN, SHOW = "HDR Rotation", "HDR Sun", "HDR Show"
SPLIT, BACKGROUND = "HDR Split", "Background"
FACTOR, FIRST, SECOND = 0, 6, 7  # sockets of a color Mix


def light_world(
    scene: bpy.types.Scene,
    images: dict[str, bpy.types.Image],
    before: bpy.types.Image,
) -> bpy.types.World:
    """Light a scene with a reconstruction; keep the world's rotation and strength.

    Args:
        scene: Scene to light. Its world is changed if this function made it, else
            replaced.
        images: Images "hdr" and "linear" of the result, and "dome" if it was split.
        before: 8-bit panorama.
    """
    rotation, strength = _rotation_and_strength(scene.world)
    world = scene.world
    if world is None or not world.hdr_core.is_from_panorama:
        world = bpy.data.worlds.new(NAME)
        world.hdr_core.is_from_panorama = True
        scene.world = world
    if bpy.app.version < (5, 0, 0):
        world.use_nodes = True
    tree = world.node_tree
    tree.nodes.clear()
    made = _make(tree, images, before)
    made["mapping"].inputs["Rotation"].default_value[2] = rotation
    made["background"].inputs["Strength"].default_value = strength
    return world


def show_before(world: bpy.types.World, *, is_before: bool) -> None:
    """Light the world with the 8-bit panorama, or with its reconstruction."""
    show = world.node_tree.nodes[SHOW].inputs[FACTOR]
    show.default_value = 0.0 if is_before else 1.0


def is_before(world: bpy.types.World) -> bool:
    """Return whether the 8-bit panorama lights the world now."""
    return world.node_tree.nodes[SHOW].inputs[FACTOR].default_value == 0.0


def _rotation_and_strength(world: bpy.types.World | None) -> tuple[float, float]:
    """Return rotation and strength of a world; 0 and 1 if it has no mapping."""
    tree = None if world is None else world.node_tree
    nodes = {} if tree is None else {node.bl_idname: node for node in tree.nodes}
    rotation, strength = 0.0, 1.0
    if mapping := nodes.get("ShaderNodeMapping"):
        rotation = mapping.inputs["Rotation"].default_value[2]
        # The strength of a plain grey world does not fit a panorama.
        strength = nodes["ShaderNodeBackground"].inputs["Strength"].default_value
    return rotation, strength


def _make(
    tree: bpy.types.NodeTree,
    images: dict[str, bpy.types.Image],
    before: bpy.types.Image,
) -> dict[str, bpy.types.Node]:
    """Make the nodes and their links."""
    coordinates = _node(tree, "ShaderNodeTexCoord", "Coordinates", (-1000, 0))
    mapping = _node(tree, "ShaderNodeMapping", ROTATION, (-800, 0))
    tree.links.new(coordinates.outputs["Generated"], mapping.inputs["Vector"])
    textures = {}
    shown = {"hdr": images["hdr"], "linear": images["linear"], "before": before}
    if "dome" in images:
        shown["dome"] = images["dome"]
    for row, (name, image) in enumerate(shown.items()):
        node = _node(tree, "ShaderNodeTexEnvironment", name, (-550, 300 - 260 * row))
        node.image = image
        tree.links.new(mapping.outputs["Vector"], node.inputs["Vector"])
        textures[name] = node.outputs["Color"]
    hdr = textures["hdr"]
    if "dome" in textures:
        hdr = _mix(tree, SPLIT, (-250, 350), hdr, textures["dome"])
    sun = _mix(tree, SUN, (-250, 100), textures["linear"], hdr)
    show = _mix(tree, SHOW, (-50, 0), textures["before"], sun)
    background = _node(tree, "ShaderNodeBackground", BACKGROUND, (150, 0))
    tree.links.new(show, background.inputs["Color"])
    end = _node(tree, "ShaderNodeOutputWorld", "World Output", (350, 0))
    tree.links.new(background.outputs[0], end.inputs["Surface"])
    return {"mapping": mapping, "background": background}


def _node(
    tree: bpy.types.NodeTree, kind: str, name: str, place: tuple[int, int]
) -> bpy.types.Node:
    node = tree.nodes.new(kind)
    node.name = node.label = name
    node.location = place
    return node


def _mix(
    tree: bpy.types.NodeTree,
    name: str,
    place: tuple[int, int],
    first: bpy.types.NodeSocket,
    second: bpy.types.NodeSocket,
) -> bpy.types.NodeSocket:
    """Return first + factor (second - first); the factor may be above 1."""
    node = _node(tree, "ShaderNodeMix", name, place)
    node.data_type, node.clamp_factor = "RGBA", False
    node.inputs[FACTOR].default_value = 1.0
    tree.links.new(first, node.inputs[FIRST])
    tree.links.new(second, node.inputs[SECOND])
    return node.outputs[2]
