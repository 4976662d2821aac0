"""Draw simple computer graphics with true light: balls and boxes, inside or outside.

A small ray caster: surfaces with flat colors, checks, stripes or waves, some of them
glossy or mirrors; lamps; a few lights with hard shadows; a sky or a room. The networks
that recognize output transforms learn from these pictures what renders have and
photographs have not: flat colors, smooth shading, sharp edges, and no sensor.

    python -m tools.simple_renders sheet.png

writes some of them side by side, to look at.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
import OpenImageIO as oiio
import torch
from numpy.typing import NDArray
from torch.nn import functional

from hdr_core.color.output_transforms import find_output_transform

Array = NDArray[np.float32]
SIZE = (256, 384)
# Rays along a side of each pixel.
RAYS = 2
FAR = 1e4
# Distance from a surface at which a ray starts, so that it does not meet it again.
STEP = 1e-3
FLAT, CHECKS, STRIPES, WAVES = range(4)


@dataclass(frozen=True)
class Surfaces:
    """What each plane, ball and box is made of, in this order.

    Attributes:
        color: Reflectance, (n, 3).
        second: Reflectance of the other half of its pattern, (n, 3).
        pattern: ``FLAT``, ``CHECKS``, ``STRIPES`` or ``WAVES``, (n,).
        period: Size of the pattern, (n,).
        gloss: Strength of its highlights, (n,).
        sharpness: Exponent of its highlights, (n,).
        mirror: Share of light that it mirrors, (n,).
        emission: Light of its own, (n, 3).
    """

    color: Array
    second: Array
    pattern: NDArray[np.int64]
    period: Array
    gloss: Array
    sharpness: Array
    mirror: Array
    emission: Array


@dataclass(frozen=True)
class Light:
    """A lamp at a place, or a sun in a direction (3,), with its strength (3,)."""

    place: Array
    strength: Array
    is_sun: bool


@dataclass(frozen=True)
class World:
    """A scene. The camera is at 0; +x is right, +y up, -z ahead.

    Attributes:
        planes: Each a normal (3,) and the offset along it.
        balls: Each a center (3,) and a radius.
        boxes: Each the lowest and the highest corner, (3,).
        surfaces: Surfaces of all of them.
        lights: Lamps and suns.
        top: Light of the sky above, (3,).
        horizon: Light of the sky at the horizon, (3,).
    """

    planes: list[tuple[Array, float]]
    balls: list[tuple[Array, float]]
    boxes: list[tuple[Array, Array]]
    surfaces: Surfaces
    lights: list[Light]
    top: Array
    horizon: Array


def draw_render(rng: np.random.Generator) -> torch.Tensor:
    """Return a picture of a random scene, (3, h, w) scene-linear Rec.709."""
    share = rng.uniform(0.6, 1.0)
    height, width = (int(share * side) for side in SIZE)
    world = draw_world(rng)
    rays = _camera_rays(rng, RAYS * height, RAYS * width)
    light = _trace(world, np.zeros(3, np.float32), rays, bounces=1)
    light = light.reshape(height, RAYS, width, RAYS, 3).mean(axis=(1, 3))
    return torch.from_numpy(np.ascontiguousarray(light.transpose(2, 0, 1))).float()


def draw_world(rng: np.random.Generator) -> World:
    """Return a random scene: a room, a place by day, or a place at night."""
    is_inside, is_night = rng.random() < 0.5, rng.random() < 0.3
    floor = -rng.uniform(1.0, 2.0)
    planes = list(_draw_planes(rng, floor, is_inside=is_inside))
    balls = [_draw_ball(rng, floor) for _ in range(rng.integers(2, 12))]
    boxes = [_draw_box(rng, floor) for _ in range(rng.integers(0, 8))]
    n = len(planes) + len(balls) + len(boxes)
    surfaces = _draw_surfaces(rng, n, n_dark=len(planes))
    lights = list(_draw_lights(rng, floor, is_inside=is_inside, is_night=is_night))
    if is_inside:
        top = horizon = _tint(rng, 0.15) * np.exp(rng.uniform(-4.0, -0.5))
    else:
        level = rng.uniform(-5.0, -3.0) if is_night else rng.uniform(-1.5, 0.3)
        top = np.array([0.3, 0.5, 1.0]) * np.exp(level)
        horizon = top * (1.0 + rng.uniform(0.0, 3.0)) * _tint(rng, 0.2)
    return World(planes, balls, boxes, surfaces, lights, _float(top), _float(horizon))


def _float(values: NDArray[np.floating]) -> Array:
    return np.asarray(values, dtype=np.float32)


def _draw_planes(
    rng: np.random.Generator, floor: float, *, is_inside: bool
) -> Iterator[tuple[Array, float]]:
    """Yield the floor, and the walls of a room or perhaps one wall outside."""
    yield _float(np.array([0.0, 1.0, 0.0])), floor
    if is_inside:
        yield _float(np.array([0.0, 0.0, 1.0])), -rng.uniform(6.0, 14.0)
        yield _float(np.array([1.0, 0.0, 0.0])), -rng.uniform(3.0, 6.0)
        yield _float(np.array([-1.0, 0.0, 0.0])), -rng.uniform(3.0, 6.0)
        yield _float(np.array([0.0, -1.0, 0.0])), -rng.uniform(2.0, 4.0)
    elif rng.random() < 0.5:
        turned = np.array([rng.uniform(-0.6, 0.6), 0.0, 1.0])
        yield _unit(turned), -rng.uniform(8.0, 20.0)


def _draw_ball(rng: np.random.Generator, floor: float) -> tuple[Array, float]:
    radius = _log_uniform(rng, 0.15, 1.5)
    low = floor + radius
    height = low if rng.random() < 0.7 else rng.uniform(low, 3.0)
    return _somewhere(rng, height, 3.0, 12.0), radius


def _draw_box(rng: np.random.Generator, floor: float) -> tuple[Array, Array]:
    height = floor if rng.random() < 0.8 else rng.uniform(floor, 2.0)
    low = _somewhere(rng, height, 3.5, 13.0)
    size = [_log_uniform(rng, 0.2, 2.5) for _ in range(3)]
    return low, _float(low + np.array(size))


def _somewhere(
    rng: np.random.Generator, height: float, near: float, far: float
) -> Array:
    """Return a place in view, (3,)."""
    depth = rng.uniform(near, far)
    return _float(np.array([rng.uniform(-0.7, 0.7) * depth, height, -depth]))


def _draw_surfaces(rng: np.random.Generator, n: int, *, n_dark: int) -> Surfaces:
    """Return n surfaces. The first ``n_dark`` do not shine."""
    most = rng.choice([0.3, 0.7, 1.0], p=[0.3, 0.4, 0.3])
    color, second = (
        np.stack([_draw_color(rng, most, (0.03, 0.9)) for _ in range(n)])
        for _ in range(2)
    )
    gloss = np.where(rng.random(n) < 0.5, rng.uniform(0.02, 0.5, n), 0.0)
    mirror = np.where(
        rng.random(n) < 0.15, rng.uniform(0.1, 0.9, n), 0.04 * (gloss > 0)
    )
    emission = np.zeros((n, 3))
    for number in range(n_dark, n):
        if rng.random() < 0.12:
            color_of_lamp = _draw_color(rng, most, (0.5, 1.0))
            emission[number] = color_of_lamp * _log_uniform(rng, 1.0, 300.0)
    return Surfaces(
        _float(color),
        _float(second),
        rng.choice([FLAT, CHECKS, STRIPES, WAVES], n, p=[0.5, 0.2, 0.15, 0.15]),
        _float(np.exp(rng.uniform(np.log(0.1), np.log(1.5), n))),
        _float(gloss),
        _float(np.exp(rng.uniform(np.log(8.0), np.log(400.0), n))),
        _float(mirror),
        _float(emission),
    )


def _draw_color(
    rng: np.random.Generator, most: float, value: tuple[float, float]
) -> NDArray[np.float64]:
    """Return a color (3,) of any hue, with a saturation of at most ``most``."""
    around = (6.0 * rng.random() + np.array([0.0, 4.0, 2.0])) % 6.0
    pure = np.clip(np.abs(around - 3.0) - 1.0, 0.0, 1.0)
    saturation = most * rng.random() ** 0.6
    return np.asarray(rng.uniform(*value) ** 1.5 * (1.0 - saturation * (1.0 - pure)))


def _draw_lights(
    rng: np.random.Generator, floor: float, *, is_inside: bool, is_night: bool
) -> Iterator[Light]:
    """Yield a sun outside, and lamps in rooms and at night."""
    if not is_inside:
        way = np.array([rng.normal(), abs(rng.normal()) + 0.2, rng.normal()])
        level = rng.uniform(-4.0, -2.0) if is_night else rng.uniform(0.0, 2.5)
        yield Light(_unit(way), _float(_tint(rng, 0.12) * np.exp(level)), is_sun=True)
    if is_inside or is_night:
        for _ in range(rng.integers(1, 4)):
            low, high = (-3.5, floor + 0.5, -10.0), (3.5, 2.5, -2.0)
            tint = _tint(rng, rng.choice([0.1, 0.4]))
            strength = _float(4.0 * tint * np.exp(rng.uniform(0.5, 4.0)))
            yield Light(_float(rng.uniform(low, high)), strength, is_sun=False)


def _tint(rng: np.random.Generator, amount: float) -> NDArray[np.float64]:
    """Return a white (3,) that is off by ``amount``."""
    white = np.maximum(1.0 + amount * rng.normal(size=3), 0.05)
    return np.asarray(white / white.mean())


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _unit(vectors: NDArray[np.floating]) -> Array:
    length = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))[..., None]
    return _float(vectors / np.maximum(length, 1e-9))


def _dot(one: Array, other: Array) -> Array:
    """Return the dot product of each pair of vectors (n, 3), (n,)."""
    return np.asarray(np.einsum("ij,ij->i", one, other))


def _camera_rays(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Return the directions of all rays of the camera, (n, 3)."""
    field, turn = rng.uniform(0.4, 1.1), rng.uniform(-0.35, 0.15)
    y, x = np.mgrid[1.0 : -1.0 : rows * 1j, -1.0 : 1.0 : columns * 1j] * field
    y = y * rows / columns
    cosine, sine = np.cos(turn), np.sin(turn)
    ways = [x, cosine * y + sine, sine * y - cosine]
    return _unit(np.stack([way.ravel() for way in ways], axis=1))


def _trace(world: World, start: Array, ways: Array, *, bounces: int) -> Array:
    """Return the light (n, 3) that comes back along rays.

    Args:
        world: The scene.
        start: Where the rays start, (3,) or (n, 3).
        ways: Their directions, (n, 3).
        bounces: How often mirrors are followed.
    """
    distance, number, normal = _meet(world, start, ways)
    up = np.sqrt(ways[:, 1:2].clip(0.0, 1.0))
    light = _float((1.0 - up) * world.horizon + up * world.top)
    is_met = number >= 0
    if not is_met.any():
        return light
    start = np.broadcast_to(start, ways.shape)[is_met]
    ways, number, normal = ways[is_met], number[is_met], normal[is_met]
    place = start + ways * distance[is_met, None]
    found = _shade(world, place, ways, number, normal)
    mirror = world.surfaces.mirror[number]
    shines = mirror > 0.0
    if bounces and shines.any():
        way, axis = ways[shines], normal[shines]
        way = way - 2.0 * _dot(way, axis)[:, None] * axis
        behind = _trace(world, place[shines] + STEP * axis, way, bounces=bounces - 1)
        found[shines] += mirror[shines, None] * behind
    light[is_met] = found
    return light


def _shade(
    world: World, place: Array, ways: Array, number: NDArray[np.int64], normal: Array
) -> Array:
    """Return the light (n, 3) of surfaces, without what they mirror."""
    surfaces = world.surfaces
    color = _reflectance(surfaces, place, number)
    sky = (world.top + world.horizon) / 2.0
    light = color * sky * (0.7 + 0.3 * normal[:, 1:2]) + surfaces.emission[number]
    gloss, sharpness = surfaces.gloss[number], surfaces.sharpness[number]
    place = place + STEP * normal
    for lamp in world.lights:
        to, distance = _unit(np.broadcast_to(lamp.place, place.shape)), FAR
        power = lamp.strength
        if not lamp.is_sun:
            away = lamp.place - place
            to, distance = _unit(away), np.sqrt(_dot(away, away))
            power = lamp.strength / (distance**2 + 0.05)[:, None]
        facing = _dot(to, normal).clip(0.0)
        blocked, _, _ = _meet(world, place, to)
        facing *= blocked >= 0.999 * distance
        half = _dot(_unit(to - ways), normal).clip(0.0, 1.0)
        highlight = half**sharpness * (sharpness + 8.0) / 25.0 * (facing > 0.0)
        light += (
            color * facing[:, None] / np.pi + (gloss * highlight)[:, None]
        ) * power
    return _float(light)


def _reflectance(surfaces: Surfaces, place: Array, number: NDArray[np.int64]) -> Array:
    """Return the reflectance (n, 3) of surfaces at places (n, 3)."""
    x, y, z = (place / surfaces.period[number, None]).T
    pattern = surfaces.pattern[number]
    cells = np.floor(x) + np.floor(y) + np.floor(z)
    waves = np.sin(3.0 * x + np.sin(2.0 * y)) * np.sin(2.3 * z + y)
    share = np.select(
        [pattern == CHECKS, pattern == STRIPES, pattern == WAVES],
        [cells % 2.0, np.floor(x + y) % 2.0, 0.5 + 0.5 * waves],
        0.0,
    )[:, None]
    first, second = surfaces.color[number], surfaces.second[number]
    return _float(first + share * (second - first))


def _meet(
    world: World, start: Array, ways: Array
) -> tuple[Array, NDArray[np.int64], Array]:
    """Return what rays meet first: distance (n,), number (n,) and normal (n, 3).

    Where they meet nothing, the distance is ``FAR`` and the number -1.
    """
    distance = np.full(len(ways), FAR, np.float32)
    number = np.full(len(ways), -1)
    normal = np.zeros_like(ways)
    start = np.broadcast_to(start, ways.shape)
    for index, (found, axis) in enumerate(_meetings(world, start, ways)):
        is_first = (found > STEP) & (found < distance)
        distance[is_first] = found[is_first]
        number[is_first] = index
        normal[is_first] = axis(is_first)
    return distance, number, normal


def _meetings(
    world: World, start: Array, ways: Array
) -> Iterator[tuple[Array, Callable[[NDArray[np.bool_]], Array]]]:
    """Yield distances (n,) to each surface, and a function that gives normals."""
    for normal, offset in world.planes:
        along = ways @ normal
        toward = np.where(along < -1e-6, along, -1e-6)
        found = np.where(along < -1e-6, (offset - start @ normal) / toward, FAR)
        yield found, lambda which, normal=normal: normal
    for center, radius in world.balls:
        to = start - center
        b = _dot(to, ways)
        square = b * b - _dot(to, to) + radius**2
        found = np.where(square > 0.0, -b - np.sqrt(square.clip(0.0)), FAR)
        yield (
            found,
            lambda which, to=to, found=found, radius=radius: (
                (to[which] + ways[which] * found[which, None]) / radius
            ),
        )
    inverse = 1.0 / np.where(np.abs(ways) > 1e-7, ways, 1e-7)
    for low, high in world.boxes:
        one, other = (low - start) * inverse, (high - start) * inverse
        near = np.minimum(one, other)
        found = reduce(np.maximum, near.T)
        out = reduce(np.minimum, np.maximum(one, other).T)
        yield (
            np.where(found < out, found, FAR),
            lambda which, near=near: _side(near[which], ways[which]),
        )


def _side(near: Array, ways: Array) -> Array:
    """Return the normal of the side of a box through which rays come in, (n, 3)."""
    axis = near.argmax(axis=1)
    rows = np.arange(len(axis))
    normal = np.zeros_like(ways)
    normal[rows, axis] = -np.sign(ways[rows, axis])
    return normal


def main(path: str) -> None:
    """Write a sheet of pictures, with the median of each at a middle grey."""
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(4):
        row = []
        for _ in range(4):
            picture = functional.interpolate(draw_render(rng)[None], SIZE)[0]
            row.append(picture * 0.18 / picture.median())
        rows.append(torch.cat(row, dim=2))
    light = torch.cat(rows, dim=1).permute(1, 2, 0).numpy()
    encoded = find_output_transform("srgb").encode(light).clip(0.0, 1.0)
    oiio.ImageBuf(np.ascontiguousarray(encoded, dtype=np.float32)).write(path, "uint8")


if __name__ == "__main__":
    main(sys.argv[1])
