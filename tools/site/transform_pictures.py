"""``python -m tools.site.transform_pictures``: renders through output transforms.

Writes docs/images/transforms.jpg, from examples/renders. One rendered scene goes
through four output transforms, and back to light: by its own name, and as plain sRGB.
All light is shown at one exposure, so that what is wrong can be compared.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from hdr_core.camera.responses import inverse_srgb
from hdr_core.color.output_transforms import find_output_transform
from hdr_core.io.corpus import read_light
from hdr_core.io.preview import expose
from hdr_core.metrics.plate_metrics import scale_to_truth, well_exposed

ROOT = Path(__file__).resolve().parents[2]
SCENE = ROOT / "examples" / "renders" / "street.exr"
PICTURE = ROOT / "docs" / "images" / "transforms.jpg"
TRANSFORMS = ("srgb", "aces-hill", "filmic", "agx")
STOPS = -2.0
CELL, GAP_PX, LABEL_PX, SIDE_PX = (288, 162), 6, 24, 96
GROUND, WORDS = (30, 30, 30), (214, 214, 214)
Bytes = NDArray[np.uint8]


def main() -> None:
    """Write the picture."""
    truth = read_light(SCENE)
    columns = [column(truth, name) for name in TRANSFORMS]
    shown = expose(truth, STOPS)
    rows = [
        ("the plate", [cells[0] for cells in columns]),
        ("light by\nits name", [cells[1] for cells in columns]),
        ("light as\nplain sRGB", [cells[2] for cells in columns]),
        ("the true\nlight", [shown] * len(columns)),
    ]
    sheet(rows).save(PICTURE, quality=88, subsampling=0, optimize=True)


def column(truth: NDArray[np.float32], name: str) -> tuple[Bytes, Bytes, Bytes]:
    """Return the plate of a transform, and its light, right and as sRGB."""
    transform = find_output_transform(name)
    codes = np.rint(transform.encode(truth) * 255.0)
    encoded = (codes / 255.0).astype(np.float32)
    right = transform.decode(encoded).astype(np.float32)
    plain = inverse_srgb(encoded.astype(np.float64)).astype(np.float32)
    lights = (
        expose(light * np.float32(fit(light, truth, encoded)), STOPS)
        for light in (right, plain)
    )
    return (codes.astype(np.uint8), *lights)


def fit(
    light: NDArray[np.float32],
    truth: NDArray[np.float32],
    encoded: NDArray[np.float32],
) -> float:
    """Return the gain that brings light to the exposure of the truth."""
    return scale_to_truth(light, truth, well_exposed(encoded))


def sheet(rows: list[tuple[str, list[Bytes]]]) -> Image.Image:
    """Return rows of pictures, with the transforms above and the rows' names beside."""
    width, height = CELL
    size = (
        SIDE_PX + len(TRANSFORMS) * (width + GAP_PX),
        LABEL_PX + len(rows) * (height + GAP_PX),
    )
    picture = Image.new("RGB", size, GROUND)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    for number, name in enumerate(TRANSFORMS):
        x = SIDE_PX + number * (width + GAP_PX)
        draw.text((x + 4, 4), name, fill=WORDS, font=font)
    for line, (label, cells) in enumerate(rows):
        y = LABEL_PX + line * (height + GAP_PX)
        draw.text((6, y + 6), label, fill=WORDS, font=font)
        for number, pixels in enumerate(cells):
            cell = Image.fromarray(pixels).resize(CELL, Image.Resampling.BOX)
            picture.paste(cell, (SIDE_PX + number * (width + GAP_PX), y))
    return picture


if __name__ == "__main__":
    main()
