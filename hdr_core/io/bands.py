"""Read some rows of an open picture, whether it is stored by scanlines or by tiles."""

from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

BAND_ROWS = 64


def read_rows(
    source: oiio.ImageInput,
    spec: oiio.ImageSpec,
    first: int,
    last: int,
    kind: oiio.TypeDesc | oiio.BASETYPE = oiio.UNKNOWN,
    part: int = 0,
) -> NDArray[Any] | None:
    """Return rows ``first`` to ``last`` - 1 of the data window; None: unreadable.

    Args:
        source: The open reader.
        spec: Header of the part.
        first: Number of the first row, counted as in ``spec.y``.
        last: Number after the last row.
        kind: Number type of the result; as stored by default.
        part: Number of the part of the file.

    Returns:
        (n, W, C).
    """
    if not spec.tile_width:
        found = source.read_scanlines(
            part, 0, first, last, spec.z, 0, spec.nchannels, kind
        )
        shape = (last - first, spec.width, spec.nchannels)
        return None if found is None else np.asarray(found).reshape(shape)
    # Tiles can be read as a whole only.
    step, end = spec.tile_height, spec.y + spec.height
    top = first - (first - spec.y) % step
    bottom = min(last + -(last - spec.y) % step, end)
    edges = (spec.x, spec.x + spec.width, top, bottom, spec.z, spec.z + 1)
    found = source.read_tiles(part, 0, *edges, 0, spec.nchannels, kind)
    if found is None:
        return None
    rows = np.asarray(found).reshape(bottom - top, spec.width, spec.nchannels)
    return rows[first - top : last - top]


def read_into(source: oiio.ImageInput, samples: NDArray[Any]) -> NDArray[Any] | None:
    """Fill ``samples`` (H, W, C) band by band; return None if they cannot be read.

    Args:
        source: The open reader; its first picture is read, as stored.
        samples: Of the size and number type of the picture.
    """
    spec = source.spec()
    step = spec.tile_height or BAND_ROWS
    for top in range(0, spec.height, step):
        bottom = min(top + step, spec.height)
        band = read_rows(source, spec, spec.y + top, spec.y + bottom)
        if band is None:
            return None
        samples[top:bottom] = band
    return samples
