"""Measure by how many codes JPEG moves a plate: the default of --tolerance-codes.

    python benchmarks/jpeg_tolerance.py --corpus CORPUS --crf CURVES

Views of the training scenes, shot in sRGB and by random cameras, are compressed at
several qualities; printed is the 95th percentile of the change in codes, a channel.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from hdr_core.camera.capture import draw_camera, jpeg
from hdr_core.io.corpus import load_scenes
from hdr_core.training.data import draw_exposure, draw_view, training_pool

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
    print("quality  4:4:4   4:2:0   (95th percentile of the change, codes)")
    for quality in QUALITIES:
        shares = []
        for subsampling in ("4:4:4", "4:2:0"):
            changes = torch.cat(
                [
                    (jpeg(plate, quality=quality, subsampling=subsampling) - plate)
                    .abs()
                    .flatten()[::7]
                    for plate in plates
                ]
            )
            shares.append(float(changes.quantile(0.95)) * 255)
        print(f"{quality:7d}  {shares[0]:5.2f}   {shares[1]:5.2f}")


if __name__ == "__main__":
    main()
