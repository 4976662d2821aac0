"""Measure size and time of a 12-megapixel Ultra HDR photograph, in and out.

    python benchmarks/gain_maps.py [--rounds 5]

A photograph that ships here is enlarged to 4000 x 3000 and saved as a JPEG of quality
95. Its result is its own light with 1 to 8 times more of it from left to right. Every
time is CPU time of this process, one thread, the median over the rounds. In each
round the plain JPEG comes first and the Ultra HDR right after it, and the ratio is the
median of the rounds' ratios: other work on the machine then slows both. Compared are

    read    the plate of the plain JPEG, and that of the Ultra HDR with its map
    light   the light of the plate: by its curve, and by curve and map
    write   the pixels as a plain JPEG, and the Ultra HDR with the plate's file as base
    size    of both files
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from hdr_core.camera.responses import inverse_srgb
from hdr_core.fidelity.camera import CodeValues, CurveCamera
from hdr_core.fidelity.map_camera import MapCamera
from hdr_core.gain_map.base import base_light, make_base
from hdr_core.io.read import read_plate
from hdr_core.pictures.write_uhdr import write_uhdr
from hdr_core.plate import Plate

SIZE = (4000, 3000)
PHOTOGRAPH = Path(__file__).parents[1] / "examples" / "dandelion.jpg"


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of some work."""
    started = time.process_time()
    work()
    return time.process_time() - started


def compare(
    plain: Callable[[], object], ultra: Callable[[], object], rounds: int
) -> tuple[float, float, float]:
    """Return the median CPU times of both, and the median of their ratios."""
    pairs = [(cpu_seconds(plain), cpu_seconds(ultra)) for _ in range(rounds)]
    one, two = (statistics.median(times) for times in zip(*pairs, strict=True))
    return one, two, statistics.median(late / early for early, late in pairs)


def bright(plate: Plate) -> Plate:
    """Return the light of a plate, 1 to 8 times as bright from left to right."""
    gain = np.exp2(np.linspace(0.0, 3.0, plate.width, dtype=np.float32))[None, :, None]
    light = base_light(plate.pixels, plate) * gain
    return Plate(light, "hdr", "lin_rec709_scene", bits=None)


def main() -> None:
    """Print a table of plain JPEG, Ultra HDR, and their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        plain, ultra = Path(folder) / "plain.jpg", Path(folder) / "ultra.jpg"
        with Image.open(PHOTOGRAPH) as picture:
            picture.resize(SIZE, Image.Resampling.LANCZOS).save(plain, quality=95)
        plate = read_plate(plain)
        hdr = bright(plate)
        write_uhdr(ultra, plate, hdr)
        mapped = read_plate(ultra)
        if mapped.gain_map is None:
            raise RuntimeError(f"{ultra}: no gain map found")
        curve = inverse_srgb(np.linspace(0.0, 1.0, 511))
        values = CodeValues(plate.pixels, plate.pixels, plate.pixels)
        cameras = CurveCamera(curve, 255), MapCamera(curve, 255, mapped.gain_map)
        unsaved = replace(plate, path=None, metadata={})
        work = {
            "read": (lambda: read_plate(plain), lambda: read_plate(ultra)),
            "light": tuple(
                (lambda camera=camera: camera.linearize(values, None))
                for camera in cameras
            ),
            "write": (
                lambda: plain.with_name("b.jpg").write_bytes(make_base(unsaved)),
                lambda: write_uhdr(ultra, plate, hdr, overwrite=True),
            ),
        }
        print("| 12 megapixels | plain JPEG | Ultra HDR | ratio |")
        print("| --- | ---: | ---: | ---: |")
        for name, pair in work.items():
            one, two, ratio = compare(*pair, rounds)
            print(f"| {name}, CPU s | {one:.2f} | {two:.2f} | {ratio:.2f} |")
        one, two = (path.stat().st_size / 1e6 for path in (plain, ultra))
        print(f"| size, MB | {one:.2f} | {two:.2f} | {two / one:.2f} |")


if __name__ == "__main__":
    main()
