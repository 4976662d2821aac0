"""Plates of a known encoding: unclipped pixels are exactly those of OpenColorIO."""

import numpy as np

from hdr_core.color.spaces import Colors
from hdr_core.execution.scratch import bands
from hdr_core.fidelity.promise import Promise
from hdr_core.plate import Plate


def set_plain(hdr: Plate, promise: Promise, colors: Colors) -> None:
    """Set unclipped pixels of ``hdr`` to OpenColorIO's conversion, bit for bit.

    Args:
        hdr: The result in the working space; changed in place.
        promise: The plate, its exposure and its coverage.
        colors: Color spaces; without a known encoding nothing changes.
    """
    if colors.encoding is None:
        return
    gain = np.float32(2.0**promise.exposure_stops)
    clip_code = 1.0 - 0.5 / promise.max_code
    for band in bands(hdr.pixels):
        encoded = promise.encoded[band]
        plain = colors.encoding.to_working(encoded) * gain
        if promise.coverage is not None:
            plain *= promise.coverage[band][..., None]
        is_clipped = (encoded >= clip_code).any(axis=-1, keepdims=True)
        np.copyto(hdr.pixels[band], plain, where=~is_clipped)
