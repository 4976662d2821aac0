"""What an anchor says about a curve, in one form for all anchors.

    sum_k s_jk log2 g(e_jk + noise of a codes) = y_j + G_q(j) + noise of b_j stops

g     inverse CRF        e  encoded values          s  their shares
y     light in stops, 1 = clip                      a, b  usual errors of e and y
G_q   free gain of a group of lines; 0 if the light is known relative to the clip

A grey card is one line with shares of 1/3 for red, green and blue. A chart has a line
for each patch and a free gain. Two exposures give lines with shares 1 and -1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import Curve

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
# Light whose log stands for that of darker values: 1 / 40 of an 8-bit code.
LEAST_LIGHT = 1e-4
# Step of codes over which a slope is taken.
_STEP = 4.0 / 255
FIXED = -1
"""Group of lines whose light is known relative to the clip."""


@dataclass(frozen=True)
class Statement:
    """Lines about a curve.

    Attributes:
        codes: e, (m, k), in [0, 1].
        shares: s, (m, k).
        stops: y, (m,).
        errors: b, (m,), in stops.
        groups: q, (m,): lines of one group share a free gain; ``FIXED`` means none.
        is_doubtful: Which lines may be wrong, (m,): those count less if they are far
            off.
        code_errors: a, (m,), as a share of the range of codes.
        bonus: Further log likelihood of each likely curve, (n,); None means none.
    """

    codes: Values
    shares: Values
    stops: Values
    errors: Values
    groups: NDArray[np.int64]
    is_doubtful: Flags
    code_errors: Values
    bonus: Values | None = None

    @property
    def is_firm(self) -> Flags:
        """Which lines the curve must hold: sure ones of a known light, (m,)."""
        return np.asarray(~self.is_doubtful & (self.groups == FIXED))

    def readings(self, curves: Curve) -> Values:
        """Return sum_k s log2 g(e) of curves (n, N), (n, m)."""
        light = _light_at(curves, self.codes)
        return np.asarray((log_light(light) * self.shares).sum(axis=2))

    def errors_by(self, curves: Curve) -> Values:
        """Return the usual errors of the lines for curves (n, N), in stops, (n, m)."""
        if not self.code_errors.any():
            return np.broadcast_to(self.errors, (len(curves), len(self.errors)))
        ends = [_light_at(curves, self.codes + step) for step in (-_STEP, _STEP)]
        slope = (log_light(ends[1]) - log_light(ends[0])) / (2.0 * _STEP)
        square = ((slope * self.shares * self.code_errors[:, None]) ** 2).sum(axis=2)
        return np.asarray(np.sqrt(self.errors**2 + square))

    def residuals(self, curves: Curve, trust: Values | float = 1.0) -> Values:
        """Return how far the lines are from curves (n, N), in stops, (n, m).

        Args:
            curves: Inverse CRFs, (n, N).
            trust: How much each line counts in the mean that is the free gain, beside
                its error; (m,), (n, m), or one number.
        """
        away = self.stops - self.readings(curves)
        each = trust / self.errors_by(curves) ** 2
        for group in np.unique(self.groups[self.groups != FIXED]):
            own = self.groups == group
            total = each[:, own].sum(axis=1, keepdims=True)
            away[:, own] -= (each[:, own] * away[:, own]).sum(1, keepdims=True) / total
        return away


def _light_at(curves: Curve, codes: Values) -> Values:
    """Return the light of curves (n, N) at codes (m, k), (n, m, k)."""
    place = np.clip(codes, 0.0, 1.0) * (curves.shape[1] - 1)
    left = np.minimum(place.astype(np.intp), curves.shape[1] - 2)
    share = place - left
    return np.asarray(curves[:, left] * (1.0 - share) + curves[:, left + 1] * share)


def log_light(curve: Curve) -> Curve:
    """Return log2 of light, not below ``LEAST_LIGHT``."""
    return np.asarray(np.log2(np.maximum(curve, LEAST_LIGHT)))


def make_statement(  # noqa: PLR0913 - a line has as many parts
    codes: Values,
    stops: Values,
    *,
    errors: Values | float,
    code_error: float = 0.0,
    groups: NDArray[np.int64] | int = FIXED,
    shares: Values | None = None,
    is_doubtful: bool = False,
    bonus: Values | None = None,
) -> Statement:
    """Return a statement; one number stands for the same number in every line.

    Args:
        codes: e, (m, k).
        stops: y, (m,).
        errors: b, (m,) or one number.
        code_error: a of each line.
        groups: q, (m,) or one number.
        shares: s, (m, k); None means that each line is the mean of its codes.
        is_doubtful: Whether lines may be wrong.
        bonus: Further log likelihood of each likely curve, (n,).
    """
    lines = np.zeros(len(stops))
    even = np.full(codes.shape, 1.0 / codes.shape[1])
    return Statement(
        codes=codes,
        shares=even if shares is None else shares,
        stops=stops,
        errors=lines + errors,
        groups=np.zeros(len(stops), np.int64) + groups,
        is_doubtful=np.full(len(stops), is_doubtful),
        code_errors=lines + code_error,
        bonus=bonus,
    )


def join(statements: Sequence[Statement]) -> Statement:
    """Return all lines of some statements, whose groups stay apart."""
    most = max(one.codes.shape[1] for one in statements)
    groups, n_groups = [], 0
    for one in statements:
        groups.append(np.where(one.groups == FIXED, FIXED, one.groups + n_groups))
        n_groups += int(one.groups.max(initial=-1)) + 1
    bonuses = [one.bonus for one in statements if one.bonus is not None]
    return Statement(
        codes=np.concatenate([_widened(one.codes, most) for one in statements]),
        shares=np.concatenate([_widened(one.shares, most) for one in statements]),
        stops=np.concatenate([one.stops for one in statements]),
        errors=np.concatenate([one.errors for one in statements]),
        groups=np.concatenate(groups),
        is_doubtful=np.concatenate([one.is_doubtful for one in statements]),
        code_errors=np.concatenate([one.code_errors for one in statements]),
        bonus=np.sum(bonuses, axis=0) if bonuses else None,
    )


def _widened(values: Values, n_columns: int) -> Values:
    """Return lines with zeros up to ``n_columns``."""
    return np.pad(values, [(0, 0), (0, n_columns - values.shape[1])])
