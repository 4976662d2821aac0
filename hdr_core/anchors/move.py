"""Move a curve smoothly through an anchor.

    g'(e) = g(e) 2^d(e)        d = K A^T (A K A^T + B)^-1 r
    K(e, f) = sum_i w_i D_i(e) D_i(f) + p^2 l(e) l(f)
              + z(e) z(f) sum_b s_b^2 S((e - f) / c_b)

d     the move, in stops        r  how far the lines of the anchor are from g, in stops
K     how moves at two codes belong together: the move is a Gaussian process
w, D  weights of the likely curves, and their distance from their mean, in stops
l     log2 g: another exponent keeps any curve increasing
S, z  bells of width c; 0 at the clip, where g is 1. The narrow one is for anchors that
      show a whole range of codes
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

Bells = tuple[tuple[float, float], ...]
# p, the usual change of an exponent; s in stops, c as a share of all codes.
# First for anchors that show a few codes, then for those that show a whole range.
FEW, MANY = (0.1, ((0.15, 0.15),)), (0.3, ((0.3, 0.2), (0.15, 0.04)))
# An anchor of so many lines shows a whole range of codes.
MANY_LINES = 30
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
    exponent, bells = MANY if len(statement.stops) >= MANY_LINES else FEW
    directions = [exponent * log_light(curve)[None]]
    if curves is not None and weights is not None:
        directions.append(_deviations(curves, weights))
    mover = _Mover(
        statement,
        np.concatenate(directions),
        bells,
        statement.errors_by(curve[None])[0],
    )
    doubtful = statement.is_doubtful
    trust = np.ones(len(statement.stops))
    moved = curve
    for _ in range(_STEPS if doubtful.any() else 1):
        away = statement.residuals(curve[None], trust)[0]
        moved = _increasing(curve * np.exp2(mover.solve(away, trust)))
        left = statement.residuals(moved[None], trust)[0] / mover.errors
        trust = np.where(doubtful, robust_weights(left), 1.0)
    for _ in range(_STEPS if statement.is_firm.any() else 0):
        left = statement.residuals(moved[None], trust)[0]
        left[~statement.is_firm] = 0.0
        moved = _increasing(moved * np.exp2(mover.solve(left, trust)))
    return moved


def _deviations(curves: Curve, weights: Values) -> Curve:
    """Return D of curves (n, N) times the roots of their weights."""
    likely = weights > weights.max() * 1e-6
    logs, w = log_light(curves[likely]), weights[likely] / weights[likely].sum()
    return np.asarray((logs - w @ logs) * np.sqrt(w)[:, None])


@dataclass(frozen=True)
class _Mover:
    """The Gaussian process of the moves of one curve.

    Attributes:
        statement: The anchors.
        directions: Ways in which the curve usually differs, in stops, (n, N).
        bells: s and c of each bell.
        errors: b of the lines, in stops, (m,).
    """

    statement: Statement
    directions: Curve
    bells: Bells
    errors: Values

    def solve(self, away: Values, trust: Values) -> Curve:
        """Return the move d, (N,), in stops, of lines that are ``away``, (m,)."""
        lines, grid = self.statement, curve_grid(self.directions.shape[1])
        m, k = lines.codes.shape
        flat, shares = lines.codes.ravel(), np.zeros((m, m * k))
        for line, own in enumerate(lines.shares):
            shares[line, line * k : (line + 1) * k] = own
        there = np.stack([np.interp(flat, grid, one) for one in self.directions])
        among = there.T @ there + _bells(flat, flat, self.bells)
        across = self.directions.T @ there + _bells(grid, flat, self.bells)
        is_same = lines.groups[:, None] == lines.groups[None]
        free = FREE**2 * (is_same & (lines.groups != FIXED)[:, None])
        errors = np.diag(self.errors**2 / trust) + free
        weights = np.linalg.solve(shares @ among @ shares.T + errors, away)
        return np.asarray(across @ (shares.T @ weights))


def _bells(first: Values, second: Values, bells: Bells) -> Values:
    """Return z z s^2 S, summed over bells, of all pairs of codes, (n, m)."""
    ends = [np.minimum(1.0, (1.0 - codes) / PIN) for codes in (first, second)]
    apart = first[:, None] - second[None]
    found = sum(size**2 * np.exp(-0.5 * (apart / width) ** 2) for size, width in bells)
    return np.asarray(np.outer(*ends) * found)


def _increasing(curve: Curve) -> Curve:
    """Return a curve that increases strictly from 0 to 1."""
    risen = np.maximum.accumulate(np.clip(curve, 0.0, 1.0))
    free = torch.from_numpy(np.ascontiguousarray(risen))[None]
    return np.asarray(make_monotone(free)[0].numpy(), np.float64)
