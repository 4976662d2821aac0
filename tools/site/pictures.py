"""``python -m tools.site.pictures``: the pictures of the site, from an example plate.

Writes to docs/images: the two halves of the slider on the first page, and one figure a
stage: input, output, and their difference. All of them come from one reconstruction of
examples/dandelion.jpg.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from hdr_core import Options, load_model, read_plate, reconstruct
from hdr_core.camera.responses import inverse_srgb
from hdr_core.interop_ids import NETWORK_SPACE
from hdr_core.io.preview import expose
from hdr_core.reconstruction import Reconstruction

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
PLATE = ROOT / "examples" / "dandelion.jpg"
SLIDER_STOPS = -3.0
# Rows and columns of the part that the figures show: the sun, and the dandelion's head.
PART = (slice(0, 420), slice(330, 1050))
CLOSE = (slice(20, 125), slice(560, 740))
GROUND, WORDS = (30, 30, 30), (214, 214, 214)
WIDTH, LABEL_PX, GAP_PX = 400, 30, 8
# Colors of a difference: less, none, more.
LESS, NONE, MORE = (70, 120, 200), (40, 40, 40), (230, 160, 70)
Pixels = NDArray[np.float64]


def main() -> None:
    """Write all pictures."""
    plate = read_plate(PLATE)
    options = Options(working_space=NETWORK_SPACE)
    result = reconstruct(plate, load_model("compact"), options)
    codes = plate.pixels
    write_slider(codes, result)
    linear_srgb = inverse_srgb(codes.astype(np.float64))
    strip(
        "stage-1",
        ("plate, enlarged", np.rint(codes[CLOSE] * 255).astype(np.uint8)),
        ("values between the codes", to_bytes(result.dequantized[CLOSE])),
        (
            "difference, 1 code = full color",
            colored((result.dequantized - codes)[CLOSE].mean(axis=2) * 255),
        ),
    )
    stops = np.log2(np.maximum(luminance(result.linear), 1e-4))
    stops -= np.log2(np.maximum(luminance(linear_srgb), 1e-4))
    strip(
        "stage-2",
        ("decoded as sRGB", expose(linear_srgb[PART].astype(np.float32), 0.0)),
        ("decoded by the estimated curve", expose(result.linear[PART], 0.0)),
        ("difference, 1 stop = full color", colored(stops[PART])),
    )
    strip(
        "stage-3",
        ("clipped, at -3 stops", expose(result.linear[PART], SLIDER_STOPS)),
        ("with its light, at -3 stops", expose(result.hdr.pixels[PART], SLIDER_STOPS)),
        (
            "added light, 8 stops = full color",
            colored(added(result)[PART] / 8.0),
        ),
    )
    strip(
        "uncertainty",
        ("clip mask", to_bytes(np.repeat(result.clip_mask[PART][..., None], 3, 2))),
        ("added light, 8 stops = full color", colored(added(result)[PART] / 8.0)),
        (
            "uncertainty, 2 stops = full color",
            colored(result.uncertainty[PART] / 2.0),
        ),
    )


def write_slider(codes: NDArray[np.float32], result: Reconstruction) -> None:
    """Write plate and result at the same exposure."""
    plate = inverse_srgb(codes.astype(np.float64)).astype(np.float32)
    for name, light in (("plate", plate), ("result", result.hdr.pixels)):
        image = Image.fromarray(expose(light, SLIDER_STOPS))
        image.save(IMAGES / f"slider-{name}.jpg", quality=88, subsampling=0)


def added(result: Reconstruction) -> Pixels:
    """Return the light that was added, in stops, where the plate clips."""
    gain = result.gain.max(axis=2)
    return np.where(result.clip_mask > 0.0, gain, 0.0)


def luminance(light: NDArray[np.floating]) -> Pixels:
    """Return Y of Linear Rec.709."""
    return np.asarray(light @ np.array([0.2126, 0.7152, 0.0722]))


def colored(share: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return a difference as color: -1 blue, 0 dark, 1 orange."""
    amount = np.clip(share, -1.0, 1.0)[..., None]
    ends = np.where(amount < 0.0, np.array(LESS), np.array(MORE))
    mixed = np.array(NONE) + np.abs(amount) * (ends - np.array(NONE))
    return np.rint(mixed).astype(np.uint8)


def to_bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return values in [0, 1] as bytes."""
    return np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)


def strip(name: str, *cells: tuple[str, NDArray[np.uint8]]) -> None:
    """Write pictures side by side, each below its name."""
    first = cells[0][1]
    height = round(WIDTH * first.shape[0] / first.shape[1])
    width = len(cells) * (WIDTH + GAP_PX) - GAP_PX
    sheet = Image.new("RGB", (width, height + LABEL_PX), GROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(15)
    for place, (label, pixels) in enumerate(cells):
        x = place * (WIDTH + GAP_PX)
        enlarges = pixels.shape[1] < WIDTH
        how = Image.Resampling.NEAREST if enlarges else Image.Resampling.BOX
        image = Image.fromarray(pixels).resize((WIDTH, height), how)
        sheet.paste(image, (x, LABEL_PX))
        draw.text((x + 4, 6), label, fill=WORDS, font=font)
    sheet.save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
