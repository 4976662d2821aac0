"""Read a scene-linear picture a few rows at a time, so that it may be of any size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from hdr_core.errors import PlateError
from hdr_core.headers.names import require_utf8_name
from hdr_core.headers.text import error_line
from hdr_core.interop_ids import INTEROP_IDS, NETWORK_SPACE, UNKNOWN_SPACE
from hdr_core.plate import Pixels
from hdr_core.primaries import Matrix, are_primaries, find_name, to_rec709

BAND_BYTES = 2**26


@dataclass(frozen=True)
class LinearRows:
    """An open scene-linear picture.

    Attributes:
        path: Path of the file.
        spec: Header of the file.
        space: Color space by ``colorInteropID``, else by the primaries of
            ``chromaticities``. Light in primaries of no such space is converted when it
            is read. Linear Rec.709 if the file names nothing.
    """

    path: Path
    spec: oiio.ImageSpec
    space: str
    _source: oiio.ImageInput
    _places: tuple[int, int, int]
    _to_rec709: Matrix | None = None

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return int(self.spec.height)

    @property
    def width(self) -> int:
        """Columns of the picture."""
        return int(self.spec.width)

    def read(self, rows: slice) -> Pixels:
        """Return ``rows`` as (n, W, 3) float32.

        Raises:
            PlateError: The rows cannot be read, or have NaN or infinite values.
        """
        first, last = self.spec.y + rows.start, self.spec.y + rows.stop
        band = self._source.read_scanlines(
            0, 0, first, last, 0, 0, self.spec.nchannels, oiio.FLOAT
        )
        if band is None:
            reason = error_line(self._source)
            raise PlateError(f"{self.path}: damaged or cut short ({reason}).")
        light = np.asarray(band).reshape(-1, self.width, self.spec.nchannels)
        light = np.ascontiguousarray(light[..., self._places], dtype=np.float32)
        if not np.isfinite(light).all():
            raise PlateError(f"{self.path}: holds NaN or infinite light. Repair it.")
        if self._to_rec709 is not None:
            light = np.asarray(light @ self._to_rec709, dtype=np.float32)
        return light

    def bands(self) -> Iterator[slice]:
        """Yield slices of rows that are small enough to hold in memory."""
        n_rows = max(1, BAND_BYTES // (4 * self.width * self.spec.nchannels))
        for top in range(0, self.height, n_rows):
            yield slice(top, min(top + n_rows, self.height))


def read_through(path: Path) -> dict[str, Any]:
    """Decode all of a picture file, band by band, and return its attributes.

    It raises for missing chunks, for which OpenEXR's reader only warns.

    Args:
        path: Path of the file.

    Returns:
        Attributes of the first part, by name.

    Raises:
        PlateError: The file does not exist, is not a picture, or is damaged.
    """
    source = _open(path)
    attributes = {held.name: held.value for held in source.spec().extra_attribs}
    try:
        part = 0
        while source.seek_subimage(part, 0):
            spec = source.spec()
            n_rows = max(1, BAND_BYTES // (4 * spec.width * spec.nchannels))
            for top in range(spec.y, spec.y + spec.height, n_rows):
                bottom = min(top + n_rows, spec.y + spec.height)
                band = source.read_scanlines(
                    part, 0, top, bottom, 0, 0, spec.nchannels, oiio.UNKNOWN
                )
                if band is None:
                    reason = error_line(source)
                    raise PlateError(f"{path}: damaged or cut short ({reason}).")
            part += 1
    finally:
        error_line(source)  # Otherwise it is printed when the program ends.
        source.close()
    return attributes


def _open(path: Path) -> oiio.ImageInput:
    require_utf8_name(path)
    if not path.is_file():
        raise PlateError(f"{path}: no such file. Check the name.")
    source = oiio.ImageInput.open(str(path))
    if source is None:
        reason = error_line(oiio)
        raise PlateError(f"{path}: not a readable picture ({reason}).")
    return source


@contextmanager
def open_linear(path: Path) -> Iterator[LinearRows]:
    """Open the first picture of a scene-linear EXR or Radiance HDR file.

    Args:
        path: Path of the file.

    Yields:
        The picture, which is closed afterwards.

    Raises:
        PlateError: The file does not exist, is not scene-linear, or has no R, G, B.
    """
    source = _open(path)
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
        space, matrix = _space_of(path, spec)
        yield LinearRows(path, spec, space, source, places, matrix)
    finally:
        source.close()


def _space_of(path: Path, spec: oiio.ImageSpec) -> tuple[str, Matrix | None]:
    """Return the interop ID of the color space, and a matrix to it if one is needed.

    Raises:
        PlateError: The chromaticities cannot be those of light.
    """
    named = spec.get_string_attribute("colorInteropID")
    numbers = spec.get("chromaticities")
    if (named and named != UNKNOWN_SPACE) or numbers is None:
        return named or NETWORK_SPACE, None
    if not are_primaries(numbers):
        found = " ".join(f"{number:g}" for number in numbers)
        raise PlateError(
            f"{path}: chromaticities {found}, which are no primaries. Correct the "
            "attribute, or remove it."
        )
    space = f"lin_{find_name(numbers)}_scene"
    if space in INTEROP_IDS:
        return space, None
    return NETWORK_SPACE, to_rec709(numbers)
