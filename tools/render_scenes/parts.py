"""The parts that all scenes are built from: surfaces, shapes, lamps, the camera.

Lengths are meters, z is up. Colors are linear Rec.709, power is watts.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import bmesh
import bpy
from mathutils import Matrix, Vector

Color = tuple[float, float, float]
Place = tuple[float, float, float]
WHITE: Color = (0.8, 0.8, 0.8)


def surface(  # noqa: PLR0913 - the knobs of one shader
    name: str,
    color: Color,
    *,
    roughness: float = 0.5,
    metallic: float = 0.0,
    transmission: float = 0.0,
    coat: float = 0.0,
    emission: float = 0.0,
    sheen: float = 0.0,
) -> bpy.types.Material:
    """Return a plain material.

    Args:
        name: Name of the material.
        color: Color of the surface, and of its own light.
        roughness: 0 is a mirror.
        metallic: 1 is a metal.
        transmission: 1 is glass.
        coat: 1 is a clear coat.
        emission: Radiance of the surface's own light.
        sheen: 1 is velvet.
    """
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    sockets = shader_of(material).inputs
    sockets["Base Color"].default_value = (*color, 1.0)
    sockets["Roughness"].default_value = roughness
    sockets["Metallic"].default_value = metallic
    sockets["Transmission Weight"].default_value = transmission
    sockets["Coat Weight"].default_value = coat
    sockets["Sheen Weight"].default_value = sheen
    sockets["Emission Color"].default_value = (*color, 1.0)
    sockets["Emission Strength"].default_value = emission
    return material


def shader_of(material: bpy.types.Material) -> bpy.types.Node:
    """Return the main shader of a material."""
    return next(
        node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED"
    )


def ramp(
    material: bpy.types.Material,
    factor: bpy.types.NodeSocket,
    stops: Sequence[tuple[float, Color]],
    *,
    into: str = "Base Color",
) -> bpy.types.Node:
    """Color a socket of the main shader by a factor; return the ramp.

    Args:
        material: Material to change.
        factor: Socket with values in [0, 1].
        stops: Positions and colors.
        into: Name of the shader's socket.
    """
    tree = material.node_tree
    node = tree.nodes.new("ShaderNodeValToRGB")
    for number, (position, color) in enumerate(stops):
        elements = node.color_ramp.elements
        element = elements[number] if number < 2 else elements.new(position)
        element.position, element.color = position, (*color, 1.0)
    tree.links.new(factor, node.inputs["Fac"])
    tree.links.new(node.outputs["Color"], shader_of(material).inputs[into])
    return node


def noise(
    material: bpy.types.Material,
    *,
    scale: float,
    detail: float = 4.0,
    stretch: Place = (1.0, 1.0, 1.0),
) -> bpy.types.NodeSocket:
    """Return noise in [0, 1] over the object's own coordinates."""
    tree = material.node_tree
    texture = tree.nodes.new("ShaderNodeTexNoise")
    texture.inputs["Scale"].default_value = scale
    texture.inputs["Detail"].default_value = detail
    tree.links.new(_coordinates(material, stretch), texture.inputs["Vector"])
    return texture.outputs["Fac"]


def bricks(
    material: bpy.types.Material,
    colors: tuple[Color, Color, Color],
    *,
    size: tuple[float, float],
    gap: float = 0.01,
    turn: Place = (0.0, 0.0, 0.0),
) -> bpy.types.Node:
    """Cover a surface with bricks or planks; return the texture.

    Args:
        material: Material to change.
        colors: Two colors of the bricks, and that of the gaps.
        size: Width and height of a brick, in meters.
        gap: Width of the gaps, in meters.
        turn: Rotation of the coordinates, so that x and y lie in the surface.
    """
    tree = material.node_tree
    texture = tree.nodes.new("ShaderNodeTexBrick")
    for name, color in zip(("Color1", "Color2", "Mortar"), colors, strict=True):
        texture.inputs[name].default_value = (*color, 1.0)
    texture.inputs["Scale"].default_value = 1.0
    texture.inputs["Brick Width"].default_value = size[0]
    texture.inputs["Row Height"].default_value = size[1]
    texture.inputs["Mortar Size"].default_value = gap
    vector = _coordinates(material, (1.0, 1.0, 1.0), turn)
    tree.links.new(vector, texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], shader_of(material).inputs["Base Color"])
    return texture


def bump(
    material: bpy.types.Material, height: bpy.types.NodeSocket, *, depth: float
) -> None:
    """Give a surface relief by a height in [0, 1], of ``depth`` meters."""
    tree = material.node_tree
    node = tree.nodes.new("ShaderNodeBump")
    node.inputs["Distance"].default_value = depth
    tree.links.new(height, node.inputs["Height"])
    tree.links.new(node.outputs["Normal"], shader_of(material).inputs["Normal"])


def _coordinates(
    material: bpy.types.Material, stretch: Place, turn: Place = (0.0, 0.0, 0.0)
) -> bpy.types.NodeSocket:
    nodes, links = material.node_tree.nodes, material.node_tree.links
    coordinates = nodes.new("ShaderNodeTexCoord")
    mapping = nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = stretch
    mapping.inputs["Rotation"].default_value = turn
    links.new(coordinates.outputs["Object"], mapping.inputs["Vector"])
    return mapping.outputs["Vector"]


def box(
    name: str,
    size: Place,
    center: Place,
    material: bpy.types.Material,
    *,
    bevel: float = 0.0,
    turn: float = 0.0,
) -> bpy.types.Object:
    """Add a box; ``bevel`` rounds its edges, ``turn`` is about z, in degrees."""
    made = _from_bmesh(name, material, center)
    with _edited(made) as mesh:
        bmesh.ops.create_cube(mesh, size=1.0, matrix=Matrix.Diagonal((*size, 1.0)))
    made.rotation_euler[2] = math.radians(turn)
    if bevel:
        round_edges(made, bevel)
    return made


def ball(
    name: str,
    radius: float,
    center: Place,
    material: bpy.types.Material,
    *,
    stretch: Place = (1.0, 1.0, 1.0),
) -> bpy.types.Object:
    """Add a sphere, or an ellipsoid."""
    made = _from_bmesh(name, material, center)
    with _edited(made) as mesh:
        bmesh.ops.create_uvsphere(mesh, u_segments=48, v_segments=24, radius=radius)
    made.data.shade_smooth()
    made.scale = stretch
    return made


def rod(
    name: str,
    radius: float,
    ends: tuple[Place, Place],
    material: bpy.types.Material,
) -> bpy.types.Object:
    """Add a cylinder between two points."""
    start, end = Vector(ends[0]), Vector(ends[1])
    made = _from_bmesh(name, material, (start + end) / 2)
    with _edited(made) as mesh:
        bmesh.ops.create_cone(
            mesh,
            cap_ends=True,
            segments=32,
            radius1=radius,
            radius2=radius,
            depth=(end - start).length,
        )
    for polygon in made.data.polygons:
        polygon.use_smooth = len(polygon.vertices) == 4
    made.rotation_euler = (end - start).to_track_quat("Z", "Y").to_euler()
    return made


def grid(
    name: str, size: float, n_steps: int, material: bpy.types.Material
) -> bpy.types.Object:
    """Add a square of many faces about the origin, which may be roughened."""
    made = _from_bmesh(name, material, (0.0, 0.0, 0.0))
    with _edited(made) as mesh:
        bmesh.ops.create_grid(
            mesh, x_segments=n_steps, y_segments=n_steps, size=size / 2
        )
    made.data.shade_smooth()
    return made


def turned(
    name: str,
    profile: Sequence[tuple[float, float]],
    place: Place,
    material: bpy.types.Material,
) -> bpy.types.Object:
    """Add a body of revolution about z, such as a vase.

    Args:
        name: Name of the object.
        profile: Radius and height of each point, from below.
        place: Where the axis stands.
        material: Its surface.
    """
    n_sides = 64
    vertices = [
        (
            radius * math.cos(math.tau * side / n_sides),
            radius * math.sin(math.tau * side / n_sides),
            height,
        )
        for radius, height in profile
        for side in range(n_sides)
    ]
    faces = [
        (
            row * n_sides + side,
            row * n_sides + (side + 1) % n_sides,
            (row + 1) * n_sides + (side + 1) % n_sides,
            (row + 1) * n_sides + side,
        )
        for row in range(len(profile) - 1)
        for side in range(n_sides)
    ]
    return shape(name, vertices, faces, place, material, is_smooth=True)


def shape(
    name: str,
    vertices: Sequence[Place],
    faces: Sequence[Sequence[int]],
    place: Place,
    material: bpy.types.Material,
    *,
    is_smooth: bool = False,
) -> bpy.types.Object:
    """Add a mesh of these vertices and faces."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices, [], faces)
    mesh.materials.append(material)
    mesh.update()
    if is_smooth:
        mesh.shade_smooth()
    made = bpy.data.objects.new(name, mesh)
    made.location = place
    bpy.context.collection.objects.link(made)
    return made


def round_edges(made: bpy.types.Object, width: float, *, segments: int = 4) -> None:
    """Round the edges of a mesh."""
    modifier = made.modifiers.new("bevel", "BEVEL")
    modifier.width, modifier.segments = width, segments
    for polygon in made.data.polygons:
        polygon.use_smooth = True
    normals = made.modifiers.new("normals", "WEIGHTED_NORMAL")
    normals.keep_sharp = True


def roughen(made: bpy.types.Object, *, depth: float, size: float) -> None:
    """Displace a mesh by clouds of ``size`` meters, ``depth`` deep."""
    texture = bpy.data.textures.new(made.name, "CLOUDS")
    texture.noise_scale = size
    modifier = made.modifiers.new("displace", "DISPLACE")
    modifier.texture, modifier.strength = texture, depth
    modifier.texture_coords = "GLOBAL"


def words(
    text: str, size: float, place: Place, material: bpy.types.Material, *, turn: Place
) -> bpy.types.Object:
    """Add neon letters: tubes along the outlines of a text; ``turn`` in degrees."""
    curve = bpy.data.curves.new(text, "FONT")
    curve.body, curve.size, curve.align_x = text, size, "CENTER"
    curve.fill_mode, curve.bevel_depth = "NONE", size * 0.025
    curve.materials.append(material)
    made = bpy.data.objects.new(text, curve)
    made.location = place
    made.rotation_euler = tuple(map(math.radians, turn))
    bpy.context.collection.objects.link(made)
    return made


def area_lamp(
    power: float,
    place: Place,
    target: Place,
    *,
    size: tuple[float, float],
    color: Color = (1.0, 1.0, 1.0),
) -> bpy.types.Object:
    """Add a rectangular lamp that faces ``target``."""
    light = bpy.data.lights.new("area", "AREA")
    light.shape, light.size, light.size_y = "RECTANGLE", *size
    return _lamp(light, power, color, place, target)


def spot_lamp(
    power: float,
    place: Place,
    target: Place,
    *,
    angle: float,
    radius: float = 0.05,
    color: Color = (1.0, 1.0, 1.0),
) -> bpy.types.Object:
    """Add a spot that faces ``target``; ``angle`` in degrees."""
    light = bpy.data.lights.new("spot", "SPOT")
    light.spot_size, light.spot_blend = math.radians(angle), 0.4
    light.shadow_soft_size = radius
    return _lamp(light, power, color, place, target)


def point_lamp(
    power: float, place: Place, *, radius: float, color: Color = (1.0, 1.0, 1.0)
) -> bpy.types.Object:
    """Add a lamp that shines everywhere."""
    light = bpy.data.lights.new("point", "POINT")
    light.shadow_soft_size = radius
    return _lamp(light, power, color, place, place)


def sun_lamp(
    power: float, target_from: Place, *, color: Color = (1.0, 1.0, 1.0)
) -> bpy.types.Object:
    """Add a sun of half a degree; ``target_from`` points towards it."""
    light = bpy.data.lights.new("sun", "SUN")
    light.angle = math.radians(0.53)
    return _lamp(light, power, color, target_from, (0.0, 0.0, 0.0))


def _lamp(
    light: bpy.types.Light, power: float, color: Color, place: Place, target: Place
) -> bpy.types.Object:
    light.energy, light.color = power, color
    made = bpy.data.objects.new(light.name, light)
    made.location = place
    aim(made, target)
    bpy.context.collection.objects.link(made)
    return made


def camera(
    place: Place, target: Place, *, lens_mm: float = 35.0, shift_y: float = 0.0
) -> None:
    """Set the camera of the scene."""
    data = bpy.data.cameras.new("camera")
    data.lens, data.shift_y = lens_mm, shift_y
    made = bpy.data.objects.new("camera", data)
    made.location = place
    aim(made, target)
    bpy.context.collection.objects.link(made)
    bpy.context.scene.camera = made


def aim(made: bpy.types.Object, target: Place) -> None:
    """Turn a lamp or a camera, which look along -z, to a point."""
    direction = Vector(target) - Vector(made.location)
    if direction.length:
        made.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()


def ambient(color: Color, strength: float) -> bpy.types.Node:
    """Give the world one color; return its background shader."""
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    bpy.context.scene.world = world
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*color, 1.0)
    background.inputs["Strength"].default_value = strength
    return background


def _from_bmesh(
    name: str, material: bpy.types.Material, place: Place
) -> bpy.types.Object:
    """Add an empty mesh: operators of ``bpy.ops`` slow down with every object."""
    mesh = bpy.data.meshes.new(name)
    mesh.materials.append(material)
    made = bpy.data.objects.new(name, mesh)
    made.location = place
    bpy.context.collection.objects.link(made)
    return made


@contextmanager
def _edited(made: bpy.types.Object) -> Iterator[bmesh.types.BMesh]:
    mesh = bmesh.new()
    yield mesh
    mesh.to_mesh(made.data)
    mesh.free()
