"""Make plates of a corpus' panoramas: the first half of the relighting test.

    .venv/bin/python tools/relight/plates.py CORPUS out/relight

For each of five val panoramas it writes ``NAME_true.exr``, exposed so that 5 % of the
pixels clip, and ``NAME.png``, its plate by an 8-bit sRGB camera. relight.py uses both.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from hdr_core.camera.capture import Camera, expose, exposure_for_clipped_share
from hdr_core.camera.responses import grid, srgb
from hdr_core.io.corpus import load_scenes
from hdr_core.io.write import write_hdr
from hdr_core.plate import Plate

# A sun, a low sun, shade with sun behind it, a studio, a city at night: chosen by their
# tags before any was rendered.
NAMES = (
    "kloppenheim_02",
    "shanghai_riverside",
    "outdoor_umbrellas",
    "photo_studio_01",
    "shanghai_bund",
)
CLIPPED_SHARE = 0.05


def main(corpus: Path, output: Path) -> None:
    """Write the true panoramas and their plates."""
    import torch  # noqa: PLC0415

    output.mkdir(parents=True, exist_ok=True)
    camera = Camera(crf=srgb(grid()))
    for scene in load_scenes(corpus, split="val"):
        if scene.name not in NAMES:
            continue
        hdr = torch.from_numpy(scene.pixels)
        stops = exposure_for_clipped_share(hdr, share=CLIPPED_SHARE)
        exposed = expose(hdr, stops=stops)
        pixels = np.ascontiguousarray(exposed.permute(1, 2, 0).numpy())
        plate = Plate(pixels, "linear", space="lin_rec709_scene", bits=None)
        true = output / f"{scene.name}_true.exr"
        write_hdr(true, replace(plate, state="hdr"), depth="float", overwrite=True)
        encoded = camera.shoot(exposed).permute(1, 2, 0).numpy()
        codes = np.rint(encoded * 255).astype(np.uint8)
        spec = oiio.ImageSpec(codes.shape[1], codes.shape[0], 3, "uint8")
        image = oiio.ImageBuf(spec)
        image.set_pixels(image.roi, np.ascontiguousarray(codes))
        image.write(str(output / f"{scene.name}.png"))
        print(scene.name, f"{stops:+.2f} stops", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
