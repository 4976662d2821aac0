"""Two scenes outside: a village road under sun and sky, and a street at night."""

import math
import random

import bpy

from tools.render_scenes import parts

Color = parts.Color


def sky() -> float:
    """Build a white house, a lawn and trees under a sky with clouds."""
    _sky_with_clouds()
    grass = parts.surface("grass", (0.07, 0.14, 0.02), roughness=0.95)
    patches = parts.noise(grass, scale=0.9, detail=12.0)
    parts.ramp(
        grass, patches, [(0.3, (0.045, 0.095, 0.012)), (0.7, (0.16, 0.20, 0.045))]
    )
    lawn = parts.grid("lawn", 120.0, 160, grass)
    parts.roughen(lawn, depth=0.5, size=4.0)
    road = parts.surface("road", (0.30, 0.26, 0.21), roughness=0.9)
    grain = parts.noise(road, scale=3.0, detail=12.0)
    parts.ramp(road, grain, [(0.3, (0.22, 0.19, 0.15)), (0.7, (0.40, 0.35, 0.28))])
    path = [(2.1 + 0.02 * y * y * (0.5 - y / 60.0), float(y)) for y in range(-6, 30)]
    vertices = [(x + side, y, 0.30) for x, y in path for side in (-1.3, 1.3)]
    faces = [(2 * n, 2 * n + 1, 2 * n + 3, 2 * n + 2) for n in range(len(path) - 1)]
    parts.shape("road", vertices, faces, (0.0, 0.0, 0.0), road)
    _house()
    _trees()
    _fence()
    _car((3.3, 8.2, 0.32), (0.55, 0.015, 0.01), turn=7.0)
    parts.camera((0.6, -4.6, 1.75), (-0.2, 8.0, 2.35), lens_mm=30)
    return -1.7


def street() -> float:
    """Build a wet street with neon signs, lamps, windows and a car."""
    parts.ambient((0.10, 0.14, 0.32), 0.02)
    wet = parts.surface("asphalt", (0.018, 0.018, 0.02), roughness=0.3)
    parts.ramp(
        wet,
        parts.noise(wet, scale=0.55, detail=6.0),
        [(0.42, (0.04, 0.04, 0.04)), (0.60, (0.5, 0.5, 0.5))],
        into="Roughness",
    )
    parts.bump(wet, parts.noise(wet, scale=30.0), depth=0.004)
    parts.box("asphalt", (9.0, 90.0, 0.1), (0.0, 35.0, -0.05), wet)
    stone = parts.surface("pavement", (0.10, 0.10, 0.10), roughness=0.45)
    slabs: tuple[Color, Color, Color] = (
        (0.09, 0.09, 0.09),
        (0.12, 0.12, 0.115),
        (0.03, 0.03, 0.03),
    )
    parts.bricks(stone, slabs, size=(0.6, 0.6), gap=0.012)
    for side in (-5.4, 5.4):
        parts.box("pavement", (3.0, 90.0, 0.16), (side, 35.0, 0.06), stone, bevel=0.02)
    white = parts.surface("paint", (0.5, 0.5, 0.48), roughness=0.5)
    for number in range(12):
        parts.box("line", (0.14, 1.6, 0.004), (0.0, 2.0 + 4.0 * number, 0.003), white)
    _buildings()
    _signs()
    _street_lamps()
    _car((-2.3, 9.5, 0.0), (0.03, 0.05, 0.09), turn=0.0, has_lamps=True)
    _car((2.4, 16.0, 0.0), (0.4, 0.3, 0.02), turn=180.0, has_lamps=True)
    parts.camera((0.9, -3.4, 1.55), (-0.25, 10.0, 2.45), lens_mm=27)
    return 0.3


def _sky_with_clouds() -> None:
    """Give the world a clear sky with its sun (Nishita), and clouds before it."""
    background = parts.ambient((1.0, 1.0, 1.0), 0.16)
    world = bpy.context.scene.world
    tree = world.node_tree
    clear = tree.nodes.new("ShaderNodeTexSky")
    clear.sky_type = "MULTIPLE_SCATTERING"
    clear.sun_elevation, clear.sun_rotation = math.radians(33), math.radians(128)
    clear.sun_disc = True
    place = tree.nodes.new("ShaderNodeTexCoord")
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = (1.0, 1.0, 3.2)
    tree.links.new(place.outputs["Generated"], mapping.inputs["Vector"])
    clouds = tree.nodes.new("ShaderNodeTexNoise")
    clouds.inputs["Scale"].default_value, clouds.inputs["Detail"].default_value = (
        3.1,
        9.0,
    )
    clouds.inputs["Roughness"].default_value = 0.56
    tree.links.new(mapping.outputs["Vector"], clouds.inputs["Vector"])
    cover = tree.nodes.new("ShaderNodeValToRGB")
    cover.color_ramp.elements[0].position = 0.50
    cover.color_ramp.elements[1].position = 0.68
    tree.links.new(clouds.outputs["Fac"], cover.inputs["Fac"])
    mix = tree.nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    mix.inputs["B"].default_value = (10.5, 10.2, 9.8, 1.0)
    tree.links.new(cover.outputs["Color"], mix.inputs["Factor"])
    colors = [socket for socket in mix.inputs if socket.type == "RGBA"]
    colors[1].default_value = (10.5, 10.2, 9.8, 1.0)
    tree.links.new(clear.outputs["Color"], colors[0])
    result = next(socket for socket in mix.outputs if socket.type == "RGBA")
    tree.links.new(result, background.inputs["Color"])


def _house() -> None:
    plaster = parts.surface("plaster", (0.78, 0.75, 0.69), roughness=0.9)
    parts.bump(plaster, parts.noise(plaster, scale=14.0), depth=0.01)
    tiles = parts.surface("tiles", (0.4, 0.1, 0.05), roughness=0.8)
    shades: tuple[Color, Color, Color] = (
        (0.42, 0.10, 0.045),
        (0.52, 0.16, 0.07),
        (0.12, 0.03, 0.02),
    )
    parts.bricks(tiles, shades, size=(0.3, 0.24), gap=0.02)
    pane = parts.surface("pane", (0.02, 0.03, 0.04), roughness=0.03, coat=1.0)
    green = parts.surface("shutter", (0.015, 0.12, 0.10), roughness=0.5)
    white = parts.surface("trim", (0.78, 0.78, 0.76), roughness=0.5)
    x, y = -4.0, 12.0
    parts.box("house", (6.4, 5.0, 3.2), (x, y, 1.6), plaster)
    gable = [
        (-3.2, -2.5, 3.2),
        (-3.2, 2.5, 3.2),
        (-3.2, 0.0, 5.0),
        (3.2, -2.5, 3.2),
        (3.2, 2.5, 3.2),
        (3.2, 0.0, 5.0),
    ]
    parts.shape("gable", gable, [(0, 1, 2), (3, 5, 4)], (x, y, 0.0), plaster)
    for side in (-1.0, 1.0):
        roof = parts.box("roof", (7.0, 3.5, 0.12), (0.0, 0.0, 0.0), tiles)
        roof.rotation_euler[0] = -side * math.atan2(1.8, 2.5)
        roof.location = (x, y + side * 1.4, 4.08)
    for dx in (-2.1, 0.0, 2.1):
        if dx:
            parts.box("pane", (0.9, 0.06, 1.2), (x + dx, y - 2.5, 1.75), pane)
            parts.box("cross", (0.05, 0.1, 1.2), (x + dx, y - 2.5, 1.75), white)
            parts.box("cross", (0.9, 0.1, 0.05), (x + dx, y - 2.5, 1.85), white)
            parts.box("sill", (1.1, 0.2, 0.06), (x + dx, y - 2.55, 1.12), white)
            for side in (-0.7, 0.7):
                parts.box(
                    "shutter",
                    (0.45, 0.06, 1.25),
                    (x + dx + side, y - 2.53, 1.75),
                    green,
                )
        else:
            parts.box("door", (0.95, 0.08, 2.1), (x, y - 2.5, 1.15), green, bevel=0.01)
            parts.box("step", (1.3, 0.7, 0.2), (x, y - 2.8, 0.15), white)
    parts.box("chimney", (0.6, 0.6, 1.4), (x + 1.7, y + 0.6, 5.0), plaster)


def _trees() -> None:
    bark = parts.surface("bark", (0.10, 0.065, 0.04), roughness=0.95)
    random_number = random.Random(4)
    greens = [
        parts.surface("leaves", color, roughness=0.7)
        for color in ((0.045, 0.11, 0.012), (0.075, 0.15, 0.018), (0.03, 0.085, 0.02))
    ]
    places = [
        (-10.5, 15.0, 1.3),
        (1.0, 19.0, 1.25),
        (7.4, 13.0, 1.5),
        (9.5, 21.0, 1.6),
        (-0.8, 27.0, 1.4),
        (-9.0, 6.5, 0.8),
        (5.8, 30.0, 1.7),
        (-16.0, 24.0, 1.8),
        (14.0, 28.0, 1.9),
    ]
    for x, y, size in places:
        parts.rod("trunk", 0.16 * size, ((x, y, -0.2), (x, y, 2.2 * size)), bark)
        for _ in range(15):
            turn, reach = (
                random_number.uniform(0, math.tau),
                size * random_number.uniform(0.2, 1.15),
            )
            center = (
                x + reach * math.cos(turn),
                y + reach * math.sin(turn),
                size * random_number.uniform(1.9, 3.7),
            )
            crown = parts.ball(
                "crown",
                size * random_number.uniform(0.5, 0.85),
                center,
                random_number.choice(greens),
            )
            parts.roughen(crown, depth=0.55 * size, size=0.16)
    hill = parts.surface("hill", (0.06, 0.12, 0.06), roughness=1.0)
    for x, y, radius in ((-45.0, 95.0, 40.0), (20.0, 120.0, 55.0), (75.0, 100.0, 38.0)):
        made = parts.ball("hill", radius, (x, y, -4.0), hill, stretch=(1.4, 1.0, 0.24))
        parts.roughen(made, depth=3.0, size=8.0)


def _fence() -> None:
    white = parts.surface("fence", (0.76, 0.76, 0.74), roughness=0.6)
    for number in range(34):
        x = -9.0 + 0.27 * number
        picket = parts.box("picket", (0.1, 0.03, 0.9), (x, 5.4, 0.62), white)
        picket.rotation_euler[1] = math.radians(1.5 * math.sin(7.3 * number))
    for z in (0.45, 0.85):
        parts.box("rail", (9.1, 0.04, 0.07), (-4.5, 5.44, z), white)


def _car(
    place: parts.Place, color: Color, *, turn: float, has_lamps: bool = False
) -> None:
    """Add a small car whose rear points to -y, turned about z by ``turn`` degrees."""
    paint = parts.surface("paint", color, roughness=0.2, coat=1.0)
    glass = parts.surface("glass", (0.01, 0.012, 0.015), roughness=0.03, coat=1.0)
    rubber = parts.surface("rubber", (0.012, 0.012, 0.012), roughness=0.8)
    chrome = parts.surface("chrome", (0.7, 0.7, 0.7), roughness=0.1, metallic=1.0)
    rear = parts.surface("rear", (1.0, 0.02, 0.01), emission=22.0 if has_lamps else 0.0)
    front = parts.surface(
        "front", (1.0, 0.90, 0.72), emission=120.0 if has_lamps else 0.0, roughness=0.1
    )
    made = [
        parts.box("body", (1.7, 4.0, 0.55), (0.0, 0.0, 0.58), paint, bevel=0.16),
        parts.box("cabin", (1.45, 2.1, 0.55), (0.0, -0.25, 1.08), glass, bevel=0.2),
        parts.box("roof", (1.3, 1.5, 0.08), (0.0, -0.25, 1.36), paint, bevel=0.035),
        parts.box("bumper", (1.66, 0.1, 0.12), (0.0, -2.0, 0.42), chrome, bevel=0.03),
        parts.box("bumper", (1.66, 0.1, 0.12), (0.0, 2.0, 0.42), chrome, bevel=0.03),
    ]
    for side in (-0.62, 0.62):
        made += [
            parts.box(
                "lamp", (0.3, 0.06, 0.14), (side, -1.985, 0.68), rear, bevel=0.02
            ),
            parts.box(
                "lamp", (0.28, 0.06, 0.16), (side, 1.985, 0.66), front, bevel=0.02
            ),
        ]
        for end in (-1.25, 1.25):
            start = (side * 1.12, end, 0.32)
            made += [
                parts.rod("wheel", 0.32, (start, (side * 1.42, end, 0.32)), rubber),
                parts.rod("hub", 0.19, (start, (side * 1.44, end, 0.32)), chrome),
            ]
    root = bpy.data.objects.new("car", None)
    bpy.context.collection.objects.link(root)
    for part in made:
        part.parent = root
    root.location, root.rotation_euler[2] = place, math.radians(turn)


def _buildings() -> None:
    """Add two rows of houses with windows, of which some are lit."""
    random_number = random.Random(21)
    walls = [
        parts.surface("wall", color, roughness=0.8)
        for color in (
            (0.16, 0.10, 0.075),
            (0.13, 0.13, 0.14),
            (0.20, 0.17, 0.12),
            (0.09, 0.10, 0.13),
        )
    ]
    dark = parts.surface("dark", (0.01, 0.012, 0.016), roughness=0.05, coat=1.0)
    lit = [
        parts.surface("lit", color, emission=strength)
        for color, strength in (
            ((1.0, 0.60, 0.26), 1.1),
            ((1.0, 0.74, 0.45), 0.7),
            ((0.70, 0.85, 1.0), 0.6),
            ((1.0, 0.45, 0.15), 0.4),
        )
    ]
    shop = parts.surface("shop", (1.0, 0.80, 0.52), emission=2.4)
    frame = parts.surface("frame", (0.10, 0.09, 0.08), roughness=0.5)
    for side in (-1.0, 1.0):
        y = -2.0
        while y < 70.0:
            width, height = (
                random_number.uniform(6.0, 9.0),
                random_number.uniform(8.0, 14.0),
            )
            x, face = side * 9.9, side * 6.9
            parts.box(
                "house",
                (6.0, width - 0.05, height),
                (x, y + width / 2, height / 2),
                random_number.choice(walls),
            )
            parts.box("cornice", (6.3, width, 0.25), (x, y + width / 2, 3.45), frame)
            n_windows = int(width // 1.9)
            pitch = width / n_windows
            for number in range(n_windows):
                place = y + (number + 0.5) * pitch
                if y < 50.0:
                    is_open = random_number.random() < 0.45
                    front = shop if is_open else dark
                    parts.box(
                        "front", (0.1, pitch * 0.78, 2.1), (face, place, 1.5), front
                    )
                    parts.box("mullion", (0.16, 0.06, 2.1), (face, place, 1.5), frame)
                z = 4.6
                while z < height - 1.0:
                    pane = (
                        random_number.choice(lit)
                        if random_number.random() < 0.36
                        else dark
                    )
                    parts.box("window", (0.1, 0.95, 1.4), (face, place, z), pane)
                    parts.box("sill", (0.3, 1.15, 0.08), (face, place, z - 0.75), frame)
                    parts.box("cross", (0.14, 0.05, 1.4), (face, place, z), frame)
                    z += 2.6
            y += width


def _signs() -> None:
    """Add neon letters on both sides, with the light that they give."""
    signs: list[tuple[str, float, parts.Place, Color, float]] = [
        ("HOTEL", 1.0, (-6.4, 8.0, 4.3), (1.0, 0.03, 0.22), 90.0),
        ("BAR", 1.25, (6.3, 6.6, 3.1), (0.04, 0.45, 1.0), -90.0),
        ("CAFE", 0.9, (-6.4, 15.5, 3.0), (1.0, 0.30, 0.02), 90.0),
        ("CINEMA", 1.1, (6.3, 14.0, 6.6), (0.10, 1.0, 0.25), -90.0),
        ("OPEN", 0.55, (-6.7, 4.4, 2.6), (0.35, 0.06, 1.0), 90.0),
    ]
    board = parts.surface("board", (0.02, 0.02, 0.022), roughness=0.5)
    for text, size, (x, y, z), color, turn in signs:
        tube = parts.surface(text, color, emission=20.0)
        # Signs stand out from the wall and face who walks along the street.
        facing = 32.0 if turn > 0 else -32.0
        parts.words(
            text,
            size,
            (x + math.copysign(1.15, -x), y, z),
            tube,
            turn=(90.0, 0.0, facing),
        )
        width = 0.72 * size * len(text)
        panel = parts.box(
            "panel",
            (width, 0.08, size * 1.25),
            (x + math.copysign(1.15, -x), y + 0.2, z + size * 0.35),
            board,
            bevel=0.02,
        )
        panel.rotation_euler[2] = math.radians(facing)
        parts.area_lamp(
            55.0 * size,
            (x + math.copysign(1.15, -x), y - 0.3, z + 0.3),
            (0.0, y - 6.0, 0.0),
            size=(width, size),
            color=color,
        ).visible_camera = False


def _street_lamps() -> None:
    iron = parts.surface("iron", (0.02, 0.02, 0.02), roughness=0.4, metallic=0.8)
    globe = parts.surface("globe", (1.0, 0.66, 0.32), emission=38.0)
    for number in range(6):
        for x in (-4.3, 4.3):
            y = 11.5 + 8.0 * number - (3.0 if x > 0 else 0.0)
            parts.rod("pole", 0.055, ((x, y, 0.1), (x, y, 3.9)), iron)
            parts.ball("globe", 0.17, (x, y, 4.05), globe)
            parts.rod("hat", 0.14, ((x, y, 4.2), (x, y, 4.26)), iron)
            if number < 3:
                lamp = parts.point_lamp(
                    130.0, (x, y, 4.05), radius=0.18, color=(1.0, 0.66, 0.32)
                )
                lamp.visible_camera = False
