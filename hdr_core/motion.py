"""Estimate the motion of a camera from one picture to another, on thumbnails.

    I1(P x) = a I0(x) + b

I0, I1  the two frames, in grey          x  homogeneous coordinates in the first frame
P       homography: exact if the camera turns, zooms or rolls, else an approximation
a, b    change of brightness

Solved by Gauss-Newton from coarse to fine. Robust weights (Geman-McClure) ignore
objects that move on their own.

Source: Baker & Matthews 2004, "Lucas-Kanade 20 years on: a unifying framework",
forward compositional.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

ITERATIONS = 12
# Larger residuals count as objects that move, in encoded values.
ROBUST = 0.08
LEAST_SIDE = 12
# Pixels above this level are clipped: they carry no information on motion.
CLIPPED = 0.97
LEAST_OVERLAP = 0.3
LEAST_LIKENESS, LEAST_DETAIL = 0.75, 0.2
DETAIL_PX = 9


class Motion(NamedTuple):
    """The motion from one frame to another.

    Attributes:
        homography: P, (3, 3) float64, on coordinates in [-1, 1].
        likeness: Correlation of the aligned frames, in [-1, 1].
        detail: Correlation of their fine detail, in [-1, 1]; two different scenes
            with a horizon may be alike, but not in their detail.
    """

    homography: Tensor
    likeness: float
    detail: float

    @property
    def is_cut(self) -> bool:
        """Whether the frames show different scenes."""
        return self.likeness < LEAST_LIKENESS or self.detail < LEAST_DETAIL


def align(first: Tensor, second: Tensor) -> Motion:
    """Return the motion from ``first`` to ``second``.

    Args:
        first: Mean of the channels, encoded, (H, W) float64.
        second: The same of the other frame, with the same shape.
    """
    levels = [(first, second)]
    while min(levels[-1][0].shape) >= 2 * LEAST_SIDE:
        levels.append((_half(levels[-1][0]), _half(levels[-1][1])))
    moved = torch.eye(3, dtype=torch.float64)
    # Frames of one row or one column cannot be aligned.
    for one, other in reversed(levels if min(first.shape) > 1 else []):
        moved = _refine(moved, one, other)
    still = _compare(first, second, torch.eye(3, dtype=torch.float64))
    found = _compare(first, second, moved)
    # Gauss-Newton may diverge: then a camera without motion fits better.
    return found if found.likeness > still.likeness else still


def _compare(first: Tensor, second: Tensor, homography: Tensor) -> Motion:
    """Return the motion, with the likeness of the frames under a homography."""
    moved, within = sample(second, homography)
    fine, _ = sample(_detail(second), homography)
    return Motion(
        homography,
        likeness=_likeness(first, moved, within),
        detail=_likeness(_detail(first), fine, within),
    )


def _detail(grey: Tensor) -> Tensor:
    """Return each pixel less the mean of its surroundings."""
    edge = (DETAIL_PX // 2,) * 4
    padded = functional.pad(grey[None, None], edge, mode="replicate")
    return grey - functional.avg_pool2d(padded, DETAIL_PX, stride=1)[0, 0]


def places(height: int, width: int) -> Tensor:
    """Return the homogeneous coordinates of all pixels, (H, W, 3) float64."""
    y = (torch.arange(height, dtype=torch.float64) + 0.5) * (2 / height) - 1
    x = (torch.arange(width, dtype=torch.float64) + 0.5) * (2 / width) - 1
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([columns, rows, torch.ones_like(rows)], dim=-1)


def sample(maps: Tensor, homography: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``maps`` at P x for each pixel x, and whether P x is inside the frame.

    Args:
        maps: (..., H, W).
        homography: P, (3, 3) float64.

    Returns:
        The maps, (..., H, W), bilinear; and (H, W), 1 inside the frame and 0 outside.
    """
    height, width = maps.shape[-2:]
    there = places(height, width) @ homography.T
    grid = there[..., :2] / there[..., 2:].clamp(min=1e-6)
    is_within = (grid.abs() <= 1.0).all(dim=-1) & (there[..., 2] > 1e-6)
    flat = maps.reshape(1, -1, height, width)
    found = functional.grid_sample(
        flat, grid[None].to(flat), padding_mode="border", align_corners=False
    )
    return found.view(maps.shape), is_within.to(maps)


def _half(grey: Tensor) -> Tensor:
    """Return a frame at half its size."""
    return functional.avg_pool2d(grey[None, None], 2)[0, 0]


def _refine(homography: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Return P after the Gauss-Newton steps at one scale."""
    height, width = first.shape
    x, y, _ = places(height, width).unbind(dim=-1)
    best, best_cost = homography, float("inf")
    for _ in range(ITERATIONS):
        moved, within = sample(second, homography)
        weights = within * (first < CLIPPED) * (moved < CLIPPED)
        if weights.mean() < LEAST_OVERLAP / 4:
            break
        gain, bias = _brightness(first, moved, weights)
        residual = moved - gain * first - bias
        robust = weights * ROBUST**4 / (ROBUST**2 + residual**2) ** 2
        cost = float((weights * residual**2 / (ROBUST**2 + residual**2)).sum())
        cost /= float(weights.sum())
        if cost < best_cost:
            best, best_cost = homography, cost
        down, right = torch.gradient(moved)
        down, right = down * (height / 2), right * (width / 2)
        along = x * right + y * down
        columns = [x * right, y * right, right, x * down, y * down, down]
        columns += [-x * along, -y * along, first, torch.ones_like(first)]
        matrix = torch.stack(columns, dim=-1).view(-1, 10)
        step = _solve(matrix, residual.flatten(), robust.flatten())
        homography = homography @ _step(step)
        homography = homography / homography[2, 2]
    return best


def _solve(matrix: Tensor, residual: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted, damped least-squares step, (10,)."""
    weighted = matrix * weights[:, None]
    normal = weighted.T @ matrix
    damping = 1e-4 * torch.diag(normal.diagonal()) + 1e-9 * torch.eye(10).double()
    step: Tensor = torch.linalg.solve(normal + damping, -weighted.T @ residual)
    return step


def _step(step: Tensor) -> Tensor:
    """Return the homography of a step."""
    a, b, c, d, e, f, g, h, _, _ = step
    one = torch.ones_like(a)
    rows = [torch.stack([one + a, b, c]), torch.stack([d, one + e, f])]
    return torch.stack([*rows, torch.stack([g, h, one])])


def _brightness(first: Tensor, moved: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return a and b that map ``first`` to ``moved`` by least squares."""
    total = weights.sum()
    mean_first = (weights * first).sum() / total
    mean_moved = (weights * moved).sum() / total
    spread = (weights * (first - mean_first) ** 2).sum()
    both = (weights * (first - mean_first) * (moved - mean_moved)).sum()
    gain = (both / spread.clamp(min=1e-9)).clamp(0.25, 4.0)
    return gain, mean_moved - gain * mean_first


def _likeness(first: Tensor, moved: Tensor, weights: Tensor) -> float:
    """Return the correlation of two frames where they overlap, in [-1, 1]."""
    if weights.mean() < LEAST_OVERLAP:
        return -1.0
    total = weights.sum()
    first = first - (weights * first).sum() / total
    moved = moved - (weights * moved).sum() / total
    both = (weights * first * moved).sum()
    power = (weights * first**2).sum() * (weights * moved**2).sum()
    # Two uniform frames are alike, though their correlation is not defined.
    if float(power) < (1e-6 * float(total)) ** 2:
        return 1.0
    return float(both / power.sqrt())
