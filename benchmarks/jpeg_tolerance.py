"""Measure how many codes JPEG compression changes in a plate.

    python benchmarks/jpeg_tolerance.py --corpus CORPUS --crf CURVES

The figures are the source of the defaults of --tolerance-codes, and of what counts as
clipped (develop/clip_undershoot.py). Views of the training scenes, shot by random
cameras, are compressed at several qualities. The script prints the 95th percentile of
the change per channel, and the 99.5th percentile of the drop of clipped values, both in
codes.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from hdr_core.camera.capture import draw_camera
from hdr_core.camera.jpeg import jpeg
from hdr_core.io.corpus import load_scenes
from hdr_core.training.data import training_pool
from hdr_core.training.variety import draw_exposure
from hdr_core.training.views import draw_view

QUALITIES = (50, 60, 70, 75, 80, 85, 90, 92, 95, 98, 100)
N_VIEWS = 48
SEED = 5


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--crf", type=Path, required=True)
    options = parser.parse_args()
    rng = np.random.default_rng(SEED)
    scenes = load_scenes(options.corpus, split="train", needs_train_ok=True)
    pool = training_pool(options.crf)
    plates = []
    for _ in range(N_VIEWS):
        scene = scenes[rng.integers(len(scenes))]
        view = draw_view(scene, rng, height=256, width=384, crop=False)
        camera = draw_camera(rng, pool, jpeg_share=0.0)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        plates.append(camera.shoot(draw_exposure(view, rng), generator))
    print("quality    change              drop of clipped values")
    print("         4:4:4   4:2:0    4:4:4   4:2:0   codes")
    for quality in QUALITIES:
        changed, dropped = [], []
        for subsampling in ("4:4:4", "4:2:0"):
            changes = [
                jpeg(plate, quality=quality, subsampling=subsampling) - plate
                for plate in plates
            ]
            sizes = torch.cat([change.abs().flatten()[::7] for change in changes])
            changed.append(percentile(sizes, 95.0))
            drops = [-c[p == 1.0] for c, p in zip(changes, plates, strict=True)]
            dropped.append(percentile(torch.cat(drops), 99.5))
        print(
            f"{quality:7d}  {changed[0]:5.2f}   {changed[1]:5.2f}"
            f"    {dropped[0]:5.2f}   {dropped[1]:5.2f}"
        )


def percentile(values: torch.Tensor, share: float) -> float:
    """Return a percentile of encoded values, in codes."""
    return float(np.percentile(values.numpy(), share)) * 255


if __name__ == "__main__":
    main()
