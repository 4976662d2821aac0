"""Results as light of a display: its primaries, its white, and the PQ encoding.

    N = pq(min(L w, p) / 10000)

L  scene-linear, 1 = white     w  reference white, cd/m2     p  peak, cd/m2
N  code value in [0, 1]        pq in color/pq.py

MaxCLL is the largest of red, green and blue of all pixels, and MaxFALL the mean of the
largest of each pixel, in cd/m2.

Source: ITU-R BT.2408 (203 cd/m2), CTA-861.3 (MaxCLL).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hdr_core.checks import require_within
from hdr_core.color.pq import PQ_PEAK_NITS, pq
from hdr_core.errors import OptionError, PlateError
from hdr_core.execution.scratch import bands
from hdr_core.plate import Plate
from hdr_core.primaries import PRIMARIES, Chromaticities, to_xyz_d65

BT2020 = PRIMARIES["rec2020"]


@dataclass(frozen=True)
class LightOptions:
    """How bright scene-linear light is on a display.

    Attributes:
        white_nits: Light of scene-linear 1, in cd/m2.
        peak_nits: Largest light, in cd/m2. More is clipped.

    Raises:
        OptionError: A number is out of its range.
    """

    white_nits: float = 203.0
    peak_nits: float = PQ_PEAK_NITS

    def __post_init__(self) -> None:
        """Raise OptionError for values out of their range."""
        require_within(self.white_nits, 1.0, PQ_PEAK_NITS, name="reference-white")
        require_within(self.peak_nits, 1.0, PQ_PEAK_NITS, name="peak")
        if self.peak_nits < self.white_nits:
            raise OptionError(
                f"peak: {self.peak_nits:g} cd/m2 is below the reference white of "
                f"{self.white_nits:g}. Choose a larger one."
            )


class LightLevel(NamedTuple):
    """MaxCLL and MaxFALL in cd/m2, and how many values were above the peak."""

    most_nits: float
    mean_nits: float
    n_clipped: int


def to_primaries(hdr: Plate, primaries: Chromaticities) -> NDArray[np.float64]:
    """Return the matrix from a result's space to primaries under D65, for rows.

    Args:
        hdr: A result in a space of ``INTEROP_IDS``.
        primaries: x and y of red, green, blue and white.

    Raises:
        OptionError: The space has no known primaries.
    """
    name = hdr.space.removeprefix("lin_").removesuffix("_scene")
    to_target = np.linalg.inv(to_xyz_d65(primaries))
    if name == "ciexyzd65":
        return np.asarray(to_target)
    if name not in PRIMARIES:
        raise OptionError(
            f"working space: the primaries of {hdr.space!r} are not known, so no "
            "picture for a display can be made. Choose ACEScg or Linear Rec.709."
        )
    return np.asarray(to_xyz_d65(PRIMARIES[name]) @ to_target)


def pq_codes(
    hdr: Plate, light: LightOptions, max_code: int
) -> tuple[NDArray[np.uint16], LightLevel]:
    """Return a result as PQ codes in BT.2020, (H, W, 3), and its light level.

    Args:
        hdr: The result. Colors outside of BT.2020 are clipped at 0.
        light: Reference white and peak.
        max_code: Largest code: 1023 or 65535.

    Raises:
        OptionError: The space of the result has no known primaries.
        PlateError: The result has NaN or infinite values.
    """
    matrix = to_primaries(hdr, BT2020) * light.white_nits
    codes = np.empty(hdr.pixels.shape, np.uint16)
    most, total, n_clipped = 0.0, 0.0, 0
    for band in bands(hdr.pixels):
        nits = (hdr.pixels[band].astype(np.float64) @ matrix).astype(np.float32)
        if not np.isfinite(nits).all():
            raise PlateError(f"{hdr.path or 'result'}: holds NaN or infinite values.")
        n_clipped += int((nits > light.peak_nits).sum())
        shown = np.clip(nits, 0.0, light.peak_nits)
        brightest = shown.max(axis=2)
        most, total = max(most, float(brightest.max())), total + float(brightest.sum())
        codes[band] = np.rint(pq(shown / np.float32(PQ_PEAK_NITS)) * max_code).astype(
            np.uint16
        )
    return codes, LightLevel(most, total / (hdr.height * hdr.width), n_clipped)
