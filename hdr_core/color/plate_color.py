"""From a plate's pixels to the stages and back: alpha, range, working space."""

from dataclasses import replace

import numpy as np

from hdr_core.color.matrices import apply_matrix
from hdr_core.color.spaces import Colors
from hdr_core.errors import PlateError
from hdr_core.execution.scratch import Scratch, bands, extent
from hdr_core.plate import Pixels, Plate


def unpremultiply(plate: Plate, scratch: Scratch | None = None) -> Pixels:
    """Return the encoded pixels of ``plate``, not premultiplied, in [0, 1].

    Args:
        plate: An encoded plate. Pixels outside of [0, 1] are clipped. Color under a
            straight alpha of 0 becomes black (``Plate.visible``).
        scratch: Where new arrays lie; None means in memory.

    Raises:
        PlateError: The plate is not encoded, or holds NaN or infinite pixels.
    """
    name = plate.path or "plate"
    if plate.state != "encoded":
        raise PlateError(f"{name}: is {plate.state} already, nothing to reconstruct.")
    low, high = extent(plate.pixels)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise PlateError(f"{name}: holds NaN or infinite pixels.")
    coverage = coverage_of(plate)
    is_straight = plate.alpha is not None and not plate.is_premultiplied
    if coverage is None and not is_straight and low >= 0.0 and high <= 1.0:
        return plate.pixels
    encoded: Pixels = (scratch or Scratch()).zeros(plate.pixels.shape)
    for band in bands(encoded):
        pixels = plate.visible(band)
        if coverage is not None:
            pixels = pixels / coverage[band][..., None]
        encoded[band] = np.clip(pixels, 0.0, 1.0)
    return encoded


def coverage_of(plate: Plate) -> Pixels | None:
    """Return the factor of premultiplied pixels, (H, W); None if they are not.

    It is alpha, but 1 where alpha is 0.
    """
    if not plate.is_premultiplied or plate.alpha is None:
        return None
    return np.where(plate.alpha > 0.0, plate.alpha, np.float32(1.0))


def to_working_space(
    hdr: Pixels, plate: Plate, *, colors: Colors, stops: float
) -> Plate:
    """Return the result as a plate in the working space.

    Args:
        hdr: Light in the camera's primaries, (H, W, 3), 1 = clip; it is overwritten.
        plate: The encoded plate, whose alpha and metadata the result gets.
        colors: Color spaces of the plate.
        stops: Exposure of the result.
    """
    matrix = colors.camera_to_working * 2.0**stops
    coverage = coverage_of(plate)
    is_scaled = np.array_equal(matrix, np.eye(3) * matrix[0, 0])
    for band in bands(hdr):
        if is_scaled:
            hdr[band] *= np.float32(matrix[0, 0])
        else:
            hdr[band] = apply_matrix(hdr[band], matrix)
        if coverage is not None:
            hdr[band] *= coverage[band][..., None]
    return replace(
        plate,
        pixels=hdr,
        state="hdr",
        space=colors.interop_id,
        bits=None,
        lossy_quality=None,
    )
