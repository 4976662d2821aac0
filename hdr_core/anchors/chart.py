"""A color chart: its grey row pins the curve, its colors weigh the likely ones.

    g(e_jc) = sum_d R_jd M_dc        j = 1..24 patches, c = red, green, blue

e  codes of the patches       R  their reflectances, linear Rec.709
M  light and camera: white balance, gain and matrix, for each curve by least squares

For the grey row, log2 g(e) = log2 R + G with a free gain G of each channel: it needs no
matrix. How far the colors are from the best M is a log likelihood of each curve, with
heavy tails: paint ages, and no camera's matrix is exact.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hdr_core.anchor_options import Corners
from hdr_core.anchors.checker import (
    GREYS,
    N_PATCHES,
    as_corners,
    orders,
    places,
    reflectances,
)
from hdr_core.anchors.spots import LEAST_CODES, MOST_CLIPPED, mean_code
from hdr_core.anchors.statement import (
    Flags,
    Statement,
    Values,
    log_light,
    make_statement,
)
from hdr_core.anchors.weigh import DEGREES, robust_weights
from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.errors import PlateError
from hdr_core.plate import Pixels

# Usual errors in stops: of a grey patch, and of a color under the best matrix.
GREY_ERROR, COLOR_ERROR = 0.03, 0.12
LEAST_GREYS = 3
# Side of a patch's cell in pixels.
LEAST_CELL_PX = 6.0
# Patches that are further than this from a chart, median in stops, are none: with
# likely curves to choose from, and without. Found charts are 0.13 off at most, other
# things 0.4 at least.
MOST_AWAY, MOST_AWAY_USUAL = 0.3, 0.6
# The only curve where the model has no likely ones.
USUAL = curve_grid(1024) ** 2.2
# Number of likely curves by which the order of the corners is found.
N_ORDERING = 20
_STEPS = 4


class ChartCodes(NamedTuple):
    """The patches of a chart in a plate.

    Attributes:
        codes: Code of each patch and channel, (24, 3), in [0, 1].
        is_good: Whether it is neither clipped nor black, (24, 3).
    """

    codes: Values
    is_good: Flags


def state_chart(
    charts: Sequence[Corners], encoded: Pixels, max_code: int, curves: Curve
) -> Statement:
    """Return what a chart says.

    Args:
        charts: Where it may be, one or more: x0, y0, ..., x3, y3, around the chart from
            any corner.
        encoded: The plate, (H, W, 3), in [0, 1].
        max_code: Its largest code.
        curves: Likely curves, (n, N); n may be 0.

    Raises:
        PlateError: The chart lies outside of the plate, is too small, clipped or dark,
            or the patches there are those of no chart.
    """
    usual = curves if len(curves) else USUAL[None]
    found = [_read_chart(corners, encoded, max_code, usual) for corners in charts]
    away, reading = min((_misfit(each, usual), each) for each in found)
    if reading.is_good[GREYS].all(axis=1).sum() < LEAST_GREYS:
        raise PlateError(
            "--chart: fewer than three patches of its grey row are neither clipped nor "
            "black, so it says little. Check the corners, or use another chart."
        )
    if away > (MOST_AWAY if len(curves) else MOST_AWAY_USUAL):
        raise PlateError(
            "--chart: the patches there are those of no ColorChecker: they are "
            f"{away:.1f} stops off. Check the corners."
        )
    patch, channel = np.nonzero(reading.is_good[GREYS])
    return make_statement(
        reading.codes[GREYS][patch, channel][:, None],
        np.log2(reflectances()[GREYS][patch, channel]),
        errors=GREY_ERROR,
        groups=channel.astype(np.int64),
        is_doubtful=True,
        bonus=weigh_colors(reading, curves) if len(curves) else None,
    )


def _read_chart(
    corners: Corners, encoded: Pixels, max_code: int, curves: Curve
) -> ChartCodes:
    """Return the patches between corners, in the order in which they are a chart."""
    found = as_corners(corners)
    _require_within(found, encoded)
    readings = [_patches(encoded, found[order], max_code) for order in orders()]
    some = curves[:: max(1, len(curves) // N_ORDERING)]
    return min(readings, key=lambda reading: _misfit(reading, some))


def _require_within(corners: Values, encoded: Pixels) -> None:
    """Raise PlateError for corners outside of the plate, or too near to each other."""
    height, width, _ = encoded.shape
    if corners.min() < 0.0 or (corners > (width, height)).any():
        raise PlateError(
            f"--chart: a corner is outside of the plate, which has {width}x{height} "
            "pixels. Count columns from the left and rows from the top, from 0."
        )
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    if sides.min() < 4 * LEAST_CELL_PX or sides.max() < 6 * LEAST_CELL_PX:
        raise PlateError(
            f"--chart: is {sides.max():.0f} by {sides.min():.0f} pixels, too small to "
            f"read 24 patches. It needs {6 * LEAST_CELL_PX:.0f} by "
            f"{4 * LEAST_CELL_PX:.0f}."
        )


def _patches(encoded: Pixels, corners: Values, max_code: int) -> ChartCodes:
    """Return the patches between corners (4, 2), from dark brown on."""
    at = np.floor(places(corners)).astype(np.intp)
    rows = at[..., 1].clip(0, encoded.shape[0] - 1)
    columns = at[..., 0].clip(0, encoded.shape[1] - 1)
    samples = encoded[rows, columns].astype(np.float64)
    codes = np.stack([mean_code(samples[patch]) for patch in range(N_PATCHES)])
    clipped = (samples * max_code >= max_code - 0.5).mean(axis=1)
    return ChartCodes(codes, (clipped <= MOST_CLIPPED) & (codes >= LEAST_CODES / 255))


def _misfit(reading: ChartCodes, curves: Curve) -> float:
    """Return how far patches are from a chart under the best curve, in stops."""
    n_colors = reading.is_good.sum()
    if n_colors < N_PATCHES or reading.is_good[GREYS].all(axis=1).sum() < LEAST_GREYS:
        return np.inf
    best = curves[weigh_colors(reading, curves).argmax()][None]
    away = [part[0] for part in _residuals(reading, best)]
    return float(np.median(np.abs(np.concatenate(away))))


def weigh_colors(reading: ChartCodes, curves: Curve) -> Values:
    """Return the log likelihood of curves (n, N) by the colors of a chart, (n,)."""
    found = np.zeros(len(curves))
    for channel, away in enumerate(_residuals(reading, curves)):
        is_color = np.nonzero(reading.is_good[:, channel])[0] < GREYS.start
        terms = np.log1p((away[:, is_color] / COLOR_ERROR) ** 2 / DEGREES)
        found -= 0.5 * (DEGREES + 1.0) * terms.sum(axis=1)
    return found


def _residuals(reading: ChartCodes, curves: Curve) -> list[Values]:
    """Return how far good patches are from the best M, for each channel (n, k)."""
    grid, chart = curve_grid(curves.shape[1]), reflectances()
    light = np.stack([np.interp(reading.codes, grid, curve) for curve in curves])
    channels = enumerate(reading.is_good.T)
    return [_fit_column(chart[good], light[:, good, at]) for at, good in channels]


def _fit_column(chart: Values, light: Values) -> Values:
    """Return how far patches are from their best column of M, in stops, (n, k).

    Args:
        chart: R, (k, 3).
        light: Light of one channel for each curve, (n, k).
    """
    # A squared relative error is about a squared error in stops.
    relative = 1.0 / (light + 0.003)
    trust = np.ones_like(light)
    away = trust
    for _ in range(_STEPS):
        weights = trust * relative**2
        normal = np.einsum("nk,ki,kj->nij", weights, chart, chart)
        right = np.einsum("nk,ki,nk->ni", weights, chart, light)
        column = np.linalg.solve(normal + 1e-9 * np.eye(3), right[..., None])[..., 0]
        away = log_light(light) - log_light(column @ chart.T)
        trust = robust_weights(away / COLOR_ERROR)
    return np.asarray(away)
