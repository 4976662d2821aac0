"""Read a scene-linear picture a few rows at a time, so that it may be of any size."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from hdr_core.errors import PlateError
from hdr_core.headers.names import require_utf8_name
from hdr_core.headers.radiance import RadianceHeader, read_radiance
from hdr_core.headers.text import error_line
from hdr_core.interop_ids import INTEROP_IDS, NETWORK_SPACE, UNKNOWN_SPACE
from hdr_core.io.bands import read_rows
from hdr_core.plate import Pixels
from hdr_core.primaries import Matrix, are_primaries, find_name, to_rec709

BAND_BYTES = 2**26
_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True)
class LinearRows:
    """An open scene-linear picture.

    Attributes:
        path: Path of the file.
        spec: Header of the file.
        space: Color space by ``colorInteropID``, else by the primaries of
            ``chromaticities``. Light in primaries of no such space is converted when it
            is read. Linear Rec.709 if the file names nothing.
        notes: What was done to the values, one phrase each.
    """

    path: Path
    spec: oiio.ImageSpec
    space: str
    notes: tuple[str, ...]
    _source: oiio.ImageInput
    _places: tuple[int, int, int]
    _to_space: Matrix | None = None
    _flips: tuple[bool, bool] = (False, False)

    @property
    def height(self) -> int:
        """Rows of the display window."""
        return int(self.spec.full_height)

    @property
    def width(self) -> int:
        """Columns of the display window."""
        return int(self.spec.full_width)

    def read(self, rows: slice) -> Pixels:
        """Return ``rows`` of the display window, upright, as (n, W, 3) float32.

        Outside of the data window light is 0.

        Raises:
            PlateError: The rows cannot be read, or have NaN or infinite values.
        """
        spec, start, stop = self.spec, rows.start, rows.stop
        has_flipped_rows, has_flipped_columns = self._flips
        if has_flipped_rows:
            start, stop = self.height - stop, self.height - start
        light = np.zeros((stop - start, self.width, 3), np.float32)
        first = max(spec.full_y + start, spec.y)
        last = min(spec.full_y + stop, spec.y + spec.height)
        left = max(spec.full_x, spec.x)
        right = min(spec.full_x + spec.full_width, spec.x + spec.width)
        if first < last and left < right:
            data = self._data(first, last)[:, left - spec.x : right - spec.x]
            top, side = first - spec.full_y - start, left - spec.full_x
            light[top : top + len(data), side : side + data.shape[1]] = data
        light = light[::-1] if has_flipped_rows else light
        return np.ascontiguousarray(light[:, ::-1] if has_flipped_columns else light)

    def _data(self, first: int, last: int) -> Pixels:
        """Return rows of the data window, (n, W, 3)."""
        band = read_rows(self._source, self.spec, first, last, oiio.FLOAT)
        if band is None:
            reason = error_line(self._source)
            raise PlateError(f"{self.path}: damaged or cut short ({reason}).")
        light = np.ascontiguousarray(band[..., self._places], dtype=np.float32)
        if not np.isfinite(light).all():
            raise PlateError(f"{self.path}: holds NaN or infinite light. Repair it.")
        if self._to_space is not None:
            light = np.asarray(light @ self._to_space, dtype=np.float32)
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
                if read_rows(source, spec, top, bottom, part=part) is None:
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
    _require_rgbe(path)
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
        numbers = spec.get("chromaticities")
        scale, notes = None, _window_notes(spec)
        if source.format_name() == "hdr":
            header = read_radiance(path)
            numbers = header.primaries
            scale = _scale_of(header, notes)
        space, matrix = _space_of(path, spec, numbers)
        if scale is not None:
            matrix = scale if matrix is None else scale @ matrix
        flips = _flips_of(path, spec, notes)
        yield LinearRows(path, spec, space, tuple(notes), source, places, matrix, flips)
    finally:
        source.close()


def _window_notes(spec: oiio.ImageSpec) -> list[str]:
    """Return a note if the picture is not the whole of its display window."""
    data = (spec.x, spec.y, spec.width, spec.height)
    full = (spec.full_x, spec.full_y, spec.full_width, spec.full_height)
    if data == full:
        return []
    return [
        f"data window {data[2]}x{data[3]} in a display window of {full[2]}x{full[3]}: "
        "black outside"
    ]


def _require_rgbe(path: Path) -> None:
    """Raise PlateError for XYZ, which OpenImageIO reports as a missing format."""
    with path.open("rb") as file:
        is_radiance = file.read(2) == b"#?"
    if is_radiance and read_radiance(path).is_xyz:
        raise PlateError(
            f"{path}: Radiance HDR of XYZ, which is not read here. Convert it to RGB: "
            "ra_xyze -r."
        )


def _scale_of(header: RadianceHeader, notes: list[str]) -> Matrix | None:
    """Return the scale of a Radiance picture as a matrix; None if it is 1."""
    if header.divisors == (1.0, 1.0, 1.0):
        return None
    shown = " ".join(f"{part:g}" for part in dict.fromkeys(header.divisors))
    notes.append(f"divided by its exposure {shown}")
    return np.diag(1.0 / np.array(header.divisors))


def _flips_of(path: Path, spec: oiio.ImageSpec, notes: list[str]) -> tuple[bool, bool]:
    """Return whether rows, and columns, are stored the other way round."""
    turn = spec.get_int_attribute("Orientation", 1)
    if turn in _SIDEWAYS:
        raise PlateError(
            f"{path}: lies on its side (orientation {turn}). Turn it upright first."
        )
    if turn in {2, 3, 4}:
        notes.append(f"turned upright (orientation {turn})")
    return turn in {3, 4}, turn in {2, 3}


def _space_of(
    path: Path, spec: oiio.ImageSpec, numbers: Sequence[float] | None
) -> tuple[str, Matrix | None]:
    """Return the interop ID of the color space, and a matrix to it if one is needed.

    Raises:
        PlateError: The chromaticities cannot be those of light.
    """
    named = spec.get_string_attribute("colorInteropID")
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
