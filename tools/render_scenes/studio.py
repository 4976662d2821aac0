"""Two scenes of a studio: a product on white, and a colorful still life."""

import math

from tools.render_scenes import parts

Profile = list[tuple[float, float]]
BOTTLE: Profile = [
    (0.0, 0.0),
    (0.052, 0.0),
    (0.058, 0.006),
    (0.058, 0.150),
    (0.052, 0.170),
    (0.024, 0.186),
    (0.022, 0.205),
    (0.0, 0.205),
]
CAP: Profile = [
    (0.0, 0.0),
    (0.026, 0.0),
    (0.028, 0.003),
    (0.028, 0.058),
    (0.025, 0.062),
    (0.0, 0.062),
]
JAR: Profile = [
    (0.0, 0.0),
    (0.05, 0.0),
    (0.056, 0.006),
    (0.056, 0.052),
    (0.05, 0.058),
    (0.0, 0.058),
]
LID: Profile = [
    (0.0, 0.0),
    (0.057, 0.0),
    (0.059, 0.003),
    (0.059, 0.026),
    (0.056, 0.029),
    (0.0, 0.029),
]
VASE: Profile = [
    (0.0, 0.0),
    (0.05, 0.0),
    (0.075, 0.03),
    (0.09, 0.08),
    (0.08, 0.14),
    (0.045, 0.2),
    (0.034, 0.25),
    (0.05, 0.29),
    (0.044, 0.288),
    (0.03, 0.25),
    (0.0, 0.1),
]
BOWL: Profile = [
    (0.0, 0.012),
    (0.055, 0.012),
    (0.06, 0.0),
    (0.07, 0.0),
    (0.11, 0.02),
    (0.16, 0.075),
    (0.164, 0.08),
    (0.158, 0.08),
    (0.105, 0.028),
    (0.0, 0.02),
]


def product() -> float:
    """Build a bottle, a jar and a carton on a white cyclorama."""
    _cyclorama(parts.surface("paper", (0.86, 0.86, 0.86), roughness=0.7))
    amber = parts.surface("amber", (0.62, 0.17, 0.03), roughness=0.08, coat=1.0)
    gold = parts.surface("gold", (0.9, 0.62, 0.28), roughness=0.18, metallic=1.0)
    cream = parts.surface("cream", (0.80, 0.72, 0.60), roughness=0.35, coat=0.5)
    teal = parts.surface("teal", (0.02, 0.22, 0.24), roughness=0.45)
    label = parts.surface("label", (0.75, 0.72, 0.66), roughness=0.6)
    ink = parts.surface("ink", (0.03, 0.03, 0.03), roughness=0.5)
    chrome = parts.surface("chrome", (0.75, 0.76, 0.78), roughness=0.06, metallic=1.0)
    parts.turned("bottle", BOTTLE, (-0.02, 0.0, 0.0), amber)
    parts.turned("cap", CAP, (-0.02, 0.0, 0.205), gold)
    band = [(0.0585, 0.045), (0.0588, 0.045), (0.0588, 0.125), (0.0585, 0.125)]
    parts.turned("label", band, (-0.02, 0.0, 0.0), label)
    line = [(0.0587, 0.06), (0.0590, 0.06), (0.0590, 0.064), (0.0587, 0.064)]
    for height in (0.0, 0.045):
        parts.turned("line", line, (-0.02, 0.0, height), ink)
    parts.turned("jar", JAR, (0.17, -0.05, 0.0), cream)
    parts.turned("lid", LID, (0.17, -0.05, 0.058), gold)
    parts.box(
        "carton", (0.11, 0.08, 0.24), (-0.2, 0.05, 0.12), teal, bevel=0.002, turn=18
    )
    parts.box("stripe", (0.1104, 0.0804, 0.018), (-0.2, 0.05, 0.19), gold, turn=18)
    parts.ball("pearl", 0.022, (0.07, -0.13, 0.022), chrome)
    parts.ball("pearl", 0.014, (-0.08, -0.15, 0.014), gold)
    parts.area_lamp(16.0, (-0.9, -0.5, 0.9), (0.0, 0.0, 0.1), size=(0.6, 0.9))
    parts.area_lamp(7.0, (1.0, -0.3, 0.6), (0.0, 0.0, 0.1), size=(0.3, 0.9))
    parts.area_lamp(22.0, (0.0, 0.5, 1.6), (0.0, 0.6, 0.0), size=(1.2, 0.8))
    parts.ambient((1.0, 1.0, 1.0), 0.12)
    parts.camera((0.05, -1.15, 0.30), (0.0, 0.0, 0.125), lens_mm=58)
    return -0.35


def still_life() -> float:
    """Build fruit, glass and cloth of strong colors, lit by a warm and a blue lamp."""
    cloth = parts.surface("cloth", (0.55, 0.012, 0.12), roughness=0.8, sheen=0.4)
    wall = parts.surface("wall", (0.05, 0.075, 0.10), roughness=0.8)
    wave = parts.noise(wall, scale=1.6)
    parts.ramp(wall, wave, [(0.3, (0.035, 0.055, 0.085)), (0.7, (0.08, 0.10, 0.11))])
    parts.box("wall", (6.0, 0.1, 4.0), (0.0, 1.1, 1.5), wall)
    _folded_cloth(cloth)
    blue = parts.surface("cobalt", (0.008, 0.025, 0.75), roughness=0.12, coat=1.0)
    bowl = parts.surface("turquoise", (0.02, 0.42, 0.40), roughness=0.2, coat=0.6)
    parts.turned("vase", VASE, (-0.23, 0.08, 0.0), blue)
    parts.turned("bowl", BOWL, (0.08, 0.05, 0.0), bowl)
    _fruit()
    glass = parts.surface("glass", (0.10, 0.85, 0.22), roughness=0.02, transmission=1.0)
    bottle = [(radius * 0.75, height * 1.7) for radius, height in BOTTLE]
    parts.turned("bottle", bottle, (0.34, 0.14, 0.0), glass)
    violet = parts.surface("violet", (0.22, 0.012, 0.55), roughness=0.35)
    parts.box(
        "book",
        (0.24, 0.17, 0.035),
        (0.33, -0.12, 0.0175),
        violet,
        bevel=0.003,
        turn=-24,
    )
    yellow = parts.surface("yellow", (0.9, 0.62, 0.01), roughness=0.4)
    parts.box(
        "book", (0.21, 0.15, 0.028), (0.34, -0.11, 0.049), yellow, bevel=0.003, turn=-12
    )
    wax = parts.surface("wax", (0.85, 0.05, 0.03), roughness=0.45)
    parts.rod("candle", 0.022, ((-0.42, -0.02, 0.0), (-0.42, -0.02, 0.19)), wax)
    flame = parts.surface("flame", (1.0, 0.46, 0.10), emission=60.0)
    parts.ball("flame", 0.009, (-0.42, -0.02, 0.222), flame, stretch=(1.0, 1.0, 2.4))
    parts.spot_lamp(
        75.0,
        (-0.9, -1.2, 1.5),
        (0.05, 0.0, 0.05),
        angle=46,
        radius=0.12,
        color=(1.0, 0.88, 0.72),
    )
    parts.spot_lamp(
        26.0,
        (1.5, 0.1, 0.8),
        (0.1, 0.2, 0.15),
        angle=50,
        radius=0.05,
        color=(0.08, 0.16, 1.0),
    )
    parts.spot_lamp(
        14.0,
        (-1.2, 0.5, 1.0),
        (0.3, 1.05, 0.5),
        angle=60,
        radius=0.05,
        color=(1.0, 0.06, 0.03),
    )
    parts.ambient((0.6, 0.7, 1.0), 0.06)
    parts.camera((0.0, -1.45, 0.52), (0.0, 0.05, 0.10), lens_mm=50)
    return 2.0


def _cyclorama(paper: object) -> None:
    """Add a white floor that bends up into a wall."""
    radius, back = 0.6, 0.7
    path = [(-3.0, 0.0), (back, 0.0)]
    path += [
        (
            back + radius * math.sin(math.radians(angle)),
            radius * (1.0 - math.cos(math.radians(angle))),
        )
        for angle in range(5, 91, 5)
    ]
    path.append((back + radius, 4.0))
    vertices = [(x, y, z) for y, z in path for x in (-4.0, 4.0)]
    faces = [
        (2 * row, 2 * row + 1, 2 * row + 3, 2 * row + 2) for row in range(len(path) - 1)
    ]
    parts.shape("cyclorama", vertices, faces, (0.0, 0.0, 0.0), paper, is_smooth=True)


def _folded_cloth(cloth: object) -> None:
    """Add a table cloth with folds towards the camera."""
    n_columns, n_rows = 120, 60
    vertices = []
    for row in range(n_rows + 1):
        y = -0.9 + 2.0 * row / n_rows
        front = max(0.0, -0.18 - y)
        for column in range(n_columns + 1):
            x = -2.0 + 4.0 * column / n_columns
            fold = math.sin(17.0 * x + 3.0 * math.sin(2.1 * x)) + 0.4 * math.sin(
                41.0 * x
            )
            vertices.append((x, y, min(0.05, 0.06 * front) * fold - 0.12 * front))
    width = n_columns + 1
    faces = [
        (
            row * width + column,
            row * width + column + 1,
            (row + 1) * width + column + 1,
            (row + 1) * width + column,
        )
        for row in range(n_rows)
        for column in range(n_columns)
    ]
    parts.shape("cloth", vertices, faces, (0.0, 0.0, 0.0), cloth, is_smooth=True)


def _fruit() -> None:
    """Add oranges, lemons, apples and limes, in the bowl and beside it."""
    orange = parts.surface("orange", (0.95, 0.22, 0.006), roughness=0.35, coat=0.2)
    parts.bump(orange, parts.noise(orange, scale=90.0, detail=1.0), depth=0.0015)
    lemon = parts.surface("lemon", (0.95, 0.70, 0.015), roughness=0.35)
    parts.bump(lemon, parts.noise(lemon, scale=70.0, detail=1.0), depth=0.001)
    red = parts.surface("apple", (0.60, 0.008, 0.006), roughness=0.15, coat=0.8)
    lime = parts.surface("lime", (0.09, 0.55, 0.012), roughness=0.3, coat=0.3)
    parts.ball("orange", 0.052, (0.045, -0.005, 0.085), orange)
    parts.ball("orange", 0.05, (0.125, 0.085, 0.088), orange)
    parts.ball("apple", 0.047, (0.135, -0.01, 0.082), red, stretch=(1.0, 1.0, 0.9))
    parts.ball("lime", 0.036, (0.05, 0.09, 0.085), lime, stretch=(1.25, 1.0, 1.0))
    parts.ball("lemon", 0.036, (0.085, 0.04, 0.142), lemon, stretch=(1.35, 1.0, 1.0))
    parts.ball("lemon", 0.036, (-0.10, -0.16, 0.034), lemon, stretch=(1.35, 1.0, 1.0))
    parts.ball("apple", 0.046, (-0.19, -0.13, 0.042), red, stretch=(1.0, 1.0, 0.92))
    parts.ball("lime", 0.033, (0.02, -0.2, 0.031), lime, stretch=(1.2, 1.0, 1.0))
    parts.ball("orange", 0.05, (0.13, -0.17, 0.048), orange)
