"""Draw training shots as Liu et al. 2020 do.

    H = relu(h (1 + n_s) + n_c)       h = 2^U(-3, 3) x        mean x = 1/2
    I = jpeg(round(255 F(min(H, 1))) / 255)                   quality 90..100

x    square end of a scene, resized by U(1/2, 2), a crop of it, turned and mirrored
n_s  noise that grows with the light, deviation (0.08 / 6) U for each channel
n_c  noise of the dark, deviation 0.005 U for each channel
F    a measured curve       U  uniform on [0, 1], or between the two numbers

The noise is a part of the truth H.

Source: Liu et al. 2020, as released.
Differs: the scenes are those of the corpus. They are reduced by means over areas. JPEG
qualities are drawn for each plate, not spread over the batch.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.capture import Camera
from hdr_core.camera.curves import Curve
from hdr_core.io.corpus import Scene

MEAN, BLACK = 0.5, 1e-6
SCALES, STOPS, QUALITIES = (0.5, 2.0), (-3.0, 3.0), (90, 100)
SHOT, READ = 0.08 / 6, 0.005


def draw_paper_shot(
    scenes: list[Scene],
    measured: Curve,
    rng: np.random.Generator,
    size: tuple[int, int],
) -> tuple[Tensor, ...]:
    """Return the fields of ``Shots`` for one plate. The guessed curve is the true one.

    Args:
        scenes: Scenes to choose from.
        measured: Forward CRFs, (n, 1024).
        rng: Random generator.
        size: (height, width), px.
    """
    scene = scenes[rng.integers(len(scenes))]
    patch = draw_patch(torch.from_numpy(scene.pixels), rng, size)
    hdr = add_paper_noise(patch * 2.0 ** rng.uniform(*STOPS), rng)
    camera = Camera(
        crf=measured[rng.integers(len(measured))],
        jpeg_quality=int(rng.integers(QUALITIES[0], QUALITIES[1] + 1)),
        subsampling="4:2:0",
    )
    curve = torch.from_numpy(camera.inverse_crf).float()
    return camera.shoot(hdr), camera.encode(hdr), hdr, curve, curve


def draw_patch(
    pixels: Tensor, rng: np.random.Generator, size: tuple[int, int]
) -> Tensor:
    """Return x, (3, height, width), of a scene (3, H, W).

    A whole square has the mean 0.5, and twice the larger side of ``size`` at scale 1.
    """
    side = min(pixels.shape[1:])
    square = pixels[:, :side, :side]
    if rng.random() < 0.5:
        square = pixels[:, -side:, -side:]
    square = MEAN * square / (square.mean() + BLACK)
    height, width = size
    larger = max(2 * round(max(size) * rng.uniform(*SCALES)), *size)
    resized = _resize(square, larger)
    top, left = (int(rng.integers(larger - length + 1)) for length in size)
    patch = resized[:, top : top + height, left : left + width]
    n_turns = int(rng.integers(4))
    # A plate that is not square keeps its shape.
    n_turns = n_turns if height == width else n_turns // 2 * 2
    mirrored = [dim for dim in (1, 2) if rng.random() < 0.5]
    return patch.rot90(n_turns, (1, 2)).flip(mirrored).contiguous()


def _resize(square: Tensor, side: int) -> Tensor:
    """Return a square (3, n, n) with another side."""
    if side <= square.shape[1]:
        return functional.interpolate(square[None], (side, side), mode="area")[0]
    return functional.interpolate(
        square[None], (side, side), mode="bilinear", align_corners=False
    )[0]


def add_paper_noise(hdr: Tensor, rng: np.random.Generator) -> Tensor:
    """Return H: light h, (3, H, W), with noise, at least 0."""
    shape = tuple(hdr.shape)
    shot, read = (most * rng.random((3, 1, 1)) for most in (SHOT, READ))
    n_s, n_c = (d * rng.standard_normal(shape) for d in (shot, read))
    gain, offset = (torch.from_numpy(n).to(hdr) for n in (1.0 + n_s, n_c))
    return (hdr * gain + offset).clamp(min=0.0)
