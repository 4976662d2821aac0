"""Make the pictures of docs/light_rig.md: panoramas and their domes, at -4 stops.

    .venv/bin/python tools/relight/pictures.py PANORAMA.exr... -o docs/images/rig.png

Each panorama is a column, with its dome below. The exposure is 4 stops below the one at
which the median of the panorama is a middle grey.
"""

import argparse
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from hdr_core.camera.responses import srgb
from hdr_core.rig.panorama import read_panorama
from hdr_core.rig.split import SplitOptions, split

STOPS, GREY, COLUMNS = -4, 0.18, 341


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("panoramas", nargs="+", type=Path)
    parser.add_argument("-o", "--output", required=True, type=Path)
    parser.add_argument("--stops", type=float, default=STOPS)
    options = parser.parse_args()
    columns = []
    for path in options.panoramas:
        rig = split(read_panorama(path), SplitOptions())
        whole = rig.panorama.pixels
        gain = GREY / float(np.median(whole)) * 2.0**options.stops
        columns.append(
            np.concatenate([reduced(whole * gain), reduced(rig.dome * gain)])
        )
        print(path.stem, f"within {rig.check.worst:.2%}", len(rig.lights), "lights")
    picture = np.concatenate(columns, axis=1)
    codes = np.rint(255 * srgb(np.clip(picture, 0.0, 1.0))).astype(np.uint8)
    spec = oiio.ImageSpec(codes.shape[1], codes.shape[0], 3, "uint8")
    image = oiio.ImageBuf(spec)
    image.set_pixels(image.roi, np.ascontiguousarray(codes))
    image.write(str(options.output))


def reduced(light: np.ndarray) -> np.ndarray:
    """Return light of ``COLUMNS`` columns, each pixel the mean of its area."""
    factor = max(1, light.shape[1] // COLUMNS)
    height, width = (size // factor * factor for size in light.shape[:2])
    cells = light[:height, :width].reshape(height // factor, factor, -1, factor, 3)
    return cells.mean(axis=(1, 3))


if __name__ == "__main__":
    main()
