"""Measure where reconstructed panoramas have their sun.

    python benchmarks/sun_places.py --corpus CORPUS --crf measured_curves.npz

The panoramas of a split that have a sun are exposed so that some share of the sphere
clips, and encoded with 8 bits: half by sRGB, half by a measured curve that is drawn for
each. The true sun is the source that ``hdr-core light`` finds in the true panorama,
where that is within a degree of the brightest pixel. Printed are, in degrees:

    light    from the true sun to the sun that is found in the result; 180 without one
    place    to its place, where the white region says a better one
    auto     to where ``--add-sun auto`` has it, in the result
    plate    the same in the plate, without added light
    glow     to the middle of the glow of the plate
"""

import argparse
import math
import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import adaptive_avg_pool2d

from hdr_core.camera.responses import srgb
from hdr_core.checkpoint import load_model
from hdr_core.io.corpus import Scene, load_scenes
from hdr_core.metrics.plate_metrics import luminance
from hdr_core.model import HdrModel
from hdr_core.options import Options
from hdr_core.panorama.angles import pixel_directions, polar_edges, row_solid_angles
from hdr_core.panorama.invented import InventedArrays
from hdr_core.panorama.sources import find_sources
from hdr_core.panorama.white import deepest, round_middle
from hdr_core.plate import Plate
from hdr_core.reconstruction import reconstruct
from hdr_core.rig.added_sun import glow_direction
from hdr_core.rig.panorama import Panorama, make_panorama

Image = NDArray[np.float32]
Vector = tuple[float, float, float]

HEIGHT, WIDTH = 256, 512
CLIPPED_SHARES = (0.005, 0.02, 0.05, 0.1, 0.15)
SPACE = "lin_rec709_scene"
CONFIG = Options(working_space=SPACE, panorama="on")
NAMES = ("light", "place", "auto", "plate", "glow")
NO_SUN = 180.0


def main() -> None:
    """Print the angles of each plate, and a table by clipped share."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--crf", type=Path, required=True)
    parser.add_argument("--split", choices=("train", "val"), default="val")
    parser.add_argument("--weights", default="compact")
    options = parser.parse_args()
    model = load_model(options.weights)
    found: dict[float, list[tuple[float, ...]]] = {}
    for number, scene in enumerate(load_scenes(options.corpus, split=options.split)):
        if not scene.is_panorama or (sun := true_sun(scene)) is None:
            continue
        rng = np.random.default_rng([7, number, options.split == "val"])
        for share, codes in plates(reduced(scene), number, rng, options.crf):
            apart = measure(codes, sun, model)
            found.setdefault(share, []).append(apart)
            text = "  ".join(
                f"{name} {one:5.1f}" for name, one in zip(NAMES, apart, strict=True)
            )
            print(f"{scene.name:24} {share:6.1%}  {text}", flush=True)
    for share, rows in found.items():
        for name, each in zip(NAMES, zip(*rows, strict=True), strict=True):
            print(f"{share:6.1%} {name:6} {summary(each)}")


def true_sun(scene: Scene) -> Vector | None:
    """Return the direction of the sun or the moon of a scene; None if it has none."""
    tags = set(scene.tags)
    is_lit_by_lamps = "night" in tags and not tags & {"moon", "sun"}
    if tags & {"indoor", "studio"} or is_lit_by_lamps:
        return None
    light = reduced(scene)
    panorama = make_panorama(Path("true.exr"), light, SPACE, "float")
    sun = next((one for one in find_sources(panorama.light_map) if one.is_sun), None)
    brightest = int(luminance(light).argmax())
    peak = pixel_directions(HEIGHT, WIDTH).reshape(-1, 3)[brightest]
    if sun is None or degrees_apart(sun.direction, peak) > 1.0:
        return None
    return sun.direction


def reduced(scene: Scene) -> Image:
    """Return a panorama of 512 x 256 pixels, each the mean of its area."""
    wide = adaptive_avg_pool2d(torch.from_numpy(scene.pixels)[None], (HEIGHT, WIDTH))
    return np.ascontiguousarray(wide[0].permute(1, 2, 0).numpy())


def plates(
    light: Image, number: int, rng: np.random.Generator, crf: Path
) -> Iterator[tuple[float, Image]]:
    """Yield clipped shares and encoded plates; every other one by a measured curve."""
    curves = np.load(crf)
    area = row_solid_angles(polar_edges(HEIGHT), WIDTH)
    weights = np.repeat(area[:, None], WIDTH, axis=1)
    brightest = light.astype(float).max(axis=2)
    for place, share in enumerate(CLIPPED_SHARES):
        clip = np.quantile(
            brightest, 1.0 - share, weights=weights, method="inverted_cdf"
        )
        linear = np.clip(light / clip, 0.0, 1.0)
        encoded = srgb(linear)
        if (place + number) % 2 == 0:
            curve = curves["brightness"][int(rng.integers(len(curves["brightness"])))]
            encoded = np.interp(linear, curves["irradiance"], curve)
        yield share, (np.round(255.0 * encoded) / 255.0).astype(np.float32)


def measure(codes: Image, sun: Vector, model: HdrModel) -> tuple[float, ...]:
    """Return the angles from the true sun, in the order of ``NAMES``."""
    result = reconstruct(Plate(codes, "encoded"), model, options=CONFIG)
    layers = InventedArrays(0.5, 0.0, result.gain, result.uncertainty)
    path = Path("plate.exr")
    hdr = make_panorama(path, result.hdr.pixels, SPACE, "float", invented=layers)
    plate = make_panorama(path, result.linear, SPACE, "float")
    light = next((one for one in find_sources(hdr.light_map) if one.is_sun), None)
    place = None if light is None else round_middle(hdr.white, light.direction)
    directions = (
        light and light.direction,
        place or (light and light.direction),
        automatic(hdr),
        automatic(plate),
        glow_direction(plate.light_map),
    )
    return tuple(
        NO_SUN if one is None else degrees_apart(one, sun) for one in directions
    )


def automatic(panorama: Panorama) -> Vector | NDArray[np.float64] | None:
    """Return where ``--add-sun auto`` has the sun."""
    deep = deepest(panorama.white)
    return glow_direction(panorama.light_map) if deep is None else deep


def degrees_apart(
    one: Vector | NDArray[np.float64], other: Vector | NDArray[np.float64]
) -> float:
    """Return the angle between unit vectors."""
    return math.degrees(math.acos(min(max(float(np.dot(one, other)), -1.0), 1.0)))


def summary(angles: tuple[float, ...]) -> str:
    """Return median, 90th percentile, and how many are within 1 and 3 degrees."""
    within = [sum(one <= most for one in angles) for most in (1.0, 3.0)]
    return (
        f"median {statistics.median(angles):5.1f}  90 % {np.quantile(angles, 0.9):5.1f}"
        f"  within 1: {within[0]}, within 3: {within[1]} of {len(angles)}"
    )


if __name__ == "__main__":
    main()
