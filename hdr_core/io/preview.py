"""Look at a result: 8-bit PNGs at several exposures, plain and honest.

    code = rint(255 * srgb(clip(hdr * 2**stops, 0, 1)))

No tone mapping: what is white here is at or above display white at that exposure.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.camera.curves import srgb
from hdr_core.errors import OutputError, PlateError, ShapeError
from hdr_core.io.atomic import require_free, whole_file
from hdr_core.plate import Pixels

Codes = NDArray[np.uint8]

STOPS = (0.0, -3.0, -6.0)
_GAP_PX = 8
_GROUND = 38
_LABEL_PX = 28


def write_exposures(
    stem: Path, hdr: Pixels, *, stops: Sequence[float] = STOPS, overwrite: bool = False
) -> list[Path]:
    """Write one PNG for each exposure.

    Args:
        stem: Path without suffix: ``out/lamp`` gives ``out/lamp_ev-3.png``.
        hdr: Linear Rec.709 (H, W, 3).
        stops: Exposures; each gets a file, in this order.
        overwrite: Replace existing files.

    Returns:
        The files. All names are checked before the first is written.

    Raises:
        OutputError: A file exists or cannot be written.
        PlateError: NaN or infinite values.
        ShapeError: ``hdr`` is not (H, W, 3).
    """
    _require_picture(hdr, "hdr")
    paths = [stem.with_name(f"{stem.name}_ev{stop:+g}.png") for stop in stops]
    for path in paths:
        require_free(path, overwrite=overwrite)
    for path, stop in zip(paths, stops, strict=True):
        _write_png(path, expose(hdr, stop), overwrite=overwrite)
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
        path: The PNG.
        plate: Encoded (H, W, 3) in [0, 1], shown as it is.
        hdr: Linear Rec.709 (H, W, 3) of the same size.
        stops: Exposures, after the plate, row by row.
        columns: Pictures a row.
        cell_width_px: Wider pictures are reduced to this width, none enlarged.
        overwrite: Replace an existing file.

    Raises:
        OutputError: The file exists or cannot be written.
        PlateError: NaN or infinite values.
        ShapeError: Not (H, W, 3), or plate and result differ in size.
    """
    _require_picture(plate, "plate")
    _require_picture(hdr, "hdr")
    if plate.shape != hdr.shape:
        raise ShapeError(f"hdr: needs {plate.shape}, found {hdr.shape}.")
    cells = [_cell(_to_codes(plate), "plate", cell_width_px)]
    cells += [_cell(expose(hdr, s), f"{s:+g} stops", cell_width_px) for s in stops]
    _write_png(path, _tile(cells, max(1, columns)), overwrite=overwrite)
    return path


def expose(hdr: Pixels, stops: float) -> Codes:
    """Return what an sRGB display shows of ``hdr`` (H, W, 3) at an exposure."""
    linear = np.clip(hdr.astype(np.float64) * 2.0**stops, 0.0, 1.0)
    return _to_codes(srgb(linear))


def _require_picture(values: Pixels, name: str) -> None:
    """Refuse what cannot be shown."""
    if values.ndim != 3 or values.shape[2] != 3 or 0 in values.shape:
        raise ShapeError(f"{name}: needs (H, W, 3), found {values.shape}.")
    if not np.isfinite(values).all():
        raise PlateError(f"{name}: NaN or infinite values cannot be shown.")


def _to_codes(encoded: NDArray[Any]) -> Codes:
    """Return 8-bit codes of encoded values."""
    codes: Codes = np.rint(np.clip(encoded, 0.0, 1.0) * 255.0).astype(np.uint8)
    return codes


def _cell(codes: Codes, label: str, width_px: int) -> Codes:
    """Return one picture under its label, reduced by area."""
    height, width, _ = codes.shape
    picture = _buffer(codes)
    if width > width_px:
        size = oiio.ROI(0, width_px, 0, max(1, round(height * width_px / width)))
        picture = oiio.ImageBufAlgo.resize(picture, filtername="box", roi=size)
    shown = np.asarray(picture.get_pixels(oiio.UINT8))
    strip = np.full((_LABEL_PX, shown.shape[1], 3), _GROUND, np.uint8)
    titled = _buffer(strip)
    # Without a font the strip stays empty: a label is not worth a failure.
    oiio.ImageBufAlgo.render_text(titled, 2, _LABEL_PX - 9, label, 18)
    return np.concatenate([np.asarray(titled.get_pixels(oiio.UINT8)), shown])


def _tile(cells: Sequence[Codes], columns: int) -> Codes:
    """Return equal cells on one ground, row by row, with gaps around them."""
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
    """Return codes as OpenImageIO's image."""
    height, width, channels = codes.shape
    image = oiio.ImageBuf(oiio.ImageSpec(width, height, channels, "uint8"))
    image.set_pixels(image.roi, np.ascontiguousarray(codes))
    return image


def _write_png(path: Path, codes: Codes, *, overwrite: bool) -> None:
    """Write one whole 8-bit PNG."""
    spec = oiio.ImageSpec(codes.shape[1], codes.shape[0], 3, "uint8")
    spec.attribute("oiio:ColorSpace", "srgb_rec709_scene")
    with whole_file(path, overwrite=overwrite) as hidden:
        target = oiio.ImageOutput.create(str(hidden))
        is_good = (
            target is not None
            and target.open(str(hidden), spec)
            and target.write_image(np.ascontiguousarray(codes))
            and target.close()
        )
        if not is_good:
            raise OutputError(f"{path}: cannot be written. Is the disk full?")
