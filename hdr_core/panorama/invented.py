"""Read from the layers of a result what was invented in it, some rows at a time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.headers.text import error_line
from hdr_core.io.bands import read_rows
from hdr_core.io.rows import LinearRows
from hdr_core.panorama.interval import CURVE_STOPS

NEEDED = ("gain.R", "gain.G", "gain.B", "uncertainty")

Layer = NDArray[np.float64]


class Invented(Protocol):
    """What says how much of a result's light was added.

    Attributes:
        boldness: Quantile of the added light that the artist chose, 0 to 1.
        curve_stops: Error of the estimated curve in stops; 0 for a known encoding.
    """

    @property
    def boldness(self) -> float:
        """Return the quantile of the added light."""

    @property
    def curve_stops(self) -> float:
        """Return the error of the curve in stops."""

    def read(self, rows: slice) -> tuple[Layer, Layer]:
        """Return the gain (n, W, 3) and its uncertainty (n, W) of rows, in stops."""


@dataclass(frozen=True)
class InventedArrays:
    """The same layers in memory.

    Attributes:
        boldness: As in ``Invented``.
        curve_stops: As in ``Invented``.
        gain: Stops of added light, (H, W, 3).
        uncertainty: Its uncertainty in stops, (H, W).
    """

    boldness: float
    curve_stops: float
    gain: NDArray[Any]
    uncertainty: NDArray[Any]

    def read(self, rows: slice) -> tuple[Layer, Layer]:
        """Return the gain (n, W, 3) and its uncertainty (n, W) of rows, in stops."""
        gain, uncertainty = self.gain[rows], self.uncertainty[rows]
        return gain.astype(np.float64), uncertainty.astype(np.float64)


@dataclass(frozen=True)
class InventedRows:
    """The layers ``gain`` and ``uncertainty`` of an open result.

    Attributes:
        boldness: As in ``Invented``.
        curve_stops: As in ``Invented``.
    """

    boldness: float
    curve_stops: float
    _result: LinearRows
    _source: oiio.ImageInput
    _part: int
    _places: tuple[int, ...]

    def read(self, rows: slice) -> tuple[Layer, Layer]:
        """Return the gain (n, W, 3) and its uncertainty (n, W) of rows, in stops.

        Raises:
            PlateError: The rows cannot be read.
        """
        self._source.seek_subimage(self._part, 0)
        spec = self._source.spec()
        found = read_rows(
            self._source, spec, rows.start, rows.stop, oiio.FLOAT, self._part
        )
        if found is None:
            reason = error_line(self._source)
            raise PlateError(f"{self._result.path}: damaged layers ({reason}).")
        values = np.nan_to_num(found[..., self._places].astype(np.float64))
        return values[..., :3], values[..., 3]


@contextmanager
def open_invented(result: LinearRows) -> Iterator[InventedRows | None]:
    """Open the layers of a result that say what was invented.

    Args:
        result: The open light of the file.

    Yields:
        The layers; None if the file has none of its size, or if a light meter has
        calibrated it: what is uncertain then is less, by how much is not known.
    """
    header = {held.name: held.value for held in result.spec.extra_attribs}
    source = None
    if "hdr_core/version" in header and "hdr_core/calibrated_lux" not in header:
        source = oiio.ImageInput.open(str(result.path))
    if source is None:
        error_line(oiio)
        yield None
        return
    try:
        found = _find_part(source, result)
        yield found and InventedRows(
            _boldness(header),
            CURVE_STOPS if "hdr_core/inverse_crf" in header else 0.0,
            result,
            source,
            *found,
        )
    finally:
        error_line(source)  # Otherwise it is printed when the program ends.
        source.close()


def _find_part(
    source: oiio.ImageInput, result: LinearRows
) -> tuple[int, tuple[int, ...]] | None:
    """Return the part with all layers, and their places in it."""
    part = 0
    while source.seek_subimage(part, 0):
        spec = source.spec()
        names = [name.removeprefix("hdr_core.") for name in spec.channelnames]
        window = (spec.x, spec.y, spec.width, spec.height)
        is_whole = window == (0, 0, result.width, result.height)
        if is_whole and set(NEEDED) <= set(names):
            return part, tuple(names.index(name) for name in NEEDED)
        part += 1
    return None


def _boldness(header: dict[str, Any]) -> float:
    try:
        return float(json.loads(header["hdr_core/parameters"])["boldness"])
    except (KeyError, TypeError, ValueError):
        return 0.5
