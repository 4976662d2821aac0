"""Measure reconstructed panoramas as lights.

    python benchmarks/panoramas.py --corpus CORPUS --crf measured_curves.npz

The val panoramas, shot by the val cameras, are converted with the shipped weights.
Printed are:

    turned   largest relative difference if the plate is rotated by half a turn before,
             and the result rotated back
    ground   irradiance of a floor, result over truth, compared with the clipped plate
    sun      angle between the truth's brightest pixel and the sun that ``hdr-core
             light`` finds, in the truth and in the result
    suns     the same for the true panoramas with a sun, exposed so that a given share
             of the sphere clips, and encoded as 8-bit sRGB
"""

import argparse
import math
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.responses import inverse_srgb, srgb
from hdr_core.checkpoint import load_model
from hdr_core.evaluation.protocol import ValCase, load_val_set
from hdr_core.io.write import write_hdr
from hdr_core.metrics import plate_metrics
from hdr_core.model import HdrModel
from hdr_core.options import Options
from hdr_core.panorama.angles import azimuth_angle, polar_angle, unit_vector
from hdr_core.panorama.geometry import row_angles
from hdr_core.panorama.irradiance import measure_light
from hdr_core.panorama.sources import LightSource
from hdr_core.plate import Plate
from hdr_core.reconstruction import reconstruct

Image = NDArray[np.float32]
FOUND_WITHIN_DEGREES = 1.0
CLIPPED_SHARES = (0.0005, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
SPACE = "lin_rec709_scene"
CONFIG = Options(working_space=SPACE, panorama="on")


def main() -> None:
    """Print the figures of each panorama and a summary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--crf", type=Path, required=True)
    parser.add_argument("--weights", default="compact")
    parser.add_argument("--turns", type=int, default=10, help="panoramas to turn")
    options = parser.parse_args()
    model = load_model(options.weights)
    val_set = load_val_set(options.corpus, options.crf)
    plans = [plan for plan in val_set.plans if plan.kind == "panorama"]
    turned, grounds, suns = [], [], []
    with_suns: dict[str, Image] = {}
    for number, plan in enumerate(plans):
        case = val_set.case(plan)
        hdr = convert(case.plate, model)
        line = f"{case.scene:32}"
        if number < options.turns:
            turned.append(largest_difference(hdr, case.plate, model))
            line += f" turned {turned[-1]:.1e}"
        ground, ground_text = compare_ground(hdr, case)
        grounds.append(ground)
        line += ground_text
        if (apart := sun_errors(hdr, case.truth)) is not None:
            suns.append(apart)
            if apart[0] <= FOUND_WITHIN_DEGREES:
                with_suns[case.scene] = case.truth
            line += f"  sun {apart[0]:.1f} degrees off, {apart[1]:.1f} in the result"
        print(line, flush=True)
    plate, result = (statistics.median(each) for each in zip(*grounds, strict=True))
    if turned:
        print(f"turned: at most {max(turned):.1e} on {len(turned)} panoramas")
    print(f"ground: median error {plate:.2f} stops clipped, {result:.2f} reconstructed")
    n_found = [
        sum(apart <= FOUND_WITHIN_DEGREES for apart in each)
        for each in zip(*suns, strict=True)
    ]
    print(
        f"sun: within {FOUND_WITHIN_DEGREES:g} degree in {n_found[0]} of {len(suns)}, "
        f"in {n_found[1]} of the results"
    )
    print_exposed_suns(list(with_suns.values()), model)


def convert(plate: Plate, model: HdrModel) -> Image:
    """Return the plate's light, Linear Rec.709."""
    return reconstruct(plate, model, options=CONFIG).hdr.pixels


def largest_difference(hdr: Image, plate: Plate, model: HdrModel) -> float:
    """Return the largest relative change of light if the plate is rotated."""
    half = hdr.shape[1] // 2
    pixels = np.ascontiguousarray(np.roll(plate.pixels, half, 1))
    back = np.roll(convert(replace(plate, pixels=pixels), model), -half, axis=1)
    return float((np.abs(back - hdr) / np.maximum(np.abs(hdr), 1e-4)).max())


def compare_ground(hdr: Image, case: ValCase) -> tuple[tuple[float, float], str]:
    """Return the absolute errors of clipped plate and result, in stops, and a text."""
    # A host program reads the plate as sRGB, with no light above the clip.
    clipped = inverse_srgb(case.plate.pixels.astype(np.float64)).astype(np.float32)
    errors = [
        plate_metrics.ground_error(
            light * plate_metrics.scale_to_truth(light, case.truth, case.well_exposed),
            case.truth,
        )
        for light in (clipped, hdr)
    ]
    text = f"  ground {errors[0]:+.2f} to {errors[1]:+.2f} stops"
    return (abs(errors[0]), abs(errors[1])), text


def sun_errors(hdr: Image, truth: Image) -> tuple[float, float] | None:
    """Return the angles from the truth's brightest pixel to the suns, in degrees.

    The sun of the truth, then that of the result. None if the truth has no sun; 180 if
    the result has none.
    """
    true_sun = sun_of(truth)
    if true_sun is None:
        return None
    brightest = direction_of_brightest(truth)
    return degrees_apart(true_sun, brightest), degrees_apart(sun_of(hdr), brightest)


def direction_of_brightest(panorama: Image) -> tuple[float, float, float]:
    """Return the direction of the brightest pixel, a unit vector."""
    luminance = plate_metrics.luminance(panorama)
    row, column = np.unravel_index(luminance.argmax(), luminance.shape)
    polar = polar_angle(float(row) + 0.5, luminance.shape[0])
    azimuth = azimuth_angle(float(column) + 0.5, luminance.shape[1])
    return unit_vector(
        math.sin(polar), math.cos(polar), math.cos(azimuth), math.sin(azimuth)
    )


def expose(truth: Image, clipped_share: float) -> Plate:
    """Return the panorama as an 8-bit sRGB plate; a share of the sphere clips."""
    height, width, _ = truth.shape
    area = np.sin(row_angles(height).numpy())
    clip = np.quantile(
        truth.max(axis=2),
        1.0 - clipped_share,
        weights=np.repeat(area[:, None], width, axis=1),
        method="inverted_cdf",
    )
    codes = np.round(255.0 * srgb(np.clip(truth / clip, 0.0, 1.0)))
    return Plate((codes / 255.0).astype(np.float32), "encoded")


def print_exposed_suns(truths: list[Image], model: HdrModel) -> None:
    """Print how often suns are found, by the share of the sphere that clips."""
    for share in CLIPPED_SHARES:
        apart = [
            degrees_apart(
                sun_of(convert(expose(truth, share), model)),
                direction_of_brightest(truth),
            )
            for truth in truths
        ]
        n_found = sum(one <= FOUND_WITHIN_DEGREES for one in apart)
        print(
            f"suns: {share:.2%} clipped: within {FOUND_WITHIN_DEGREES:g} degree in "
            f"{n_found} of {len(truths)}, {statistics.median(apart):.1f} degrees off "
            "in the median",
            flush=True,
        )


def degrees_apart(
    source: LightSource | None, direction: tuple[float, float, float]
) -> float:
    """Return the angle between a source and a unit vector; 180 without a source."""
    if source is None:
        return 180.0
    cosine = float(np.dot(source.direction, direction))
    return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))


def sun_of(panorama: Image) -> LightSource | None:
    """Return the sun that ``hdr-core light`` finds, or None."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "light.exr"
        write_hdr(path, Plate(panorama, "hdr", space=SPACE), overwrite=False)
        sources = measure_light(path).sources
    return next((source for source in sources if source.is_sun), None)


if __name__ == "__main__":
    main()
