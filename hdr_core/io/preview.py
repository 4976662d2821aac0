"""Previews of a result: 8-bit PNGs at several exposures, without tone mapping.

    code = rint(255 * srgb(clip(hdr * 2**stops, 0, 1)))

White pixels are at or above display white at their exposure. Plates are large, so a
band of rows is processed at a time, which changes no code.

The pictures of a contact sheet are reduced by averaging the light of the display,
after the clip. An average of the scene's light before the clip would make the area
around each lamp white, where plate and result are equal.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.camera.responses import inverse_srgb, srgb
from hdr_core.errors import OutputError, PlateError, ShapeError
from hdr_core.headers.text import error_line
from hdr_core.io.atomic import advice, require_free, whole_file
from hdr_core.plate import Pixels

Codes = NDArray[np.uint8]
Light = NDArray[np.float64]

STOPS = (0.0, -3.0, -6.0)
_GAP_PX = 8
_GROUND = 38
_LABEL_PX = 28
_BAND_PIXELS = 2**14


def write_exposures(
    stem: Path, hdr: Pixels, *, stops: Sequence[float] = STOPS, overwrite: bool = False
) -> list[Path]:
    """Write one PNG for each exposure.

    Args:
        stem: Path without suffix: ``out/lamp`` gives ``out/lamp_ev-3.png``.
        hdr: Linear Rec.709 (H, W, 3).
        stops: Exposures, one file for each.
        overwrite: Replace existing files.

    Returns:
        Paths of the files. All are checked before the first file is written.

    Raises:
        OutputError: A file exists or cannot be written.
        PlateError: ``hdr`` has NaN or infinite values.
        ShapeError: ``hdr`` is not (H, W, 3).
    """
    _require_picture(hdr, "hdr")
    paths = [stem.with_name(f"{stem.name}_ev{stop:+g}.png") for stop in stops]
    for path in paths:
        require_free(path, overwrite=overwrite)
    for path, stop in zip(paths, stops, strict=True):
        bands = (_expose_band(band, stop) for band in _bands(hdr))
        _write_png(path, bands, size=hdr.shape[:2], overwrite=overwrite)
    return paths


def write_contact_sheet(
    path: Path,
    plate: Pixels,
    hdr: Pixels,
    *,
    stops: Sequence[float] = STOPS,
    columns: int = 2,
    cell_width_px: int = 640,
    overwrite: bool = False,
) -> Path:
    """Write the plate and the exposures of its result side by side, as one PNG.

    Args:
        path: Path of the PNG.
        plate: Encoded (H, W, 3) in [0, 1], shown without change.
        hdr: Linear Rec.709 (H, W, 3) of the same size.
        stops: Exposures, shown after the plate.
        columns: Pictures in a row.
        cell_width_px: Width to which wider pictures are reduced, by averaging the
            light of a display. Narrower pictures are not enlarged.
        overwrite: Replace an existing file.

    Raises:
        OutputError: The file exists or cannot be written.
        PlateError: An image has NaN or infinite values.
        ShapeError: Not (H, W, 3), or plate and result differ in size.
    """
    _require_picture(plate, "plate")
    _require_picture(hdr, "hdr")
    if plate.shape != hdr.shape:
        raise ShapeError(f"hdr: needs {plate.shape}, found {hdr.shape}.")
    if plate.shape[1] <= cell_width_px:
        pictures = [_to_codes(plate), *(expose(hdr, s) for s in stops)]
    else:
        pictures = [_reduce(plate, _plate_light, cell_width_px)]
        pictures += [_reduce(hdr, _light_at(s), cell_width_px) for s in stops]
    labels = ["plate", *(f"{s:+g} stops" for s in stops)]
    sheet = _tile(list(map(_label, pictures, labels)), max(1, columns))
    _write_png(path, [sheet], size=sheet.shape[:2], overwrite=overwrite)
    return path


def expose(hdr: Pixels, stops: float) -> Codes:
    """Return ``hdr`` as codes of an sRGB display.

    Args:
        hdr: Linear Rec.709 (H, W, 3).
        stops: Exposure.
    """
    codes = np.empty(hdr.shape, np.uint8)
    for band, shown in zip(_bands(hdr), _bands(codes), strict=True):
        shown[:] = _expose_band(band, stops)
    return codes


def _require_picture(values: Pixels, name: str) -> None:
    """Raise unless ``values`` are finite and (H, W, 3)."""
    if values.ndim != 3 or values.shape[2] != 3 or 0 in values.shape:
        raise ShapeError(f"{name}: needs (H, W, 3), found {values.shape}.")
    if not all(np.isfinite(band).all() for band in _bands(values)):
        raise PlateError(f"{name}: NaN or infinite values cannot be shown.")


def _bands(picture: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Return views of a picture (H, W, ...), each of a few rows, from the top."""
    rows = max(1, _BAND_PIXELS // max(1, picture.shape[1]))
    return (picture[y : y + rows] for y in range(0, len(picture), rows))


def _expose_band(hdr: Pixels, stops: float) -> Codes:
    return _to_codes(srgb(_light_at(stops)(hdr)))


def _light_at(stops: float) -> Callable[[Pixels], Light]:
    """Return the function from scene-linear to display light in [0, 1]."""
    return lambda hdr: np.clip(hdr.astype(np.float64) * 2.0**stops, 0.0, 1.0)


def _plate_light(plate: Pixels) -> Light:
    """Return the light of a display, [0, 1], that shows an encoded plate."""
    return inverse_srgb(np.clip(plate.astype(np.float64), 0.0, 1.0))


def _to_codes(encoded: NDArray[Any]) -> Codes:
    """Return 8-bit codes of encoded values."""
    codes: Codes = np.rint(np.clip(encoded, 0.0, 1.0) * 255.0).astype(np.uint8)
    return codes


def _reduce(picture: Pixels, light: Callable[[Pixels], Light], width_px: int) -> Codes:
    """Return a picture reduced to a width: codes of the mean light of each area.

    A pixel that lies partly in an area counts by its share.
    """
    height, width, _ = picture.shape
    rows = np.linspace(0, height, max(1, round(height * width_px / width)) + 1)
    columns = np.linspace(0, width, width_px + 1)
    small = np.empty((len(rows) - 1, width_px, 3), np.uint8)
    for line, (top, bottom) in zip(small, pairwise(rows), strict=True):
        first, last = int(top), ceil(bottom)
        y = np.arange(first, last)
        share = np.minimum(y + 1, bottom) - np.maximum(y, top)
        mean = np.tensordot(share / share.sum(), light(picture[first:last]), axes=1)
        total = np.cumsum(np.vstack([np.zeros(3), mean]), axis=0)
        x = np.arange(width + 1)
        until = np.stack([np.interp(columns, x, one) for one in total.T], axis=1)
        line[:] = _to_codes(srgb(np.diff(until, axis=0) / np.diff(columns)[:, None]))
    return small


def _label(picture: Codes, text: str) -> Codes:
    """Return a picture under its label."""
    strip = np.full((_LABEL_PX, picture.shape[1], 3), _GROUND, np.uint8)
    titled = _buffer(strip)
    # Without a font the strip stays empty; this is not worth an error.
    oiio.ImageBufAlgo.render_text(titled, 2, _LABEL_PX - 9, text, 18)
    return np.concatenate([np.asarray(titled.get_pixels(oiio.UINT8)), picture])


def _tile(cells: Sequence[Codes], columns: int) -> Codes:
    """Return cells of equal size in one picture, row by row, with gaps between them."""
    height, width, _ = cells[0].shape
    rows = -(-len(cells) // columns)
    n_columns = min(columns, len(cells))
    size = (
        rows * (height + _GAP_PX) + _GAP_PX,
        n_columns * (width + _GAP_PX) + _GAP_PX,
        3,
    )
    sheet = np.full(size, _GROUND, np.uint8)
    for place, cell in enumerate(cells):
        y = _GAP_PX + place // columns * (height + _GAP_PX)
        x = _GAP_PX + place % columns * (width + _GAP_PX)
        sheet[y : y + height, x : x + width] = cell
    return sheet


def _buffer(codes: Codes) -> oiio.ImageBuf:
    """Return codes as an image of OpenImageIO."""
    height, width, channels = codes.shape
    image = oiio.ImageBuf(oiio.ImageSpec(width, height, channels, "uint8"))
    image.set_pixels(image.roi, np.ascontiguousarray(codes))
    return image


def _write_png(
    path: Path, bands: Iterable[Codes], *, size: tuple[int, ...], overwrite: bool
) -> None:
    """Write an 8-bit PNG of ``size`` (height, width) from bands of rows."""
    spec = oiio.ImageSpec(size[1], size[0], 3, "uint8")
    spec.attribute("oiio:ColorSpace", "srgb_rec709_scene")
    with whole_file(path, overwrite=overwrite) as hidden:
        target = oiio.ImageOutput.create(str(hidden))
        is_good = (
            target is not None
            and target.open(str(hidden), spec)
            and _write_bands(target, bands)
            and target.close()
            # The PNG writer succeeds on a full disk, and leaves only a message.
            and not error_line(target)
        )
        if not is_good:
            raise OutputError(f"{path}: cannot be written. {advice(hidden)}")


def _write_bands(target: oiio.ImageOutput, bands: Iterable[Codes]) -> bool:
    """Write bands from the top; return whether this succeeded."""
    y = 0
    for band in bands:
        rows = np.ascontiguousarray(band)
        if not target.write_scanlines(y, y + len(rows), 0, rows):
            return False
        y += len(rows)
    return True
