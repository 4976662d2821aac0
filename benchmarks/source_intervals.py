"""How often the energy of a clipped light lies in its 80 % interval.

    python benchmarks/source_intervals.py --corpus CORPUS --crf measured_curves.npz
        [--real FOLDER] [--boldness 0.5]

The val views and panoramas, and with ``--real`` the plates of real cameras, are
converted with the shipped weights. A light is a connected region to which light was
added, with 0.2 % of all light of the result or more, and a clipped pixel. Its energy is
the sum of its luminance (in panoramas times the solid angle), at the exposure that fits
the well-exposed pixels to the truth. Printed are, for each set of plates,

    inside   share of the lights whose true energy is in the interval of
             hdr_core/panorama/interval.py; and below, and above it
    width    of the interval in stops, the median
    off      the truth over the median in stops: the median, and of its absolute value

for errors e of the curve from 0 to 0.6 stops, and without a width of the network's own.
"""

import argparse
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hdr_core.checkpoint import load_model
from hdr_core.evaluation.case import Case
from hdr_core.evaluation.protocol import load_val_set
from hdr_core.evaluation.real import load_real_set
from hdr_core.metrics import plate_metrics
from hdr_core.model import HdrModel
from hdr_core.options import Options
from hdr_core.panorama.angles import polar_edges, row_solid_angles
from hdr_core.panorama.interval import CURVE_STOPS, quantiles
from hdr_core.panorama.sources import connected
from hdr_core.reconstruction import reconstruct

LEAST_SHARE = 0.002
ERRORS = (0.0, 0.2, 0.3, CURVE_STOPS, 0.5, 0.6)
SPACE = "lin_rec709_scene"


class Light(NamedTuple):
    """Energies of one light: the truth, and what is said of it without e."""

    plate: str
    true: float
    low: float
    median: float
    high: float


def find_lights(case: Case, model: HdrModel, boldness: float) -> Iterator[Light]:
    """Yield the lights of one plate."""
    is_panorama = case.kind == "panorama"
    options = Options(
        working_space=SPACE,
        panorama="on" if is_panorama else "off",
        boldness=boldness,
    )
    result = reconstruct(case.plate, model, options)
    hdr = result.hdr.pixels
    scale = plate_metrics.scale_to_truth(hdr, case.truth, case.well_exposed)
    luminance = plate_metrics.luminance(hdr).astype(float) * scale
    visible = plate_metrics.luminance(hdr * np.exp2(-result.gain)).astype(float)
    true = plate_metrics.luminance(case.truth).astype(float)
    height, width = luminance.shape
    weights = np.ones(height)
    if is_panorama:
        weights = row_solid_angles(polar_edges(height), width)
    maps = (
        true,
        *quantiles(luminance, visible * scale, result.uncertainty, boldness=boldness),
    )
    # Columns of a panorama join; those of a view must not.
    is_lit = np.pad(result.uncertainty > 0.0, ((0, 0), (0, 0 if is_panorama else 1)))
    labels = connected(is_lit)[:, :width]
    energies = [
        np.bincount(labels.ravel(), (held * weights[:, None]).ravel())
        for held in (luminance, *maps)
    ]
    least = LEAST_SHARE * energies[0].sum()
    clipped = np.bincount(labels.ravel(), case.clipped.ravel())
    for label in range(1, len(clipped)):
        if energies[0][label] >= least and clipped[label]:
            yield Light(case.name, *(float(each[label]) for each in energies[1:]))


def report(name: str, lights: list[Light]) -> None:
    """Print the table of one set of plates."""
    true, low, median, high = np.array([light[1:] for light in lights]).T
    off = np.log2(true / median)
    n_plates = len({light.plate for light in lights})
    print(f"\n{name}: {len(lights)} lights on {n_plates} plates")
    print(f"off {np.median(off):+.2f} stops, {np.median(np.abs(off)):.2f} absolute\n")
    print("| e, stops | inside | below | above | width | inside without the network |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for error in ERRORS:
        least, most = low * 2**-error, high * 2**error
        inside = np.mean((true >= least) & (true <= most))
        curve_only = np.mean(np.abs(off) <= error)
        stops = np.median(np.log2(most / least))
        print(
            f"| {error:g} | {inside:.0%} | {np.mean(true < least):.0%} | "
            f"{np.mean(true > most):.0%} | {stops:.2f} | {curve_only:.0%} |",
            flush=True,
        )


def measure(
    name: str, cases: Iterable[Case], model: HdrModel, boldness: float
) -> list[Light]:
    """Report the lights of some plates, and return them."""
    lights = [
        light
        for case in cases
        for light in find_lights(case, model, boldness)
        if light.true > 0.0 and math.isfinite(light.high)
    ]
    report(name, lights)
    return lights


def main() -> None:
    """Print a table for each set of plates."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--crf", type=Path, required=True)
    parser.add_argument("--real", type=Path, help="folder of plates of real cameras")
    parser.add_argument("--boldness", type=float, default=0.5)
    parser.add_argument("--weights", default="compact")
    options = parser.parse_args()
    model, boldness = load_model(options.weights), options.boldness
    val_set = load_val_set(options.corpus, options.crf)
    found = []
    for kind in ("panorama", "view"):
        plans = [plan for plan in val_set.plans if plan.kind == kind]
        cases = (val_set.case(plan) for plan in plans)
        found += measure(f"val {kind}s", cases, model, boldness)
    report("val, all", found)
    if options.real:
        cases = load_real_set(options.real).cases()
        measure("real cameras", cases, model, boldness)


if __name__ == "__main__":
    main()
