"""The val views: views of scenes, exposed so that a small share clips.

    view       3:2, 60-110 degrees, never enlarged, at most 384 px wide
    panorama   the whole sphere, at most 512 px wide
    exposure   2-15 % of the pixels clip

Light is averaged over the area of a pixel, so that a lamp keeps its energy.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from hdr_core.camera.capture import expose, exposure_for_clipped_share
from hdr_core.errors import PlateError
from hdr_core.io.corpus import Scene
from hdr_core.panorama.geometry import (
    HIGHEST_PITCH,
    LOWEST_PITCH,
    PITCH,
    brightest_direction,
    max_view_width,
    perspective_view,
)

VIEW_WIDTH_PX = 384
PANORAMA_WIDTH_PX = 512
ASPECT = 1.5
FOV_DEGREES = (60.0, 110.0)
# An aimed view holds the brightest light: its largest distance from the middle, as a
# share of the field of view.
AIM_YAW, AIM_PITCH = 0.3, 0.2
# Width of a crop of a photograph, as a share of the widest possible.
CROP_SHARE = (0.6, 1.0)
CLIPPED_SHARE = (0.02, 0.15)
_ATTEMPTS = 50


def draw_view(rng: np.random.Generator, scene: Scene, *, is_aimed: bool) -> Tensor:
    """Draw a view of a panorama, or a crop of a photograph, and expose it.

    Args:
        rng: Random generator.
        scene: Scene to view.
        is_aimed: Keep a panorama's brightest light in the view.

    Returns:
        Scene-linear (3, H, W), 1 = sensor clip; 2-15 % of the pixels clip.

    Raises:
        PlateError: No view can be exposed so that 2-15 % clip.
    """
    pixels = torch.from_numpy(scene.pixels)

    def draw() -> Tensor:
        if scene.is_panorama:
            return _draw_perspective(rng, pixels, is_aimed=is_aimed)
        return _draw_crop(rng, pixels)

    return _draw_exposed(rng, draw, name=scene.name)


def draw_panorama(rng: np.random.Generator, scene: Scene) -> Tensor:
    """Return a whole scene, exposed as by ``draw_view``."""
    whole = _reduce(torch.from_numpy(scene.pixels), PANORAMA_WIDTH_PX)
    return _draw_exposed(rng, lambda: whole, name=scene.name)


def _draw_exposed(
    rng: np.random.Generator, draw: Callable[[], Tensor], *, name: str
) -> Tensor:
    """Draw until 2-15 % clip; flat light clips all at once, so some draws fail."""
    low, high = CLIPPED_SHARE
    for _ in range(_ATTEMPTS):
        hdr, share = draw(), rng.uniform(low, high)
        truth = expose(hdr, stops=exposure_for_clipped_share(hdr, share=share))
        is_clipped = truth.amax(dim=0) >= 1.0
        if low <= float(is_clipped.double().mean()) <= high:
            return truth
    raise PlateError(
        f"{name}: none of {_ATTEMPTS} exposures clips {low:.0%} to {high:.0%} of it. "
        "Choose a scene with more than one brightness."
    )


def _draw_perspective(
    rng: np.random.Generator, panorama: Tensor, *, is_aimed: bool
) -> Tensor:
    fov = np.radians(rng.uniform(*FOV_DEGREES))
    yaw, pitch = rng.uniform(-np.pi, np.pi), rng.normal(*PITCH)
    if is_aimed:
        yaw, pitch = brightest_direction(panorama)
        yaw += rng.uniform(-AIM_YAW, AIM_YAW) * fov
        pitch += rng.uniform(-AIM_PITCH, AIM_PITCH) * fov
    width = min(max_view_width(panorama.shape[2], fov), VIEW_WIDTH_PX)
    return perspective_view(
        panorama,
        yaw=yaw,
        pitch=float(np.clip(pitch, LOWEST_PITCH, HIGHEST_PITCH)),
        fov=fov,
        height=round(width / ASPECT),
        width=width,
    )


def _draw_crop(rng: np.random.Generator, photo: Tensor) -> Tensor:
    rows, columns = photo.shape[1:]
    width = int(min(columns, rows * ASPECT) * rng.uniform(*CROP_SHARE))
    height = int(width / ASPECT)
    y = rng.integers(rows - height + 1)
    x = rng.integers(columns - width + 1)
    return _reduce(photo[:, y : y + height, x : x + width], VIEW_WIDTH_PX)


def _reduce(hdr: Tensor, width: int) -> Tensor:
    """Return ``hdr`` (3, H, W) at most ``width`` wide, averaged over area."""
    if hdr.shape[2] <= width:
        return hdr
    height = round(hdr.shape[1] * width / hdr.shape[2])
    return adaptive_avg_pool2d(hdr, (height, width))
