"""Read a result for a page: its light, its layers and its plate, at a size that fits.

A result of ``hdr-core convert`` has layers and a header that says how it was made. Any
other scene-linear picture with R, G, B has only its light.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.errors import ColorError, PlateError
from hdr_core.headers.text import error_line
from hdr_core.io.read import read_plate
from hdr_core.io.rows import LinearRows, open_linear
from hdr_core.panorama.irradiance import to_rec709
from hdr_core.plate import Pixels, Plate

Layer = NDArray[np.float32]
# Layers that a page shows. The brightest channel counts where a layer has three.
LAYERS = ("mask", "gain", "uncertainty", "light_source")


@dataclass(frozen=True)
class Result:
    """A result, ready to be shown.

    Attributes:
        path: Path of the file.
        light: Scene-linear in the file's space, (H, W, 3).
        space: The space, by its interop ID.
        to_rec709: Matrix to Linear Rec.709, for rows of light.
        header: Attributes of the file, by name.
        layers: Layers of the file or beside it, (H, W), by name.
        reduced: Side of the square of pixels that became one pixel here; 1: none.
        size: Columns and rows of the file.
        notes: What was assumed.
    """

    path: Path
    light: Pixels
    space: str
    to_rec709: NDArray[np.float64]
    header: Mapping[str, Any]
    layers: Mapping[str, Layer]
    reduced: int
    size: tuple[int, int]
    notes: tuple[str, ...] = field(default=())

    @property
    def clip(self) -> float:
        """Light of the largest code in the file: the clip level, with exposure."""
        level = float(self.header.get("hdr_core/clip_level", 1.0))
        stops = float(self.parameters.get("exposure_stops") or 0.0)
        return float(level * 2.0**stops)

    @property
    def parameters(self) -> dict[str, Any]:
        """The options of the conversion; empty for files of other programs."""
        try:
            found = json.loads(self.header.get("hdr_core/parameters", "{}"))
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def read_result(path: Path, *, largest_px: int) -> Result:
    """Read a result, with the layers in the file or in files beside it.

    Args:
        path: A scene-linear EXR or Radiance HDR file.
        largest_px: Longest side. A larger picture is reduced by a whole number: each
            pixel is the mean of a square.

    Raises:
        PlateError: The file is missing, damaged, not scene-linear, or not RGB.
    """
    with open_linear(path) as rows:
        reduced = -(-max(rows.width, rows.height) // largest_px)
        light = _read_reduced(rows, reduced)
        header = {held.name: held.value for held in rows.spec.extra_attribs}
        space, size = rows.space, (rows.width, rows.height)
    matrix, notes = _matrix(space)
    if reduced > 1:
        notes.append(f"shown at 1/{reduced} of {size[0]}x{size[1]}")
    return Result(
        path=path,
        light=light,
        space=space,
        to_rec709=matrix,
        header=header,
        layers=_read_layers(path, size, reduced),
        reduced=reduced,
        size=size,
        notes=tuple(notes),
    )


def read_codes(path: Path, result: Result) -> tuple[NDArray[np.uint16], Plate]:
    """Return the codes of a plate, (H, W, 3), at the size of its result.

    Raises:
        PlateError: The plate cannot be read, or has another size than the result.
    """
    code = result.header.get("hdr_core/clip_code")
    plate = read_plate(path, force=True).clipped_at(None if code is None else int(code))
    if (plate.width, plate.height) != result.size:
        raise PlateError(
            f"{path}: is {plate.width}x{plate.height}, but {result.path} is "
            f"{result.size[0]}x{result.size[1]}. Give the plate of this result."
        )
    codes = reduce(plate.pixels, result.reduced) * plate.max_code
    return np.rint(codes).astype(np.uint16), plate


def reduce(pixels: Pixels, side: int) -> Pixels:
    """Return the means of squares of ``side`` pixels; the last may be smaller."""
    if side == 1:
        return pixels
    height, width = pixels.shape[:2]
    down, across = np.arange(0, height, side), np.arange(0, width, side)
    total = np.add.reduceat(pixels.astype(np.float64), down, axis=0)
    total = np.add.reduceat(total, across, axis=1)
    n_rows = np.minimum(side, height - down)[:, None]
    n_pixels = n_rows * np.minimum(side, width - across)[None]
    shape = n_pixels.shape + (1,) * (pixels.ndim - 2)
    return np.asarray(total / n_pixels.reshape(shape), np.float32)


def _read_reduced(rows: LinearRows, side: int) -> Pixels:
    """Return a picture reduced by ``side``, read a band of rows at a time."""
    if side == 1:
        return rows.read(slice(0, rows.height))
    step = side * max(1, 2**22 // (rows.width * side))
    tops = range(0, rows.height, step)
    return np.concatenate(
        [
            reduce(rows.read(slice(top, min(top + step, rows.height))), side)
            for top in tops
        ]
    )


def _matrix(space: str) -> tuple[NDArray[np.float64], list[str]]:
    """Return the matrix to Rec.709, and a note if the space is not known."""
    try:
        unit = np.eye(3, dtype=np.float32)[None]
        return np.asarray(to_rec709(unit, space)[0], np.float64), []
    except ColorError:
        note = f"the color space {space!r} is not known: shown as Linear Rec.709"
        return np.eye(3), [note]


def _read_layers(path: Path, size: tuple[int, int], side: int) -> dict[str, Layer]:
    """Return the layers of a file, and those in files beside it."""
    found = _layers_in(path, size, side)
    for name in LAYERS:
        beside = path.with_name(f"{path.stem}_{name}.exr")
        if name not in found and beside.is_file():
            layers = _layers_in(beside, size, side, name=name)
            found |= {name: layers[name]} if name in layers else {}
    return found


def _layers_in(
    path: Path, size: tuple[int, int], side: int, *, name: str | None = None
) -> dict[str, Layer]:
    """Return the layers in the parts of one file.

    Args:
        path: Path of the file.
        size: Columns and rows of the result; parts of other sizes are left out.
        side: How much layers are reduced.
        name: Layer that all channels belong to; None: their names say it.
    """
    source = oiio.ImageInput.open(str(path))
    if source is None:
        raise PlateError(f"{path}: not a readable picture ({error_line(oiio)}).")
    found: dict[str, Layer] = {}
    try:
        part = 0
        while source.seek_subimage(part, 0):
            spec = source.spec()
            places = _places(spec.channelnames, name)
            if places and (spec.width, spec.height) == size:
                found |= _read_part(source, part, places, side)
            part += 1
    finally:
        error_line(source)  # Otherwise it is printed when the program ends.
        source.close()
    return found


def _places(channels: tuple[str, ...], name: str | None) -> dict[str, list[int]]:
    """Return the places of each layer's channels: ``gain.R``, ``hdr_core.mask``."""
    found: dict[str, list[int]] = {}
    for place, channel in enumerate(channels):
        words = channel.split(".")
        layer = name or next((word for word in words if word in LAYERS), None)
        if layer is not None:
            found.setdefault(layer, []).append(place)
    return found


def _read_part(
    source: oiio.ImageInput, part: int, places: Mapping[str, list[int]], side: int
) -> dict[str, Layer]:
    """Return layers of one part; the largest channel of each."""
    read = source.read_image(part, 0, 0, source.spec().nchannels, oiio.FLOAT)
    if read is None:
        raise PlateError(f"damaged layers ({error_line(source)}). Convert it again.")
    values = np.nan_to_num(np.asarray(read, np.float32))
    values = values.reshape(source.spec().height, source.spec().width, -1)
    return {
        layer: reduce(np.ascontiguousarray(values[..., held].max(axis=2)), side)
        for layer, held in places.items()
    }
