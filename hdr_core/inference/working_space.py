"""From the primaries of the networks to the artist's, and back."""

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import OptionError
from hdr_core.plate import Pixels

NETWORK_SPACE = "lin_rec709_scene"
# Every name by which a working space may be asked for, in lower case.
NAMES = {
    "lin_rec709_scene": "lin_rec709_scene",
    "linear rec.709": "lin_rec709_scene",
    "linear rec.709 (srgb)": "lin_rec709_scene",
    "lin_ap1_scene": "lin_ap1_scene",
    "acescg": "lin_ap1_scene",
}


def resolve_space(name: str) -> str:
    """Return the interop ID of the working space called ``name``, in any case.

    Raises:
        OptionError: No such working space.
    """
    if name.lower() not in NAMES:
        raise OptionError(
            f"working-space: unknown {name!r}. Choose lin_rec709_scene "
            "(Linear Rec.709) or lin_ap1_scene (ACEScg)."
        )
    return NAMES[name.lower()]


def to_space(pixels: Pixels, space: str) -> Pixels:
    """Return scene-linear ``pixels`` (H, W, 3) of the networks in a working space."""
    if space == NETWORK_SPACE:
        return pixels
    # Starting OpenColorIO costs time, and only other spaces need it.
    from hdr_core.color.ocio import convert  # noqa: PLC0415

    return convert(pixels, source=NETWORK_SPACE, target=space)


def matrix_from(space: str) -> NDArray[np.float64]:
    """Return M with ``pixels @ M`` from a working space back to the networks'."""
    forward = to_space(np.eye(3, dtype=np.float32)[None], space)[0]
    return np.asarray(np.linalg.inv(forward.astype(np.float64)))
