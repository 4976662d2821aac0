"""Contact sheets: plate, result and truth at several exposures, plate by plate."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from hdr_core.io.atomic import whole_file
from hdr_core.io.preview import expose
from hdr_core.metrics.plate_metrics import Image

STOPS = (0.0, -3.0, -6.0)
_CELL_PX = 152
_GAP_PX = 4
_LABEL_PX = 14
_GROUND = (38, 38, 38)
_INK = (220, 220, 220)
_QUALITY = 85


@dataclass(frozen=True)
class Exhibit:
    """One row of a contact sheet.

    Attributes:
        caption: Name of the plate and its scores.
        plate: Encoded plate, (H, W, 3).
        hdr: Result at the exposure of the truth, scene-linear, (H, W, 3).
        truth: True light, scene-linear, (H, W, 3).
    """

    caption: str
    plate: Image
    hdr: Image
    truth: Image


def write_sheet(path: Path, exhibits: Sequence[Exhibit]) -> None:
    """Write a contact sheet as a JPEG; an existing file is replaced.

    Args:
        path: JPEG file to write.
        exhibits: Rows of the sheet, at least one.

    Raises:
        OutputError: The file cannot be written.
    """
    rows = [_draw_row(exhibit) for exhibit in exhibits]
    sheet = Picture.new(
        "RGB", (rows[0].width, sum(row.height for row in rows)), _GROUND
    )
    y = 0
    for row in rows:
        sheet.paste(row, (0, y))
        y += row.height
    with whole_file(path, overwrite=True) as hidden:
        sheet.save(hidden, format="JPEG", quality=_QUALITY, optimize=True)


def _draw_row(exhibit: Exhibit) -> Picture.Image:
    cells = [("plate", Picture.fromarray(_codes(exhibit.plate)))]
    for name, hdr in (("hdr_core", exhibit.hdr), ("truth", exhibit.truth)):
        cells += [
            (f"{name}, {stops:g} stops", Picture.fromarray(expose(hdr, stops)))
            for stops in STOPS
        ]
    height, width = exhibit.plate.shape[:2]
    size = (_CELL_PX, round(_CELL_PX * height / width))
    pitch = _CELL_PX + _GAP_PX
    row = Picture.new(
        "RGB",
        (pitch * len(cells) + _GAP_PX, size[1] + 2 * _LABEL_PX + 2 * _GAP_PX),
        _GROUND,
    )
    draw = ImageDraw.Draw(row)
    draw.text((_GAP_PX, 1), exhibit.caption, fill=_INK)
    for number, (label, picture) in enumerate(cells):
        x = _GAP_PX + number * pitch
        draw.text((x, 1 + _LABEL_PX), label, fill=_INK)
        row.paste(
            picture.resize(size, Picture.Resampling.BOX), (x, 2 * _LABEL_PX + _GAP_PX)
        )
    return row


def _codes(encoded: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.rint(encoded * 255).astype(np.uint8)
