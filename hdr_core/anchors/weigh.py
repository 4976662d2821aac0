"""How likely each curve is by an anchor: its log likelihood.

    L_i = -1/2 sum_j (r_ij / b_j)^2                        lines that hold
        - w (n + 1)/2 sum_j log(1 + (r_ij / b_j)^2 / n)    lines that may be wrong

r_ij  how far line j is from the i-th likely curve, in stops
b_j   its usual error        n  degrees of freedom of Student's t
w     weight of a line: more than ``MOST_LINES`` of them count no more than these
"""

import numpy as np

from hdr_core.anchors.statement import Statement, Values
from hdr_core.camera.curves import Curve

DEGREES = 5.0
# Lines of one picture share what is wrong with it.
MOST_LINES = 60.0
# Steps of the mean that ignores lines which are far off.
_STEPS = 4


def weigh(statement: Statement, curves: Curve) -> Values:
    """Return the log likelihood L of curves (n, N), (n,)."""
    doubtful = statement.is_doubtful
    errors = statement.errors_by(curves)
    away = statement.residuals(curves) / errors
    for _ in range(_STEPS if doubtful.any() else 0):
        trust = np.where(doubtful, robust_weights(away), 1.0)
        away = statement.residuals(curves, trust) / errors
    found = -0.5 * (away[:, ~doubtful] ** 2).sum(axis=1)
    share = min(1.0, MOST_LINES / max(1, doubtful.sum()))
    terms = np.log1p(away[:, doubtful] ** 2 / DEGREES).sum(axis=1)
    found -= 0.5 * (DEGREES + 1.0) * share * terms
    return np.asarray(found if statement.bonus is None else found + statement.bonus)


def robust_weights(away: Values) -> Values:
    """Return the weights of residuals, given in errors, under Student's t."""
    return np.asarray((DEGREES + 1.0) / (DEGREES + away**2))
