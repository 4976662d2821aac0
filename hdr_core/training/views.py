"""Views of a scene for training: never enlarged beyond the scene's resolution."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.errors import TrainingError
from hdr_core.highlights.sphere_views import FOV
from hdr_core.io.corpus import Scene
from hdr_core.panorama.geometry import (
    HIGHEST_PITCH,
    LOWEST_PITCH,
    PITCH,
    brightest_direction,
    max_view_width,
    perspective_view,
)

LEAST_FOV, MOST_FOV = math.radians(60), math.radians(110)
# An aimed view holds the brightest light: its largest distance from the middle, as a
# share of the field of view.
AIM_YAW, AIM_PITCH = 0.45, 0.3
# Stage 3 uses views of a panorama up to about this far above and below the horizon.
PART_PITCH = math.radians(60)
# Share of parts aimed at the brightest light: most others hold no light to learn from.
PART_AIMED_SHARE = 0.6
# Rows of the reduced panorama that sets the exposure of a part.
METERED_ROWS = 64


def choose_fine_scenes(scenes: list[Scene], size: tuple[int, int]) -> list[Scene]:
    """Return the scenes that have at least the rows and columns of a view.

    Args:
        scenes: Scenes to choose from.
        size: (height, width) of the view, px.

    Raises:
        TrainingError: No scene is large enough.
    """
    height, width = size
    fine = [
        scene
        for scene in scenes
        if scene.pixels.shape[1] >= height and scene.pixels.shape[2] >= width
    ]
    if not fine:
        raise TrainingError(
            f"corpus: no training scene has at least {width}x{height} px. "
            "Add larger scenes."
        )
    return fine


def draw_view(
    scene: Scene,
    rng: np.random.Generator,
    *,
    height: int,
    width: int,
    crop: bool,
    aimed_share: float = 0.0,
) -> Tensor:
    """Draw a view of a scene, never enlarged beyond the scene's resolution.

    Args:
        scene: Scene to view.
        rng: Random generator.
        height: Rows, px.
        width: Columns, px; twice the height means the whole panorama.
        crop: Cut a rectangle from the panorama instead of a perspective view.
        aimed_share: Share of the perspective views that hold the scene's brightest
            light.

    Returns:
        (3, height, width) scene-linear.
    """
    pixels = torch.from_numpy(scene.pixels)
    if scene.is_panorama and width == 2 * height:
        turned = pixels.roll(int(rng.integers(pixels.shape[2])), dims=2)
        return _shrink(turned, height, width)
    least_fov = _least_fov(pixels.shape[2], width)
    if scene.is_panorama and not crop and least_fov < MOST_FOV:
        fov = rng.uniform(max(LEAST_FOV, least_fov), MOST_FOV)
        yaw, pitch = rng.uniform(-math.pi, math.pi), rng.normal(*PITCH)
        if rng.random() < aimed_share:
            yaw, pitch = _draw_aim(pixels, rng, fov)
        return perspective_view(
            pixels,
            yaw=yaw,
            pitch=float(np.clip(pitch, LOWEST_PITCH, HIGHEST_PITCH)),
            fov=fov,
            height=height,
            width=width,
        )
    return _draw_crop(pixels, rng, height, width, wraps=scene.is_panorama)


def draw_part(
    scene: Scene, rng: np.random.Generator, *, height: int, width: int
) -> tuple[Tensor, Tensor]:
    """Draw a perspective view such as stage 3 uses for panoramas, in any direction.

    Args:
        scene: A panorama.
        rng: Random generator.
        height: Rows, px.
        width: Columns, px.

    Returns:
        (3, height, width) scene-linear, and the whole panorama, reduced.
    """
    pixels = torch.from_numpy(scene.pixels)
    yaw = rng.uniform(-math.pi, math.pi)
    pitch = rng.uniform(-PART_PITCH, PART_PITCH)
    fov = max(FOV, _least_fov(pixels.shape[2], width))
    if rng.random() < PART_AIMED_SHARE:
        yaw, pitch = _draw_aim(pixels, rng, fov)
    view = perspective_view(
        pixels,
        yaw=yaw,
        pitch=float(np.clip(pitch, -PART_PITCH, PART_PITCH)),
        fov=fov,
        height=height,
        width=width,
    )
    return view, _shrink(pixels, METERED_ROWS, 2 * METERED_ROWS)


def _draw_aim(
    pixels: Tensor, rng: np.random.Generator, fov: float
) -> tuple[float, float]:
    """Draw yaw and pitch, radians, of a view that holds the brightest light."""
    yaw, pitch = brightest_direction(pixels)
    yaw += rng.uniform(-AIM_YAW, AIM_YAW) * fov
    pitch += rng.uniform(-AIM_PITCH, AIM_PITCH) * fov
    return yaw, pitch


def _least_fov(panorama_width: int, width: int) -> float:
    """Return the field of view, radians, below which a view enlarges the panorama."""
    per_radian = max_view_width(panorama_width, math.pi / 2) / 2
    return 2 * math.atan(width / 2 / per_radian)


def _draw_crop(
    pixels: Tensor, rng: np.random.Generator, height: int, width: int, *, wraps: bool
) -> Tensor:
    rows, columns = pixels.shape[1:]
    finest = height / rows
    most = max(min(0.95, columns / width * finest), finest)
    side = rng.uniform(min(max(0.35, finest), most), most) * rows
    tall, wide = round(side), min(round(side * width / height), columns)
    middle = float(np.clip(rng.normal(0.42, 0.2), 0.0, 1.0))
    top = round(middle * (rows - tall))
    left = int(rng.integers(columns if wraps else columns - wide + 1))
    turned = pixels.roll(-left, dims=2)
    return _shrink(turned[:, top : top + tall, :wide], height, width)


def _shrink(pixels: Tensor, height: int, width: int) -> Tensor:
    return functional.interpolate(pixels[None], (height, width), mode="area")[0]
