"""Compare reconstructions with the gain maps of phone photographs.

    python benchmarks/phone_photos.py PHOTO.jpg [PHOTO.jpg ...]

Ultra HDR photographs hold an 8-bit picture and a gain map, which restores some stops of
the light that the picture lost. The picture is reconstructed with the map, as
hdr-core does by itself, and without it (--gain-map ignore), and both are compared with
the picture and its map. The picture decoded as sRGB is measured too. A phone's HDR is a
rendering, not a measurement: it is tone-mapped locally, and ends two or three stops
above the picture's white. So these figures are reported apart from those of the val
plates, and nothing is trained or tuned on such photographs.

    dB       PU21-PSNR, exposure fitted over well-exposed pixels
    boosted  RMS error of log2 luminance where the map adds half a stop or more
    energy   log2 of the light summed there, result over the phone's, in stops

OpenImageIO's libuhdr applies the map for the comparison. It interpolates the samples of
a map in another way than hdr-core, which the standard leaves open.
Pictures are read as Display P3, which phones write.
"""

import argparse
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.checkpoint import load_model
from hdr_core.color.ocio import CONFIG, open_config
from hdr_core.io.read import read_plate
from hdr_core.metrics import plate_metrics
from hdr_core.model import HdrModel
from hdr_core.options import Options
from hdr_core.plate import LOCAL_TONES, TAG, Plate
from hdr_core.reconstruction import reconstruct

Image = NDArray[np.float32]
# Width at which results are compared: a gain map is a quarter as wide as its picture.
WIDTH_PX = 1024
BOOSTED_STOPS = 0.5
DARKEST = 1e-4
SPACE = "lin_rec709_scene"
ENCODED_SPACE, LINEAR_SPACE = "srgb_p3d65_scene", "lin_p3d65_scene"


def reduce(image: oiio.ImageBuf) -> Image:
    """Return the first three channels, reduced to ``WIDTH_PX``, (H, W, 3)."""
    height = round(image.spec().height * WIDTH_PX / image.spec().width)
    region = oiio.ROI(0, WIDTH_PX, 0, height, 0, 1, 0, 3)
    small = oiio.ImageBufAlgo.resize(image, "box", roi=region)
    return np.asarray(small.get_pixels(oiio.FLOAT))[..., :3]


def to_rec709(pixels: Image, space: str) -> Image:
    """Return pixels in linear Rec.709; out-of-gamut colors are clipped at 0."""
    light = open_config(CONFIG).conversion(space, SPACE)(pixels)
    return np.maximum(light, 0.0).astype(np.float32)


def measure(photo: Path, model: HdrModel) -> str:
    """Return the cells of a photograph's row: three figures of each result."""
    truth = to_rec709(reduce(oiio.ImageBuf(str(photo))), LINEAR_SPACE)
    whole = read_plate(photo)
    encoded = reduce(oiio.ImageBuf(whole.pixels))
    codes = (np.rint(encoded * 255) / 255).astype(np.float32)
    sdr = to_rec709(codes, ENCODED_SPACE)
    metadata = {TAG: ENCODED_SPACE, LOCAL_TONES: "it is by a phone"}
    plate = Plate(codes, state="encoded", bits=8, metadata=metadata)
    options = Options(working_space=SPACE, panorama="off")
    ours = reconstruct(plate, model, options).hdr.pixels
    mapped = reduce(oiio.ImageBuf(reconstruct(whole, model, options).hdr.pixels))
    well = plate_metrics.well_exposed(codes)
    light, true_light = (
        np.maximum(plate_metrics.luminance(image), DARKEST) for image in (sdr, truth)
    )
    is_boosted = np.log2(true_light / light) >= BOOSTED_STOPS
    found = []
    for result in (np.maximum(mapped, 0.0), np.maximum(ours, 0.0), sdr):
        hdr = result * np.float32(plate_metrics.scale_to_truth(result, truth, well))
        error = plate_metrics.log2_rmse(hdr, truth, is_boosted)
        energy = plate_metrics.energy_error(hdr, truth, is_boosted)
        found.append((plate_metrics.pu21_psnr(hdr, truth), error, energy))
    figures = zip(*found, strict=True)
    cells = " | ".join(" / ".join(f"{one:.2f}" for one in each) for each in figures)
    return f"{100 * is_boosted.mean():.0f} % | {cells}"


def main() -> None:
    """Print a table with a row for each photograph."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", nargs="+", type=Path)
    photos, model = parser.parse_args().photos, load_model()
    print("with the map / without it / sRGB")
    print("| photo | boosted | dB | error | energy |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for photo in photos:
        print(f"| {photo} | {measure(photo, model)} |", flush=True)


if __name__ == "__main__":
    main()
