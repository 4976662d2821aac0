"""Rows of a scene-linear picture from disk, a few at a time: size does not matter."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from hdr_core.errors import PlateError
from hdr_core.io.decode import one_line
from hdr_core.plate import Pixels

BAND_BYTES = 2**26


@dataclass(frozen=True)
class LinearRows:
    """A scene-linear picture that is open.

    Attributes:
        path: The file.
        spec: Its header.
        space: Its color space by ``colorInteropID``, or what the format implies.
    """

    path: Path
    spec: oiio.ImageSpec
    space: str
    _source: oiio.ImageInput
    _places: tuple[int, int, int]

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.spec.height)

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.spec.width)

    def read(self, rows: slice) -> Pixels:
        """Return ``rows`` as (n, W, 3) float32.

        Raises:
            PlateError: They cannot be read, or hold NaN or infinite values.
        """
        first, last = self.spec.y + rows.start, self.spec.y + rows.stop
        band = self._source.read_scanlines(
            0, 0, first, last, 0, 0, self.spec.nchannels, oiio.FLOAT
        )
        if band is None:
            reason = one_line(self._source.geterror())
            raise PlateError(f"{self.path}: damaged or cut short ({reason}).")
        light = np.asarray(band).reshape(-1, self.width, self.spec.nchannels)
        light = np.ascontiguousarray(light[..., self._places], dtype=np.float32)
        if not np.isfinite(light).all():
            raise PlateError(f"{self.path}: holds NaN or infinite light. Repair it.")
        return light

    def bands(self) -> Iterator[slice]:
        """Yield slices of rows that are small enough to hold in memory."""
        n_rows = max(1, BAND_BYTES // (4 * self.width * self.spec.nchannels))
        for top in range(0, self.height, n_rows):
            yield slice(top, min(top + n_rows, self.height))


@contextmanager
def open_linear(path: Path) -> Iterator[LinearRows]:
    """Give the first picture of a scene-linear file, EXR or Radiance HDR.

    Raises:
        PlateError: No such file, no picture, no R, G, B, or not scene-linear.
    """
    if not path.is_file():
        raise PlateError(f"{path}: no such file. Check the name.")
    source = oiio.ImageInput.open(str(path))
    if source is None:
        reason = one_line(oiio.geterror())
        raise PlateError(f"{path}: not a readable picture ({reason}).")
    try:
        spec = source.spec()
        if source.format_name() not in {"openexr", "hdr"}:
            raise PlateError(
                f"{path}: {source.format_name()} holds no light above clip. "
                "Give the EXR that hdr-core convert made of it."
            )
        names = [name.upper() for name in spec.channelnames]
        if not {"R", "G", "B"} <= set(names):
            raise PlateError(f"{path}: no channels R, G, B, found {', '.join(names)}.")
        places = names.index("R"), names.index("G"), names.index("B")
        space = spec.get_string_attribute("colorInteropID") or "lin_rec709_scene"
        yield LinearRows(path, spec, space, source, places)
    finally:
        source.close()
