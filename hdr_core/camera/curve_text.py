"""Write a curve as text for a file header, and read it again."""

import base64

import numpy as np

from hdr_core.camera.curves import Curve
from hdr_core.errors import PlateError

CURVE_PREFIX = "float32le:base64:"


def pack_curve(curve: Curve) -> str:
    """Return all samples of a curve (N,) as text, exact in float32."""
    samples = np.ascontiguousarray(curve, dtype="<f4").tobytes()
    return CURVE_PREFIX + base64.b64encode(samples).decode("ascii")


def unpack_curve(text: str) -> Curve:
    """Return the samples of a curve, (N,), that ``pack_curve`` wrote.

    Raises:
        PlateError: ``text`` is not such a curve, or is damaged.
    """
    if not text.startswith(CURVE_PREFIX):
        raise PlateError(f"header: no curve, found {text[:24]!r}.")
    try:
        samples = base64.b64decode(text.removeprefix(CURVE_PREFIX), validate=True)
        return np.frombuffer(samples, dtype="<f4").astype(np.float64)
    except ValueError as error:
        raise PlateError(f"header: damaged curve ({error}).") from error
