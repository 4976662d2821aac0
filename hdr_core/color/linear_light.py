"""The encoding of plates whose codes are light already: raw files, linear pictures.

    H = L A        L = codes, 1 = clip

H  scene-linear in the primaries of the networks    A  the plate's primaries to those

No config has the primaries of every sensor, so OpenColorIO has no part in this.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import curve_grid
from hdr_core.color.encoding import Encoding, Matrix
from hdr_core.color.matrices import apply_matrix
from hdr_core.color.own_primaries import own_primaries
from hdr_core.plate import COLOR_SOURCE, CURVE, Plate


@dataclass(frozen=True)
class MatrixConversion:
    """A conversion between linear spaces.

    Attributes:
        matrix: For rows: ``light @ matrix``.
    """

    matrix: Matrix

    def __call__(self, pixels: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return ``pixels`` (..., 3) converted, as new float32 pixels."""
        return apply_matrix(np.asarray(pixels, np.float32), self.matrix)


def linear_encoding(
    plate: Plate, network_to_working: Matrix
) -> tuple[Encoding, str] | None:
    """Return the encoding of a plate whose codes are light, and why.

    Args:
        plate: A plate with the metadata of its file.
        network_to_working: Matrix from the networks' primaries to the working space.

    Returns:
        None if the file does not say that its codes are light.
    """
    if plate.metadata.get(CURVE) != "linear":
        return None
    label, primaries = own_primaries(plate) or ("Rec.709", np.eye(3))
    encoding = Encoding(
        space=f"linear light, primaries of {label}",
        decode=MatrixConversion(primaries),
        to_working=MatrixConversion(primaries @ network_to_working),
        curve=curve_grid(2 * plate.max_code + 1),
        clip_level=1.0,
        to_network=primaries,
    )
    why = f"linear by {plate.metadata.get(COLOR_SOURCE, 'its header')}, clipped at 1"
    return encoding, why
