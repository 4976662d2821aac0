"""Keep the re-shoot promise in the file: tolerance, depth, and the count of breaches.

A result is projected in the primaries of the networks, in float32. The file holds it
in the working space, perhaps in half floats: only what is read back from there may be
counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.crf import Curve
from hdr_core.camera.fidelity import count_violations
from hdr_core.inference.passes import plate_codes
from hdr_core.inference.working_space import matrix_from
from hdr_core.plate import Pixels, Plate

Depth = Literal["half", "float"]
HALF_MAX = 65504.0
# Half floats tell all codes of so many bits apart, whatever the curve.
HALF_BITS = 10
BAND_PX = 256
# Codes by which a decoded JPEG strays from what was encoded, by its quality: the 95th
# percentile over views of the training scenes at 4:2:0, measured by
# benchmarks/jpeg_tolerance.py.
TOLERANCE_BY_QUALITY = (
    (50, 11.0),
    (60, 10.0),
    (75, 9.0),
    (85, 8.0),
    (90, 7.0),
    (92, 6.0),
    (95, 5.0),
    (98, 4.0),
)


def tolerance_for_quality(quality: int) -> float:
    """Return the tolerance, in codes, of a JPEG of ``quality``.

    Measured: 4 codes at quality 98 and above, 11 at 50 and below, linear between.
    """
    qualities, codes = zip(*TOLERANCE_BY_QUALITY, strict=True)
    return float(np.interp(quality, qualities, codes))


def choose_tolerance(plate: Plate, asked: float | None) -> float:
    """Return the tolerance for ``plate``, in codes: what was asked, or by its file."""
    if asked is not None:
        return asked
    if plate.lossy_quality is None:
        return 0.0
    return tolerance_for_quality(plate.lossy_quality)


@dataclass(frozen=True)
class Promise:
    """What a result was promised: to photograph back to its plate.

    Attributes:
        encoded: The plate, (H, W, 3), not premultiplied.
        max_code: Its largest code.
        inverse_crf: g of its camera, (N,).
        tolerance_codes: Codes by which a value may be off.
        exposure_stops: Gain that the result was given.
        coverage: What the result is multiplied by, (H, W); None: nothing.
    """

    encoded: Pixels
    max_code: int
    inverse_crf: Curve
    tolerance_codes: float
    exposure_stops: float
    coverage: Pixels | None = None

    def count_violations(self, hdr: Plate, *, depth: Depth) -> int:
        """Return how many values of ``hdr``, stored so, break the promise."""
        to_network = matrix_from(hdr.space) * 2.0**-self.exposure_stops
        total = 0
        for band in bands(hdr.height):
            light = as_stored(hdr.pixels[band], depth).astype(np.float64)
            if self.coverage is not None:
                light /= self.coverage[band][..., None]
            light = light @ to_network
            total += count_violations(
                light,
                plate_codes(self.encoded[band], self.max_code),
                self.inverse_crf,
                max_code=self.max_code,
                tolerance_codes=self.tolerance_codes,
            )
        return total


def choose_depth(hdr: Plate, promise: Promise | None) -> tuple[Depth, str]:
    """Return the smallest depth which keeps the promise, and why it was chosen.

    Args:
        hdr: The result.
        promise: What it must keep; None: nothing.
    """
    brightest = float(hdr.pixels.max())
    if brightest > HALF_MAX:
        return "float", f"light of {brightest:.0f} is more than half floats hold"
    if promise is None:
        return "half", "no code is promised"
    if promise.max_code >= 2**HALF_BITS:
        return "float", f"half floats do not hold more than {HALF_BITS} bits"
    if n_broken := promise.count_violations(hdr, depth="half"):
        return "float", f"half floats would move {n_broken} values to another code"
    return "half", "half floats keep every code"


def as_stored(pixels: Pixels, depth: Depth) -> Pixels:
    """Return what is read back of ``pixels`` from a file of this depth."""
    if depth == "float":
        return pixels
    halves: NDArray[np.float16] = np.clip(pixels, -HALF_MAX, HALF_MAX).astype(
        np.float16
    )
    return halves.astype(np.float32)


def bands(height: int) -> Iterator[slice]:
    """Yield slices of rows: enough at once to be fast, few enough to be small."""
    for top in range(0, height, BAND_PX):
        yield slice(top, min(top + BAND_PX, height))
