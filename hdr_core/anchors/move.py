"""Move a curve smoothly through an anchor.

    g'(e) = g(e) 2^d(e)        d = K A^T (A K A^T + B)^-1 r
    K(e, f) = sum_i w_i D_i(e) D_i(f) + p^2 l(e) l(f) + s^2 z(e) z(f) S((e - f) / c)

d     the move, in stops        r  how far the lines of the anchor are from g, in stops
K     how moves at two codes belong together: the move is a Gaussian process
w, D  weights of the likely curves, and their distance from their mean, in stops
l     log2 g: another exponent keeps any curve increasing
S, z  a bell of width c; 0 at the clip, where g is 1
A     shares of the lines at each code    B  squares of their errors, and of free gains

So a curve moves as likely curves differ, and by the bell only the rest of the way.

Source: Rasmussen & Williams 2006, "Gaussian Processes for Machine Learning", 2.2.
"""

from dataclasses import dataclass

import numpy as np
import torch

from hdr_core.anchors.statement import FIXED, Statement, Values, log_light
from hdr_core.anchors.weigh import robust_weights
from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.camera.response import make_monotone

# p, the usual change of an exponent; s in stops; c as a share of the range of codes.
EXPONENT, BELL, WIDTH = 0.1, 0.15, 0.15
# Distance from the clip at which z begins to fall, as a share of the range of codes.
PIN = 0.15
# Usual size of a free gain in stops: larger than any.
FREE = 10.0
# Lines that may be wrong are weighed again, and a log is not linear.
_STEPS = 4


def move(
    curve: Curve,
    statement: Statement,
    curves: Curve | None = None,
    weights: Values | None = None,
) -> Curve:
    """Return a curve moved through an anchor, increasing from 0 to 1.

    Args:
        curve: g, (N,).
        statement: What the anchor says.
        curves: Likely curves, (n, N); None means that there are none.
        weights: w, (n,), which sum to 1; None if there are no likely curves.
    """
    mover = _Mover(statement, curve, _directions(curve, curves, weights))
    doubtful = statement.is_doubtful
    trust = np.ones(len(statement.stops))
    moved = curve
    for _ in range(_STEPS if doubtful.any() else 1):
        away = statement.residuals(curve[None], trust)[0]
        moved = _increasing(curve * np.exp2(mover.solve(away, trust)))
        left = statement.residuals(moved[None], trust)[0] / statement.errors
        trust = np.where(doubtful, robust_weights(left), 1.0)
    for _ in range(0 if doubtful.all() else _STEPS):
        left = statement.residuals(moved[None], trust)[0]
        left[doubtful] = 0.0
        moved = _increasing(moved * np.exp2(mover.solve(left, trust)))
    return moved


def _directions(curve: Curve, curves: Curve | None, weights: Values | None) -> Curve:
    """Return the ways in which a curve usually differs, in stops, (n, N)."""
    exponent = EXPONENT * log_light(curve)[None]
    if curves is None or weights is None:
        return exponent
    likely = weights > weights.max() * 1e-6
    logs, w = log_light(curves[likely]), weights[likely] / weights[likely].sum()
    return np.concatenate([exponent, (logs - w @ logs) * np.sqrt(w)[:, None]])


@dataclass(frozen=True)
class _Mover:
    """The Gaussian process of the moves of one curve."""

    statement: Statement
    curve: Curve
    directions: Curve

    def solve(self, away: Values, trust: Values) -> Curve:
        """Return the move d, (N,), in stops, of lines that are ``away``, (m,)."""
        lines, grid = self.statement, curve_grid(len(self.curve))
        m, k = lines.codes.shape
        flat, shares = lines.codes.ravel(), np.zeros((m, m * k))
        for line, own in enumerate(lines.shares):
            shares[line, line * k : (line + 1) * k] = own
        there = np.stack([np.interp(flat, grid, one) for one in self.directions])
        among = there.T @ there + _bell(flat, flat)
        across = self.directions.T @ there + _bell(grid, flat)
        is_same = lines.groups[:, None] == lines.groups[None]
        free = FREE**2 * (is_same & (lines.groups != FIXED)[:, None])
        errors = np.diag(lines.errors**2 / trust) + free
        weights = np.linalg.solve(shares @ among @ shares.T + errors, away)
        return np.asarray(across @ (shares.T @ weights))


def _bell(first: Values, second: Values) -> Values:
    """Return s^2 z z S of all pairs of codes, (n, m)."""
    ends = [np.minimum(1.0, (1.0 - codes) / PIN) for codes in (first, second)]
    apart = (first[:, None] - second[None]) / WIDTH
    return np.asarray(BELL**2 * np.outer(*ends) * np.exp(-0.5 * apart**2))


def _increasing(curve: Curve) -> Curve:
    """Return a curve that increases strictly from 0 to 1."""
    risen = np.maximum.accumulate(np.clip(curve, 0.0, 1.0))
    free = torch.from_numpy(np.ascontiguousarray(risen))[None]
    return np.asarray(make_monotone(free)[0].numpy(), np.float64)
