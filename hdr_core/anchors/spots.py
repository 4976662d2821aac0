"""Grey and white: pixels whose light the artist knows.

A patch around the pixel is read: each channel's mean of the middle half of its values,
which noise moves little. The patch is grey, so the mean of its channels' light, in
stops, is the light that is stated. A clipped or black patch says nothing, and is an
error. One that is not grey or not flat is taken, with a note.
"""

from collections.abc import Sequence

import numpy as np

from hdr_core.anchor_options import Spot
from hdr_core.anchors.statement import Statement, Values, make_statement
from hdr_core.errors import PlateError
from hdr_core.plate import Pixels

# Error of a stated light in stops: cards are held at an angle, and paper differs.
ERROR_STOPS = 0.03
# A patch reaches this share of the longer side from its pixel, and 2 pixels at least.
REACH, LEAST_REACH = 1 / 640, 2
# Most difference of two channels, and of the values within a channel, in the range of
# codes: 15 and 20 of 255.
MOST_TINT, MOST_SPREAD = 0.06, 0.08
# More clipped values than this, as a share, and the patch is clipped.
MOST_CLIPPED = 0.02
# A patch darker than this, of 255 codes, has no light that its codes could say.
LEAST_CODES = 3.0


def state_spots(
    name: str, spots: Sequence[Spot], encoded: Pixels, max_code: int
) -> tuple[Statement, tuple[str, ...]]:
    """Return what spots say, and notes on those that are not grey or not flat.

    Args:
        name: Name of the option, "grey" or "white".
        spots: One or more.
        encoded: The plate, (H, W, 3), in [0, 1].
        max_code: Its largest code.

    Raises:
        PlateError: A spot lies outside of the plate, is clipped, or is black.
    """
    codes, notes = [], []
    for spot in spots:
        what = f"--{name} {spot.x},{spot.y}"
        patch = _patch(encoded, spot, what)
        codes.append(mean_code(patch))
        require_exposed(patch, max_code, what)
        notes += _doubts(patch, codes[-1], what)
    stops = np.log2([spot.light for spot in spots])
    return make_statement(np.array(codes), stops, errors=ERROR_STOPS), tuple(notes)


def _patch(encoded: Pixels, spot: Spot, what: str) -> Values:
    """Return the values around a spot, (n, 3)."""
    height, width, _ = encoded.shape
    if spot.x >= width or spot.y >= height:
        raise PlateError(
            f"{what}: is outside of the plate, which has {width}x{height} pixels. "
            "Count columns from the left and rows from the top, from 0."
        )
    reach = max(LEAST_REACH, round(REACH * max(height, width)))
    rows = slice(max(0, spot.y - reach), spot.y + reach + 1)
    columns = slice(max(0, spot.x - reach), spot.x + reach + 1)
    return encoded[rows, columns].reshape(-1, 3).astype(np.float64)


def mean_code(patch: Values) -> Values:
    """Return the mean of the middle half of the values of each channel, (3,)."""
    ordered = np.sort(patch, axis=0)
    quarter = len(ordered) // 4
    return np.asarray(ordered[quarter : len(ordered) - quarter].mean(axis=0))


def is_exposed(patch: Values, max_code: int) -> bool:
    """Return whether a patch, (n, 3), is neither clipped nor black."""
    clipped = (patch * max_code >= max_code - 0.5).mean(axis=0)
    darkest = LEAST_CODES / 255
    return bool(clipped.max() <= MOST_CLIPPED and mean_code(patch).min() >= darkest)


def require_exposed(patch: Values, max_code: int, what: str) -> None:
    """Raise PlateError for a patch, (n, 3), that is clipped or black."""
    if is_exposed(patch, max_code):
        return
    why = "clipped" if mean_code(patch).max() > 0.5 else "black"
    raise PlateError(
        f"{what}: the patch is {why} (codes {_in_words(patch, max_code)} of "
        f"{max_code}), so its code says nothing about the curve. Choose another pixel."
    )


def _doubts(patch: Values, code: Values, what: str) -> list[str]:
    """Return notes on a patch that is not grey, or not flat."""
    notes = []
    shown = " ".join(f"{value * 255:.0f}" for value in code)
    if np.ptp(code) > MOST_TINT:
        notes.append(f"{what} is not grey (codes {shown} of 255)")
    low, high = np.quantile(patch, (0.1, 0.9), axis=0)
    if (spread := (high - low).max()) > MOST_SPREAD:
        notes.append(f"{what} is not flat (codes differ by {spread * 255:.0f} of 255)")
    return notes


def _in_words(patch: Values, max_code: int) -> str:
    return " ".join(f"{value * max_code:.0f}" for value in mean_code(patch))
