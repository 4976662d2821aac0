"""Remove the flicker of light above clip along a shot, without blurring what moves.

    d_t = S_t - G_t          S_t(x) = sum_k w_k (G_k(P_tk x) - e_k + e_t) / sum_k w_k

G_t  light above clip that stage 3 predicts for frame t, in stops, on its reduced plate
e_t  exposure of frame t, in stops
P_tk homography: the point x of frame t lies at P_tk x in frame k
w_k  weight: large if frame k is close in time, clipped there too, and similar in light
d_t  correction, added to G_t, so that a frame keeps its own detail

A point of the scene has the same light in all frames, unless it moves or changes.
Frames that are not clipped there, or predict very different light, have almost no
weight. So a lamp that appears keeps its light. It does not mix with the wall behind it.

Only clipped light is scaled, so the re-shoot promise holds.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.motion import sample

# Number of frames on each side that have a weight, which falls as a cosine.
REACH = 32
# Lights that differ by more stops count as different lights.
SAME_LIGHT_STOPS = 1.5
# Clipped share at which a reduced pixel begins to count; at twice this share, fully.
LEAST_CLIPPED = 0.02
# Standard deviation of the blur of a correction, in reduced pixels.
BLUR_PX = 1.0
# Half the width of the blur's kernel, in reduced pixels.
BLUR_REACH = 3
MID_TONES = (0.02, 0.7)


class ReducedFrame(NamedTuple):
    """What stage 3 predicts for one frame, on its reduced plate.

    Attributes:
        stops: G, light above clip in stops, (3, h, w).
        clipped: Clipped share of each reduced pixel, in [0, 1], (h, w).
        light: Scene-linear, mean of the channels, (h, w), 1 = sensor clip.
    """

    stops: Tensor
    clipped: Tensor
    light: Tensor


class CameraPath(NamedTuple):
    """The motion and exposure of the camera along a take.

    Attributes:
        homographies: From each frame to the next, (3, 3) each, one less than frames.
        exposures: e_t of each frame, in stops; 0 for the first.
    """

    homographies: list[Tensor]
    exposures: list[float]


def exposure_change(
    first: ReducedFrame, second: ReducedFrame, homography: Tensor
) -> float:
    """Return the exposure of ``second`` relative to ``first``, in stops.

    Args:
        first: One frame.
        second: The next frame.
        homography: From ``first`` to ``second``, (3, 3).

    Returns:
        Median over mid-tones that are clipped in neither frame; 0 if there are too few.
    """
    light, within = sample(second.light, homography)
    clipped, _ = sample(second.clipped, homography)
    low, high = MID_TONES
    is_known = (within > 0) & (first.clipped <= 0) & (clipped <= 0)
    is_known &= (first.light > low) & (first.light < high)
    is_known &= (light > low / 2) & (light < high * 2)
    if int(is_known.sum()) < 16:
        return 0.0
    return float(torch.log2(light[is_known] / first.light[is_known]).median())


def correction(
    frames: Sequence[ReducedFrame | None], path: CameraPath, t: int
) -> Tensor:
    """Return the correction d_t of one frame, in stops, (3, h, w).

    Args:
        frames: The frames of the take; None where frame ``t`` does not reach.
        path: The camera's path along the take.
        t: Index of the frame in the take.
    """
    here = _require(frames, t)
    own = here.stops - path.exposures[t]
    total, weights = own.clone(), torch.ones_like(here.clipped)
    for step in (1, -1):
        homography = torch.eye(3, dtype=torch.float64)
        for distance in range(1, REACH + 1):
            k = t + step * distance
            if not 0 <= k < len(frames):
                break
            homography = _extend(homography, path, k, step)
            other = _require(frames, k)
            stops, within = sample(other.stops - path.exposures[k], homography)
            clipped, _ = sample(other.clipped, homography)
            difference = (stops - own).mean(dim=0) / SAME_LIGHT_STOPS
            fade = math.cos(0.5 * math.pi * distance / (REACH + 1))
            weight = (
                fade * within * _is_light(clipped) * torch.exp(-0.5 * difference**2)
            )
            total += weight * stops
            weights += weight
    change = total / weights - own
    return _smooth(change, _is_light(here.clipped))


def _require(frames: Sequence[ReducedFrame | None], place: int) -> ReducedFrame:
    """Return a frame; ValueError if it was discarded already."""
    frame = frames[place]
    if frame is None:
        raise ValueError(f"frame {place} is out of reach.")
    return frame


def _extend(homography: Tensor, path: CameraPath, k: int, step: int) -> Tensor:
    """Return the homography to frame ``k``, from that to the frame before it."""
    if step > 0:
        moved = path.homographies[k - 1] @ homography
    else:
        moved = torch.linalg.inv(path.homographies[k]) @ homography
    return moved / moved[2, 2]


def _is_light(clipped: Tensor) -> Tensor:
    """Return the weight of reduced pixels by their clipped share, in [0, 1]."""
    return ((clipped - LEAST_CLIPPED) / LEAST_CLIPPED).clamp(0.0, 1.0)


def _smooth(change: Tensor, weights: Tensor) -> Tensor:
    """Return ``change`` blurred, and continued a few pixels beyond its weights."""
    offsets = torch.arange(-BLUR_REACH, BLUR_REACH + 1, dtype=change.dtype)
    line = torch.exp(-0.5 * (offsets / BLUR_PX) ** 2)
    kernel = (line[:, None] * line)[None, None] / line.sum() ** 2

    def blur(maps: Tensor) -> Tensor:
        padded = functional.pad(maps[:, None], (BLUR_REACH,) * 4, mode="replicate")
        return functional.conv2d(padded, kernel)[:, 0]

    return blur(change * weights) / (blur(weights[None]) + 1e-6)
