"""Measure how well dome and lights replace a panorama.

    python benchmarks/light_rigs.py --corpus CORPUS --crf measured_curves.npz

The val panoramas are split, first the true ones, then those that the shipped weights
reconstruct from plates of the val cameras. Printed for each are:

    lights   number of lights; sun if one of them is taken for the sun
    worst    largest relative difference of irradiance, 64 directions, all channels
    color    largest relative difference of the ratio of two channels
    peak     brightest luminance, of the panorama and of the dome, over the median
    taken    share of all light that became lights
"""

import argparse
import statistics
from pathlib import Path

import numpy as np

from hdr_core.camera.appearance import REC709_LUMINANCE
from hdr_core.checkpoint import load_model
from hdr_core.evaluation.protocol import load_val_set
from hdr_core.options import Options
from hdr_core.reconstruction import reconstruct
from hdr_core.rig.panorama import make_panorama
from hdr_core.rig.rig import Rig
from hdr_core.rig.split import SplitOptions, split

SPACE = "lin_rec709_scene"
CONFIG = Options(working_space=SPACE, panorama="on")


def main() -> None:
    """Print the figures of each panorama and a summary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--crf", type=Path, required=True)
    parser.add_argument("--weights", default="compact")
    parser.add_argument("--true-only", action="store_true")
    options = parser.parse_args()
    model = None if options.true_only else load_model(options.weights)
    val_set = load_val_set(options.corpus, options.crf)
    worst: dict[str, list[float]] = {"true": [], "reconstructed": []}
    for plan in val_set.plans:
        if plan.kind != "panorama":
            continue
        case = val_set.case(plan)
        lights = {"true": case.truth}
        if model is not None:
            hdr = reconstruct(case.plate, model, options=CONFIG).hdr.pixels
            lights["reconstructed"] = hdr
        for kind, light in lights.items():
            path = Path(f"{case.scene}.exr")
            pixels = np.ascontiguousarray(light, np.float32)
            rig = split(make_panorama(path, pixels, SPACE, "float"), SplitOptions())
            worst[kind].append(rig.check.worst)
            print(f"{case.scene:24} {kind:13} {describe(rig)}", flush=True)
    for kind, found in worst.items():
        if found:
            print(
                f"{kind}: worst {max(found):.2%}, median {statistics.median(found):.2%}"
                f", within 1 % in {sum(one <= 0.01 for one in found)} of {len(found)}"
            )


def describe(rig: Rig) -> str:
    """Return the figures of one rig."""
    before = rig.panorama.pixels @ REC709_LUMINANCE
    after = rig.dome @ REC709_LUMINANCE
    usual = max(float(np.median(before)), 1e-9)
    has_sun = any(light.is_sun for light in rig.lights)
    taken = sum(light.share for light in rig.lights)
    return (
        f"{len(rig.lights):3} lights{', sun' if has_sun else '     '}  worst "
        f"{rig.check.worst:6.2%}  color {rig.check.worst_color:6.2%}  peak "
        f"{before.max() / usual:8.0f} to {after.max() / usual:6.0f}  taken {taken:4.0%}"
    )


if __name__ == "__main__":
    main()
