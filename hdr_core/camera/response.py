"""Response curves as samples: basis, monotone curves, application, inversion.

    g = g0 + sum_k c_k h_k      inverse CRF from K coefficients

g0  mean of many inverse curves     h_k  their principal components
c   coefficients, in standard deviations of the curves along h_k

A curve is N samples, uniform on [0, 1], linear between them, with value 0 at 0 and
1 at 1. One curve serves red, green and blue.

Source: Grossberg & Nayar 2003, "What is the space of camera response functions?"
(EMoR). Monotone rule "shift": Liu et al. 2020, "Linearization".
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.checks import has_values, require_curve
from hdr_core.errors import ShapeError

# Least rise from sample to sample. It keeps neighbours near 1 different in float32.
LEAST_STEP = 2e-7
# Rule "shift" makes one step exactly 0, and then no light would have the codes between
# its two samples. Such a step rises by this share of the level: 64 steps of float32 or
# more, as many as there are codes of 16 bits in it. Near level 0 it is LEAST_STEP.
TIE = 2.0**-17
# Added to all steps of rule "shift": a curve without any rise has no other steps.
NO_RISE = 1e-15
# Light added to mid-tones before the log, so that the darkest do not dominate.
DARKEST_MID = 0.005
# Multiple of LEAST_STEP that rule "clamp" adds to all steps. A curve without any rise
# then becomes a straight line.
FALLBACK = 1e-3


@dataclass(frozen=True)
class CurveBasis:
    """Mean and scaled principal components of inverse curves.

    Attributes:
        mean: g0, (N,).
        components: h_k times the standard deviation along it, (K, N).
        library: Coefficients of many likely curves, (n, K). None means that there are
            none.
    """

    mean: Curve
    components: Curve
    library: Curve | None = None

    def coefficients(self, inverse_curves: Curve) -> Curve:
        """Return the coefficients (n, K) that fit curves (n, N) by least squares."""
        difference = inverse_curves - self.mean
        solved, *_ = np.linalg.lstsq(self.components.T, difference.T, rcond=None)
        return np.asarray(solved.T, dtype=np.float64)


def build_basis(inverse_curves: Curve, *, n_components: int) -> CurveBasis:
    """Return the principal component basis of ``inverse_curves``, (n, N)."""
    mean = inverse_curves.mean(axis=0)
    _, deviations, axes = np.linalg.svd(inverse_curves - mean, full_matrices=False)
    scale = deviations[:n_components, None] / np.sqrt(len(inverse_curves))
    return CurveBasis(mean=mean, components=axes[:n_components] * scale)


def make_monotone(
    curve: Tensor, *, rule: Literal["shift", "clamp"] = "clamp"
) -> Tensor:
    """Return ``curve`` strictly increasing, exactly 0 at 0 and 1 at 1.

    Args:
        curve: (B, N), any values.
        rule: "shift" raises all steps by the largest fall (Liu et al. 2020). "clamp"
            raises only the steps that fall, so that one fall does not bend the whole
            curve.

    Returns:
        Curves (B, N). With "clamp", each sample is at least ``LEAST_STEP`` above the
        one before. With "shift", only samples that would be nearly equal are set apart,
        by ``TIE``. A curve without any rise becomes the straight line.

    Raises:
        ShapeError: ``curve`` is not (B, N), or has NaN or infinite samples.
    """
    require_curve(curve, "curve")
    # On the CPU, because some GPUs have no float64.
    step = curve.cpu().double().diff(dim=1)
    if has_values(step) and not torch.isfinite(step).all():
        raise ShapeError("curve: holds NaN or infinite samples.")
    step = _shift(step) if rule == "shift" else _clamp(step)
    rise = step.cumsum(dim=1)
    ends = torch.zeros_like(rise[:, :1])
    return torch.cat([ends, rise / rise[:, -1:]], dim=1).to(curve)


def _shift(step: Tensor) -> Tensor:
    """Return steps (B, N - 1) above 0: all are raised by the largest fall."""
    step = step + torch.relu(-step.amin(dim=1, keepdim=True)) + NO_RISE
    step = step / step.sum(dim=1, keepdim=True)
    tie = (TIE * step.detach().cumsum(dim=1)).clamp(min=LEAST_STEP)
    return torch.maximum(step, tie)


def _clamp(step: Tensor) -> Tensor:
    """Return steps (B, N - 1) above 0: only those that fall are raised."""
    step = step.clamp(min=0.0) + FALLBACK * LEAST_STEP
    step = step / step.sum(dim=1, keepdim=True)
    # Added after scaling, so that the least step also holds for steep curves.
    return step * (1.0 - step.shape[1] * LEAST_STEP) + LEAST_STEP


def mid_stops(inverse_curve: Tensor) -> Tensor:
    """Return log2 of the mid-tones of a curve, in stops, with mean 0.

    Mid-tones are codes of 0.05 to 0.95, which most pixels of plates have. The mean is
    removed, because a curve that is too bright everywhere is only another exposure.

    Args:
        inverse_curve: g, (B, N).

    Returns:
        (B, about 0.9 N).

    Raises:
        ShapeError: ``inverse_curve`` is not (B, N).
    """
    require_curve(inverse_curve, "inverse_curve")
    n = inverse_curve.shape[1]
    inner = inverse_curve[:, round(0.05 * n) : round(0.95 * n)]
    stops = torch.log2(inner.clamp(min=0.0) + DARKEST_MID)
    return stops - stops.mean(dim=1, keepdim=True)


def apply_curve(values: Tensor, curve: Tensor) -> Tensor:
    """Return ``values`` through ``curve``, linear between its samples.

    Args:
        values: (B, ...). Values outside [0, 1] are clipped. NaN stays NaN.
        curve: Samples, (B, N) or (1, N).

    Returns:
        Same shape as ``values``; differentiable in both arguments.

    Raises:
        ShapeError: ``curve`` is not (B, N).
    """
    require_curve(curve, "curve")
    flat = values.flatten(1).clamp(0.0, 1.0) * (curve.shape[1] - 1)
    curve = curve.expand(len(flat), -1)
    left = flat.detach().long().clamp(0, curve.shape[1] - 2)
    low, high = curve.gather(1, left), curve.gather(1, left + 1)
    return (low + (high - low) * (flat - left)).view_as(values)


def invert_samples(curves: Curve) -> Curve:
    """Return the inverse curves (n, N) of ``curves`` (n, N).

    Flat or falling pieces first get the least rise.
    """
    steps = np.maximum(np.diff(curves, axis=1), 0.0) + LEAST_STEP
    rise = np.concatenate([np.zeros((len(curves), 1)), steps.cumsum(axis=1)], axis=1)
    rise /= rise[:, -1:]
    grid = curve_grid(curves.shape[1])
    return np.stack([np.interp(grid, row, grid) for row in rise])
