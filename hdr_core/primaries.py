"""Sets of primaries, by name and by chromaticities.

    N = diag(s) P        s P = w        M = N A N709^-1        A = B^-1 diag(d709 / d) B

P  x, y, z of the primaries, in rows  w  XYZ of the white    s  scale of each primary
N  from RGB to XYZ, for rows          B  Bradford's cones    d  cone responses w B
M  from RGB to Linear Rec.709, for rows: ``light @ M``; white stays white

Source: SMPTE RP 177; ICC.1:2022, annex E (Bradford's adaptation).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Chromaticities = tuple[float, ...]
"""x and y of red, green, blue and white: eight numbers."""

D65 = (0.3127, 0.3290)
PRIMARIES: dict[str, Chromaticities] = {
    "rec709": (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *D65),
    "p3d65": (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, *D65),
    "adobergb": (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, *D65),
    "rec2020": (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, *D65),
    "ap1": (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767),
    "ap0": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
    "prophoto": (0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001, 0.3457, 0.3585),
    "p3dci": (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.314, 0.351),
    "rec601-525": (0.63, 0.34, 0.31, 0.595, 0.155, 0.07, *D65),
    "rec601-625": (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *D65),
    "ebu3213": (0.63, 0.34, 0.295, 0.605, 0.155, 0.077, *D65),
    "bt470m": (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316),
    "film": (0.681, 0.319, 0.243, 0.692, 0.145, 0.049, 0.310, 0.316),
}
"""Primaries by the part of a color space's name that the Color Interop Forum gives."""
LABELS = {
    "rec709": "Rec.709",
    "p3d65": "P3-D65",
    "adobergb": "Adobe RGB",
    "rec2020": "Rec.2020",
    "ap1": "AP1",
    "ap0": "AP0",
    "prophoto": "ProPhoto RGB",
    "p3dci": "P3-DCI",
    "rec601-525": "Rec.601 (525 lines)",
    "rec601-625": "Rec.601 (625 lines)",
    "ebu3213": "EBU Tech 3213",
    "bt470m": "BT.470 M",
    "film": "film (H.273)",
}
"""The same names as people write them."""

# Most difference between matrices of one set of primaries: profiles are rounded.
_SAME = 0.01
_BRADFORD = np.array(
    [[0.8951, -0.7502, 0.0389], [0.2664, 1.7135, -0.0685], [-0.1614, 0.0367, 1.0296]]
)


def are_primaries(chromaticities: Sequence[float]) -> bool:
    """Return whether eight numbers can be primaries: finite, and no two on a line."""
    values = np.asarray(chromaticities, np.float64)
    if values.shape != (8,) or not np.isfinite(values).all() or values[7] <= 0.0:
        return False
    red, green, blue, _ = values.reshape(4, 2)
    area = np.linalg.det(np.array([green - red, blue - red]))
    if not (abs(float(area)) > 1e-4 and np.abs(values).max() < 4.0):
        return False
    return bool((_scales(values) > 0.0).all())


def to_rec709(chromaticities: Sequence[float]) -> Matrix:
    """Return M from the light of these primaries to Linear Rec.709, for rows.

    Args:
        chromaticities: x and y of red, green, blue and white (``are_primaries``).
    """
    return np.asarray(
        to_xyz_d65(chromaticities) @ np.linalg.inv(to_xyz_d65(PRIMARIES["rec709"]))
    )


def from_matrix(matrix: Matrix) -> Chromaticities | None:
    """Return the primaries under D65 of a matrix, the reverse of ``to_rec709``.

    Args:
        matrix: M from the light of the primaries to Linear Rec.709, for rows; its rows
            sum to white.

    Returns:
        None if a primary has no chromaticity.
    """
    xyz = np.asarray(matrix) @ REC709_TO_XYZ
    sums = xyz.sum(axis=1)
    if not np.isfinite(xyz).all() or (np.abs(sums) < 1e-6).any():
        return None
    pairs = xyz[:, :2] / sums[:, None]
    return (*(float(value) for value in pairs.ravel()), *D65)


def find_name(chromaticities: Sequence[float]) -> str | None:
    """Return the name in ``PRIMARIES`` of these primaries; None if they have none."""
    matrix = to_rec709(chromaticities)
    differences = {
        name: float(np.abs(to_rec709(known) - matrix).max())
        for name, known in PRIMARIES.items()
    }
    name = min(differences, key=differences.__getitem__)
    return name if differences[name] < _SAME else None


def adapt(xyz: Matrix, white: Sequence[float], to_white: Sequence[float]) -> Matrix:
    """Return XYZ (n, 3) under another white, by Bradford.

    Args:
        xyz: Tristimulus values, one a row.
        white: x and y of their white.
        to_white: x and y of the white of the result.
    """
    ratio = (_xyz(to_white) @ _BRADFORD) / (_xyz(white) @ _BRADFORD)
    return np.asarray(xyz @ _BRADFORD @ np.diag(ratio) @ np.linalg.inv(_BRADFORD))


def to_xyz_d65(chromaticities: Sequence[float]) -> Matrix:
    """Return N from the light of these primaries to XYZ under D65, for rows."""
    values = np.asarray(chromaticities, np.float64)
    scales = _scales(values)
    return adapt(scales[:, None] * _rows(values), (values[6], values[7]), D65)


def _scales(values: Matrix) -> Matrix:
    """Return s: how much of each primary makes the white."""
    white = _xyz((float(values[6]), float(values[7])))
    return np.asarray(np.linalg.solve(_rows(values).T, white), np.float64)


def _rows(values: Matrix) -> Matrix:
    """Return P: x, y and z of each primary."""
    pairs = values[:6].reshape(3, 2)
    return np.column_stack([pairs, 1.0 - pairs.sum(axis=1)]).astype(np.float64)


def _xyz(pair: Sequence[float]) -> Matrix:
    """Return XYZ of a white, Y = 1, by its x and y."""
    x, y = float(pair[0]), float(pair[1])
    return np.array([x, y, 1.0 - x - y]) / y


REC709_TO_XYZ: Matrix = to_xyz_d65(PRIMARIES["rec709"])
"""Linear Rec.709 to XYZ, for rows."""
