"""Two rooms: one by day with lamps on, one by night with a fire."""

import math
import random

import bpy

from tools.render_scenes import parts

Color = parts.Color
WARM: Color = (1.0, 0.62, 0.30)


def room() -> float:
    """Build a living room with a window, a floor lamp and a pendant."""
    _shell()
    _garden()
    _sofa()
    _table()
    _lamps()
    _bookcase()
    _painting()
    rug = parts.surface("rug", (0.24, 0.05, 0.045), roughness=0.95)
    weave = parts.noise(rug, scale=9.0, stretch=(1.0, 6.0, 1.0))
    parts.ramp(rug, weave, [(0.35, (0.20, 0.035, 0.03)), (0.65, (0.42, 0.24, 0.15))])
    parts.box("rug", (2.6, 1.9, 0.012), (-0.35, 0.35, 0.006), rug)
    parts.sun_lamp(9.0, (-2.6, 6.0, 4.0), color=(1.0, 0.90, 0.76))
    parts.camera((1.75, -2.75, 1.45), (-0.35, 1.3, 1.02), lens_mm=24)
    return 0.8


def fire() -> float:
    """Build a hearth with a fire, candles, and a window with moonlight."""
    brick = parts.surface("brick", (0.3, 0.1, 0.06), roughness=0.85)
    colors: tuple[Color, Color, Color] = (
        (0.26, 0.075, 0.045),
        (0.38, 0.14, 0.08),
        (0.30, 0.27, 0.24),
    )
    upright = (math.radians(90.0), 0.0, 0.0)
    texture = parts.bricks(brick, colors, size=(0.22, 0.075), turn=upright)
    parts.bump(brick, texture.outputs["Fac"], depth=-0.006)
    soot = parts.surface("soot", (0.035, 0.03, 0.028), roughness=0.95)
    _hearth(brick, soot)
    _burning_logs()
    for place, height in ((-0.62, 0.2), (-0.5, 0.14), (0.58, 0.24)):
        _candle((place, 1.08, 1.29), height)
    _night_window()
    _armchair()
    parts.ambient((0.35, 0.45, 0.8), 0.004)
    parts.point_lamp(6.0, (1.2, -1.6, 2.3), radius=0.15, color=WARM)
    parts.camera((0.55, -2.35, 1.15), (0.02, 1.0, 0.86), lens_mm=31)
    return 1.2


def _shell() -> None:
    """Add floor, ceiling and walls, with an opening for the window."""
    oak = parts.surface("oak", (0.4, 0.22, 0.1), roughness=0.35)
    planks: tuple[Color, Color, Color] = (
        (0.36, 0.19, 0.085),
        (0.50, 0.30, 0.15),
        (0.10, 0.05, 0.02),
    )
    parts.bricks(oak, planks, size=(1.3, 0.13), gap=0.003)
    plaster = parts.surface("plaster", (0.72, 0.68, 0.60), roughness=0.9)
    sage = parts.surface("sage", (0.30, 0.38, 0.31), roughness=0.9)
    white = parts.surface("white", (0.80, 0.80, 0.78), roughness=0.5)
    parts.box("floor", (5.4, 6.4, 0.1), (0.0, 0.0, -0.05), oak)
    parts.box("ceiling", (5.4, 6.4, 0.1), (0.0, 0.0, 2.75), white)
    parts.box("left", (0.1, 6.4, 2.8), (-2.55, 0.0, 1.35), plaster)
    parts.box("right", (0.1, 6.4, 2.8), (2.55, 0.0, 1.35), plaster)
    parts.box("behind", (5.4, 0.1, 2.8), (0.0, -3.05, 1.35), plaster)
    # The wall with the window: from -1.75 to 0.05, 0.85 to 2.25 high.
    for name, left, right, low, high in (
        ("wall a", -2.6, -1.75, 0.0, 2.75),
        ("wall b", 0.05, 2.6, 0.0, 2.75),
        ("wall c", -1.75, 0.05, 0.0, 0.85),
        ("wall d", -1.75, 0.05, 2.25, 2.75),
    ):
        size = (right - left, 0.16, high - low)
        center = ((left + right) / 2, 3.0, (low + high) / 2)
        parts.box(name, size, center, sage)
    for x in (-1.75, -0.85, 0.05):
        parts.box("post", (0.06, 0.1, 1.4), (x, 2.98, 1.55), white, bevel=0.006)
    for z in (0.85, 1.75, 2.25):
        parts.box("bar", (1.86, 0.1, 0.05), (-0.85, 2.98, z), white, bevel=0.006)
    parts.box("sill", (2.0, 0.3, 0.04), (-0.85, 2.86, 0.83), white, bevel=0.008)
    parts.box("skirting", (5.1, 0.03, 0.12), (0.0, 2.9, 0.06), white)
    portal = parts.area_lamp(
        1.0, (-0.85, 3.02, 1.55), (-0.85, 0.0, 1.55), size=(1.8, 1.4)
    )
    portal.data.cycles.is_portal = True
    _curtains()


def _curtains() -> None:
    linen = parts.surface("linen", (0.62, 0.52, 0.36), roughness=0.9)
    for left in (-2.15, 0.12):
        n_columns = 60
        path = [
            (left + 0.36 * column / n_columns, 2.84 + 0.035 * math.sin(1.15 * column))
            for column in range(n_columns + 1)
        ]
        vertices = [(x, y, z) for x, y in path for z in (0.05, 2.42)]
        faces = [
            (2 * row, 2 * row + 2, 2 * row + 3, 2 * row + 1) for row in range(n_columns)
        ]
        parts.shape("curtain", vertices, faces, (0, 0, 0), linen, is_smooth=True)
    rail = parts.surface("rail", (0.08, 0.07, 0.06), roughness=0.3, metallic=1.0)
    parts.rod("rail", 0.014, ((-2.25, 2.84, 2.44), (0.6, 2.84, 2.44)), rail)


def _garden() -> None:
    """Add what the window shows: sky, a lawn, hedges."""
    parts.ambient((0.46, 0.68, 1.0), 5.0)
    lawn = parts.surface("lawn", (0.10, 0.22, 0.035), roughness=0.9)
    parts.box("lawn", (60.0, 40.0, 0.1), (0.0, 24.0, -0.4), lawn)
    leaves = parts.surface("leaves", (0.05, 0.13, 0.02), roughness=0.8)
    random_number = random.Random(5)
    for number in range(14):
        place = (-9.0 + 1.3 * number, 13.0 + random_number.uniform(-1.5, 2.5), 0.2)
        radius = random_number.uniform(1.0, 2.3)
        bush = parts.ball("bush", radius, place, leaves)
        parts.roughen(bush, depth=0.9, size=0.35)


def _sofa() -> None:
    velvet = parts.surface("velvet", (0.025, 0.10, 0.16), roughness=0.8, sheen=0.6)
    mustard = parts.surface("mustard", (0.72, 0.36, 0.025), roughness=0.85)
    terracotta = parts.surface("terracotta", (0.55, 0.15, 0.06), roughness=0.85)
    wood = parts.surface("wood", (0.12, 0.06, 0.03), roughness=0.4)
    x, y = -1.75, 0.55
    parts.box("base", (0.9, 2.1, 0.22), (x, y, 0.26), velvet, bevel=0.05)
    parts.box("back", (0.25, 2.1, 0.62), (x - 0.4, y, 0.62), velvet, bevel=0.09)
    for side in (-1.08, 1.08):
        parts.box("arm", (0.9, 0.22, 0.5), (x, y + side, 0.42), velvet, bevel=0.08)
    for side in (-0.5, 0.5):
        parts.box(
            "seat", (0.75, 0.98, 0.2), (x + 0.07, y + side, 0.45), velvet, bevel=0.06
        )
        for end in (-0.38, 0.38):
            parts.rod(
                "leg",
                0.025,
                ((x + end, y + 1.9 * side, 0.0), (x + end, y + 1.9 * side, 0.16)),
                wood,
            )
    for side, cover in ((-0.75, mustard), (0.72, terracotta)):
        cushion = parts.box(
            "cushion", (0.16, 0.46, 0.46), (x - 0.16, y + side, 0.76), cover, bevel=0.07
        )
        cushion.rotation_euler[1] = math.radians(-16)


def _table() -> None:
    walnut = parts.surface("walnut", (0.20, 0.09, 0.04), roughness=0.25, coat=0.3)
    steel = parts.surface("steel", (0.05, 0.05, 0.05), roughness=0.35, metallic=1.0)
    glaze = parts.surface("glaze", (0.62, 0.62, 0.58), roughness=0.15, coat=0.8)
    green = parts.surface("green", (0.05, 0.20, 0.03), roughness=0.5)
    x, y = -0.25, 0.25
    parts.box("top", (0.7, 1.15, 0.04), (x, y, 0.42), walnut, bevel=0.008)
    for dx in (-0.3, 0.3):
        for dy in (-0.5, 0.5):
            parts.rod(
                "leg", 0.014, ((x + dx, y + dy, 0.0), (x + dx, y + dy, 0.4)), steel
            )
    vase = [(radius * 0.9, height * 0.8) for radius, height in VASE]
    parts.turned("vase", vase, (x - 0.1, y + 0.28, 0.44), glaze)
    random_number = random.Random(3)
    for _ in range(26):
        lean, turn = (
            random_number.uniform(0.05, 0.24),
            random_number.uniform(0, math.tau),
        )
        top = (
            x - 0.1 + lean * math.cos(turn),
            y + 0.28 + lean * math.sin(turn),
            random_number.uniform(0.8, 1.02),
        )
        parts.rod("stem", 0.003, ((x - 0.1, y + 0.28, 0.62), top), green)
        leaf = parts.ball("leaf", 0.035, top, green, stretch=(1.0, 0.5, 1.6))
        leaf.rotation_euler = (turn, lean * 4.0, turn)
    for number, color in enumerate(
        ((0.6, 0.06, 0.04), (0.03, 0.12, 0.35), (0.7, 0.66, 0.55))
    ):
        book = parts.surface("book", color, roughness=0.5)
        parts.box(
            "book",
            (0.17, 0.24, 0.025),
            (x + 0.1, y - 0.28, 0.453 + 0.026 * number),
            book,
            bevel=0.002,
            turn=11.0 * number - 8.0,
        )


VASE = [
    (0.0, 0.0),
    (0.06, 0.0),
    (0.1, 0.05),
    (0.11, 0.11),
    (0.07, 0.2),
    (0.045, 0.24),
    (0.055, 0.26),
    (0.04, 0.24),
    (0.0, 0.1),
]


def _lamps() -> None:
    """Add a floor lamp with a shade, and a pendant with a bare bulb."""
    brass = parts.surface("brass", (0.8, 0.5, 0.18), roughness=0.25, metallic=1.0)
    shade = parts.surface("shade", WARM, roughness=0.9, emission=2.6)
    x, y = 1.75, 2.3
    parts.rod("foot", 0.15, ((x, y, 0.0), (x, y, 0.025)), brass)
    parts.rod("pole", 0.012, ((x, y, 0.0), (x, y, 1.6)), brass)
    parts.turned(
        "shade",
        [(0.24, 0.0), (0.155, 0.32), (0.15, 0.32), (0.235, 0.0)],
        (x, y, 1.5),
        shade,
    )
    parts.point_lamp(45.0, (x, y, 1.62), radius=0.05, color=WARM)
    bulb = parts.surface("bulb", (1.0, 0.70, 0.40), emission=45.0)
    cord = parts.surface("cord", (0.02, 0.02, 0.02), roughness=0.6)
    parts.rod("cord", 0.006, ((-0.25, 0.25, 2.05), (-0.25, 0.25, 2.7)), cord)
    dome = [(0.21, 0.0), (0.17, 0.07), (0.09, 0.13), (0.03, 0.16), (0.0, 0.16)]
    parts.turned("dome", dome, (-0.25, 0.25, 1.93), brass)
    parts.ball("bulb", 0.05, (-0.25, 0.25, 1.95), bulb)


def _bookcase() -> None:
    wood = parts.surface("case", (0.42, 0.26, 0.13), roughness=0.4)
    for z in (0.05, 0.5, 0.95, 1.4, 1.85):
        parts.box("shelf", (0.3, 1.5, 0.03), (2.33, 0.8, z), wood)
    for side in (0.05, 1.55):
        parts.box("side", (0.3, 0.03, 1.85), (2.33, side, 0.94), wood)
    random_number = random.Random(8)
    covers = [
        parts.surface("cover", color, roughness=0.55)
        for color in (
            (0.55, 0.05, 0.03),
            (0.04, 0.10, 0.30),
            (0.62, 0.45, 0.08),
            (0.05, 0.22, 0.10),
            (0.6, 0.57, 0.5),
            (0.10, 0.08, 0.08),
            (0.36, 0.10, 0.24),
        )
    ]
    for z in (0.07, 0.52, 0.97, 1.42):
        y = 0.09
        while y < 1.38:
            width, height = (
                random_number.uniform(0.018, 0.05),
                random_number.uniform(0.22, 0.36),
            )
            cover = random_number.choice(covers)
            parts.box(
                "book",
                (0.2, width, height),
                (2.3, y + width / 2, z + height / 2),
                cover,
            )
            y += width + random_number.choice((0.002, 0.002, 0.002, 0.09))


def _painting() -> None:
    frame = parts.surface("frame", (0.62, 0.42, 0.16), roughness=0.3, metallic=1.0)
    canvas = parts.surface("canvas", (0.5, 0.5, 0.5), roughness=0.7)
    height = parts.noise(canvas, scale=2.4, detail=6.0, stretch=(1.0, 1.0, 2.2))
    stops: list[tuple[float, Color]] = [
        (0.30, (0.02, 0.07, 0.25)),
        (0.45, (0.10, 0.35, 0.45)),
        (0.52, (0.75, 0.62, 0.35)),
        (0.60, (0.70, 0.16, 0.05)),
        (0.72, (0.20, 0.02, 0.05)),
    ]
    parts.ramp(canvas, height, stops)
    parts.box("frame", (1.0, 0.04, 0.75), (1.05, 2.9, 1.62), frame, bevel=0.012)
    parts.box("canvas", (0.9, 0.045, 0.65), (1.05, 2.895, 1.62), canvas)


def _hearth(brick: bpy.types.Material, soot: bpy.types.Material) -> None:
    """Add the brick wall with its opening, a mantel and the floor."""
    for side in (-1.3, 1.3):
        parts.box("wall", (1.5, 0.5, 2.8), (side, 1.5, 1.4), brick)
    parts.box("wall", (1.1, 0.5, 1.9), (0.0, 1.5, 1.85), brick)
    parts.box("back", (1.3, 0.1, 1.2), (0.0, 1.95, 0.5), soot)
    for side in (-0.57, 0.57):
        parts.box("cheek", (0.04, 0.6, 1.2), (side, 1.6, 0.5), soot)
    oak = parts.surface("oak", (0.16, 0.08, 0.035), roughness=0.45)
    grain = parts.noise(oak, scale=5.0, stretch=(0.4, 6.0, 6.0))
    parts.ramp(oak, grain, [(0.3, (0.10, 0.045, 0.018)), (0.7, (0.26, 0.13, 0.06))])
    parts.box("mantel", (1.9, 0.36, 0.12), (0.0, 1.12, 1.22), oak, bevel=0.012)
    stone = parts.surface("stone", (0.16, 0.15, 0.14), roughness=0.5)
    spots = parts.noise(stone, scale=7.0, detail=8.0)
    parts.ramp(stone, spots, [(0.35, (0.10, 0.095, 0.09)), (0.65, (0.23, 0.22, 0.20))])
    parts.box("stone", (2.2, 1.6, 0.06), (0.0, 1.3, 0.03), stone, bevel=0.01)
    floor = parts.surface("floor", (0.2, 0.1, 0.05), roughness=0.3)
    planks: tuple[Color, Color, Color] = (
        (0.20, 0.10, 0.045),
        (0.28, 0.15, 0.07),
        (0.03, 0.015, 0.01),
    )
    parts.bricks(floor, planks, size=(1.4, 0.14), gap=0.003)
    parts.box("floor", (7.0, 6.0, 0.1), (0.0, -1.0, -0.05), floor)
    plaster = parts.surface("plaster", (0.36, 0.33, 0.29), roughness=0.9)
    parts.box("left", (0.1, 6.0, 3.0), (-2.1, -1.0, 1.4), plaster)
    parts.box("right", (0.1, 6.0, 3.0), (2.4, -1.0, 1.4), plaster)
    parts.box("ceiling", (7.0, 6.0, 0.1), (0.0, -1.0, 2.75), plaster)


def _burning_logs() -> None:
    """Add logs, embers and flames; lamps in the flames light the room."""
    bark = parts.surface("bark", (0.05, 0.03, 0.02), roughness=0.95)
    cracks = parts.noise(bark, scale=16.0, detail=6.0, stretch=(1.0, 1.0, 0.5))
    glow: list[tuple[float, Color]] = [(0.56, (0, 0, 0)), (0.66, (1.0, 0.13, 0.01))]
    parts.ramp(bark, cracks, glow, into="Emission Color")
    parts.shader_of(bark).inputs["Emission Strength"].default_value = 9.0
    for start, end in (
        ((-0.36, 1.62, 0.13), (0.34, 1.70, 0.14)),
        ((-0.30, 1.45, 0.12), (0.37, 1.50, 0.13)),
        ((-0.28, 1.42, 0.27), (0.27, 1.72, 0.25)),
        ((0.30, 1.44, 0.25), (-0.16, 1.74, 0.36)),
    ):
        log = parts.rod("log", 0.062, (start, end), bark)
        parts.roughen(log, depth=0.02, size=0.05)
    iron = parts.surface("iron", (0.02, 0.02, 0.02), roughness=0.5, metallic=1.0)
    for x in (-0.28, 0.28):
        parts.rod("rack", 0.012, ((x, 1.34, 0.07), (x, 1.8, 0.07)), iron)
        parts.rod("rack", 0.014, ((x, 1.34, 0.05), (x, 1.34, 0.3)), iron)
    flame = _flame_material()
    random_number = random.Random(11)
    for _ in range(22):
        x = random_number.gauss(0.0, 0.14)
        height = random_number.uniform(0.25, 0.62) * math.exp(-6.0 * x * x)
        _flame(
            (x, random_number.uniform(1.48, 1.68), 0.22), height, random_number, flame
        )
    parts.point_lamp(48.0, (0.0, 1.52, 0.42), radius=0.13, color=(1.0, 0.36, 0.09))
    parts.point_lamp(10.0, (0.05, 1.25, 0.25), radius=0.12, color=(1.0, 0.30, 0.06))


def _flame_material() -> bpy.types.Material:
    """Return light that is dense and yellow inside and below, thin and red above."""
    material = bpy.data.materials.new("flame")
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.remove(parts.shader_of(material))
    emission = tree.nodes.new("ShaderNodeEmission")
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    elements = ramp.color_ramp.elements
    elements[0].position, elements[0].color = 0.0, (1.0, 0.50, 0.13, 1.0)
    elements[1].position, elements[1].color = 1.0, (1.0, 0.16, 0.015, 1.0)
    place = tree.nodes.new("ShaderNodeTexCoord")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(place.outputs["Generated"], split.inputs["Vector"])
    tree.links.new(split.outputs["Z"], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], emission.inputs["Color"])
    emission.inputs["Strength"].default_value = 16.0
    facing = tree.nodes.new("ShaderNodeLayerWeight")
    facing.inputs["Blend"].default_value = 0.35
    density = tree.nodes.new("ShaderNodeMapRange")
    (
        density.inputs["From Min"].default_value,
        density.inputs["From Max"].default_value,
    ) = 0.0, 0.8
    density.inputs["To Min"].default_value, density.inputs["To Max"].default_value = (
        0.6,
        0.0,
    )
    tree.links.new(facing.outputs["Facing"], density.inputs["Value"])
    fade = tree.nodes.new("ShaderNodeMapRange")
    fade.inputs["From Min"].default_value, fade.inputs["From Max"].default_value = (
        0.35,
        1.0,
    )
    fade.inputs["To Min"].default_value, fade.inputs["To Max"].default_value = 1.0, 0.1
    tree.links.new(split.outputs["Z"], fade.inputs["Value"])
    both = tree.nodes.new("ShaderNodeMath")
    both.operation = "MULTIPLY"
    tree.links.new(density.outputs["Result"], both.inputs[0])
    tree.links.new(fade.outputs["Result"], both.inputs[1])
    clear = tree.nodes.new("ShaderNodeBsdfTransparent")
    mix = tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(both.outputs["Value"], mix.inputs["Fac"])
    tree.links.new(clear.outputs["BSDF"], mix.inputs[1])
    tree.links.new(emission.outputs["Emission"], mix.inputs[2])
    output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
    tree.links.new(mix.outputs["Shader"], output.inputs["Surface"])
    material.cycles.emission_sampling = "NONE"
    return material


def _flame(
    place: parts.Place,
    height: float,
    random_number: random.Random,
    material: bpy.types.Material,
) -> None:
    """Add a tongue of fire that bends as it rises."""
    n_rows, n_sides = 24, 20
    width = height * random_number.uniform(0.13, 0.2)
    phase, lean = random_number.uniform(0.0, math.tau), random_number.gauss(0.0, 0.09)
    vertices = []
    for row in range(n_rows + 1):
        share = row / n_rows
        radius = width * math.sqrt(share + 0.02) * (1.0 - share) ** 1.1 * 2.1
        bend = 0.16 * height * share * math.sin(5.0 * share + phase) + lean * share
        for side in range(n_sides):
            turn = math.tau * side / n_sides
            vertices.append(
                (
                    bend + radius * math.cos(turn),
                    0.6 * radius * math.sin(turn),
                    share * height,
                )
            )
    faces = [
        (
            row * n_sides + side,
            row * n_sides + (side + 1) % n_sides,
            (row + 1) * n_sides + (side + 1) % n_sides,
            (row + 1) * n_sides + side,
        )
        for row in range(n_rows)
        for side in range(n_sides)
    ]
    made = parts.shape("tongue", vertices, faces, place, material, is_smooth=True)
    made.visible_shadow = False


def _candle(place: parts.Place, height: float) -> None:
    wax = parts.surface("wax", (0.75, 0.66, 0.48), roughness=0.5)
    light = parts.surface("light", (1.0, 0.50, 0.14), emission=55.0)
    x, y, z = place
    parts.rod("candle", 0.03, (place, (x, y, z + height)), wax)
    parts.ball("light", 0.011, (x, y, z + height + 0.035), light, stretch=(1, 1, 2.6))
    parts.point_lamp(0.7, (x, y, z + height + 0.035), radius=0.011, color=WARM)


def _night_window() -> None:
    """Add a window to the left, with the light of the moon behind it."""
    frame = parts.surface("frame", (0.30, 0.28, 0.25), roughness=0.5)
    sky = parts.surface("night", (0.10, 0.19, 0.55), emission=0.55)
    parts.box("night", (0.02, 0.8, 1.1), (-2.04, 0.2, 1.65), sky)
    for y in (-0.2, 0.2, 0.6):
        parts.box("post", (0.06, 0.05, 1.2), (-2.03, y, 1.65), frame)
    for z in (1.08, 1.65, 2.22):
        parts.box("bar", (0.06, 0.85, 0.05), (-2.03, 0.2, z), frame)
    parts.area_lamp(
        5.0,
        (-1.98, 0.2, 1.65),
        (0.5, 0.0, 0.2),
        size=(0.8, 1.1),
        color=(0.25, 0.42, 1.0),
    )


def _armchair() -> None:
    leather = parts.surface("leather", (0.14, 0.035, 0.015), roughness=0.35, coat=0.2)
    parts.box(
        "seat", (0.62, 0.62, 0.2), (1.35, 0.25, 0.36), leather, bevel=0.06, turn=28
    )
    parts.box(
        "back", (0.72, 0.2, 0.75), (1.52, -0.1, 0.72), leather, bevel=0.08, turn=28
    )
    for side in (-0.36, 0.36):
        angle = math.radians(28)
        x, y = 1.35 + side * math.cos(angle), 0.25 + side * math.sin(angle)
        parts.box("arm", (0.16, 0.66, 0.42), (x, y, 0.42), leather, bevel=0.06, turn=28)
    wool = parts.surface("wool", (0.62, 0.55, 0.42), roughness=0.95)
    rug = parts.box("rug", (2.0, 1.2, 0.02), (-0.1, -0.2, 0.01), wool)
    parts.roughen(rug, depth=0.004, size=0.02)
