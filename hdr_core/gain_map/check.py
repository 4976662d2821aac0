"""Refuse gain maps that mean nothing, with one line that says why."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.headers.icc import read_profile
from hdr_core.known_light import GainFormula
from hdr_core.primaries import PRIMARIES, Chromaticities, to_rec709

# Stops beyond which a gain is taken for damage: a sun is 17 stops over a white wall.
MOST_STOPS = 24.0
_SAME = 2e-3


def faulty(path: Path, reason: str) -> PlateError:
    """Return the error for a gain map that cannot be used.

    Args:
        path: Path of the file.
        reason: What is wrong, as a phrase.
    """
    return PlateError(
        f"{path}: {reason}. Choose --gain-map ignore to convert the base alone."
    )


def require_sound(path: Path, formula: GainFormula) -> None:
    """Raise unless all numbers of a formula are finite and can be meant.

    Args:
        path: Path of the file.
        formula: Formula of its gain map.

    Raises:
        PlateError: A headroom is 0 or not finite, a gamma is not positive, the
            largest gain is below the least, or an offset is negative.
    """
    headrooms = (formula.base_headroom, formula.alternate_headroom)
    triples = {
        "least gain": formula.least,
        "largest gain": formula.most,
        "gamma": formula.gamma,
        "base offset": formula.base_offset,
        "alternate offset": formula.alternate_offset,
        "headrooms": headrooms,
    }
    for name, values in triples.items():
        if not all(math.isfinite(value) for value in values):
            shown = ", ".join(f"{value:g}" for value in values)
            raise faulty(path, f"the {name} of its gain map is {shown}")
    if headrooms[0] == headrooms[1]:
        shown = f"{max(headrooms):g} stops for base and alternate"
        raise faulty(path, f"the headroom of its gain map is {shown}, which is not HDR")
    if min(formula.gamma) <= 0.0:
        raise faulty(path, f"the gamma of its gain map is {min(formula.gamma):g}")
    if formula.is_base_larger:
        return
    pairs = zip(formula.least, formula.most, strict=True)
    if any(least > most for least, most in pairs):
        raise faulty(path, "the least gain of its map is above the largest one")
    if max(*formula.most, -min(formula.least)) > MOST_STOPS:
        raise faulty(path, f"its gain map has gains beyond {MOST_STOPS:g} stops")


def profile_primaries(profile: bytes) -> Chromaticities:
    """Return the primaries of an ICC profile; of one without a matrix, Rec.709."""
    return read_profile(profile).primaries or PRIMARIES["rec709"]


def to_alternate(
    base: Chromaticities, alternate: Chromaticities
) -> NDArray[np.float64] | None:
    """Return the matrix from the base's primaries to the alternate's, for rows.

    Args:
        base: x and y of the base's red, green, blue and white.
        alternate: The same of the primaries in which the gain counts.

    Returns:
        None if the primaries are the same.
    """
    matrix = to_rec709(base) @ np.linalg.inv(to_rec709(alternate))
    is_same = np.abs(matrix - np.eye(3)).max() < _SAME
    return None if is_same else np.asarray(matrix, np.float64)
