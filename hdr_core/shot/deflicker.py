"""Steady the light above clip along a shot, without smearing what moves.

    d_t = S_t - G_t          S_t(x) = sum_k w_k (G_k(P_tk x) - e_k + e_t) / sum_k w_k

G_t  stops of light above clip that stage 3 tells of frame t, on its reduced plate
e_t  exposure of frame t, stops       P_tk  where what is at x in t lies in frame k
w_k  near in time; clipped there too; and telling nearly the same light
d_t  correction, added to G_t: so a frame keeps its own detail

What frame t shows at x is the same light in all frames of a shot, unless it moves or is
switched: where another frame is not clipped, or tells of a far other light, it has no
say. So a lamp has its light in its first frame, and takes none of the wall behind it.
Only clipped light is scaled: the re-shoot promise does not know of it.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.shot.track import sample

# Frames on each side that have a say, fading out as a cosine.
REACH = 32
# Lights that differ by more stops are different lights.
SAME_LIGHT_STOPS = 1.5
# A reduced pixel counts as clipped light from this share of it on, fully at once more.
LEAST_CLIPPED = 0.02
# Blur of the correction, in reduced pixels: it is smooth where its cause is.
BLUR_PX = 1.0
MID_TONES = (0.02, 0.7)


class Glance(NamedTuple):
    """What stage 3 makes of one frame, on its reduced plate.

    Attributes:
        stops: G, (3, h, w).
        clipped: Share of each reduced pixel that is clipped, (h, w).
        light: Scene-linear, Rec.709 luminance or so, (h, w), 1 = sensor clip.
    """

    stops: Tensor
    clipped: Tensor
    light: Tensor


def exposure_change(first: Glance, second: Glance, homography: Tensor) -> float:
    """Return by how many stops ``second`` is exposed more than ``first``."""
    light, within = sample(second.light, homography)
    clipped, _ = sample(second.clipped, homography)
    low, high = MID_TONES
    is_known = (within > 0) & (first.clipped <= 0) & (clipped <= 0)
    is_known &= (first.light > low) & (first.light < high)
    is_known &= (light > low / 2) & (light < high * 2)
    if int(is_known.sum()) < 16:
        return 0.0
    return float(torch.log2(light[is_known] / first.light[is_known]).median())


class CameraPath(NamedTuple):
    """How the camera went through a shot.

    Attributes:
        homographies: From each frame to the next, (3, 3) each, one less than frames.
        exposures: e_t of each frame, stops; 0 for the first.
    """

    homographies: list[Tensor]
    exposures: list[float]


def correction(
    glances: Sequence[Glance | None], path: CameraPath, frame: int
) -> Tensor:
    """Return d of ``frame``, (3, h, w).

    Args:
        glances: Of all frames of a shot; None where ``frame`` does not reach.
        path: Of its camera.
        frame: Its place in the shot.
    """
    here = _held(glances, frame)
    own = here.stops - path.exposures[frame]
    total, weights = own.clone(), torch.ones_like(here.clipped)
    for step in (1, -1):
        homography = torch.eye(3, dtype=torch.float64)
        for away in range(1, REACH + 1):
            other = frame + step * away
            if not 0 <= other < len(glances):
                break
            homography = _onward(homography, path, other, step)
            there = _held(glances, other)
            told, within = sample(there.stops - path.exposures[other], homography)
            clipped, _ = sample(there.clipped, homography)
            apart = (told - own).mean(dim=0) / SAME_LIGHT_STOPS
            fade = math.cos(0.5 * math.pi * away / (REACH + 1))
            say = fade * within * _is_light(clipped) * torch.exp(-0.5 * apart**2)
            total += say * told
            weights += say
    change = total / weights - own
    return _smooth(change, _is_light(here.clipped))


def _held(glances: Sequence[Glance | None], frame: int) -> Glance:
    glance = glances[frame]
    if glance is None:
        raise ValueError(f"frame {frame} is out of reach.")
    return glance


def _onward(homography: Tensor, path: CameraPath, other: int, step: int) -> Tensor:
    """Return the homography to frame ``other``, from that to the frame before it."""
    if step > 0:
        moved = path.homographies[other - 1] @ homography
    else:
        moved = torch.linalg.inv(path.homographies[other]) @ homography
    return moved / moved[2, 2]


def _is_light(clipped: Tensor) -> Tensor:
    """Return 0 where a reduced pixel has no clipped light to speak of, else 1."""
    return ((clipped - LEAST_CLIPPED) / LEAST_CLIPPED).clamp(0.0, 1.0)


def _smooth(change: Tensor, weights: Tensor) -> Tensor:
    """Return ``change``, smooth, and continued for some pixels beyond its weights."""
    reach = 3
    apart = torch.arange(-reach, reach + 1, dtype=change.dtype)
    line = torch.exp(-0.5 * (apart / BLUR_PX) ** 2)
    kernel = (line[:, None] * line)[None, None] / line.sum() ** 2

    def blur(maps: Tensor) -> Tensor:
        padded = functional.pad(maps[:, None], (reach,) * 4, mode="replicate")
        return functional.conv2d(padded, kernel)[:, 0]

    return blur(change * weights) / (blur(weights[None]) + 1e-6)
