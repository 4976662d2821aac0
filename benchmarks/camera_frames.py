"""Measure how much several frames improve the estimate of a camera's curve.

    python benchmarks/camera_frames.py --corpus FOLDER --crf measured_curves.npz

Each camera shoots five views of val scenes. Half of the cameras have held-out measured
curves, half have today's encodings. The curve estimated from all views is compared with
the curves estimated from single views.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from hdr_core.camera.capture import draw_camera
from hdr_core.camera.responses import CurvePool, load_measured
from hdr_core.checkpoint import load_model
from hdr_core.delivery.camera_files import estimate_camera
from hdr_core.evaluation.views import draw_view
from hdr_core.io.corpus import load_scenes
from hdr_core.options import Options
from hdr_core.plate import Plate
from hdr_core.training.data import display_curves

QUALITY = (82, 98)
NOISE = 0.5


def main() -> None:
    """Print the errors of every camera, and their means."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--crf", type=Path, required=True)
    parser.add_argument("--cameras", type=int, default=24)
    parser.add_argument("--frames", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    scenes = load_scenes(options.corpus, split="val")
    pool = CurvePool(load_measured(options.crf)[1], display_curves())
    model = load_model("compact")
    rows = []
    for number in range(options.cameras):
        camera = draw_camera(rng, pool, qualities=QUALITY, noise=NOISE)
        plates = []
        for place in rng.choice(len(scenes), options.frames, replace=False):
            hdr = draw_view(rng, scenes[place], is_aimed=False)
            seed = torch.Generator().manual_seed(int(rng.integers(2**31)))
            shot = camera.shoot(hdr, seed).permute(1, 2, 0).contiguous().numpy()
            quality = camera.jpeg_quality
            plates.append(Plate(shot, "encoded", lossy_quality=quality))
        found = estimate_camera(plates, model, config=Options())
        single = float(np.mean([rms(one, camera.inverse_crf) for one in found.each]))
        together = rms(found.inverse_crf, camera.inverse_crf)
        rows.append((single, together))
        print(
            f"camera {number}: one frame {single:.4f}, all {together:.4f}", flush=True
        )
    single, together = np.array(rows).T
    print(f"mean RMSE: one frame {single.mean():.4f}, all {together.mean():.4f}")
    ratio = together.mean() / single.mean()
    each = np.median(together / single)
    print(f"ratio of means {ratio:.3f}, median of ratios {each:.3f}")


def rms(curve: np.ndarray, truth: np.ndarray) -> float:
    """Return the root mean square difference of two curves."""
    return float(np.sqrt(np.mean((curve - truth) ** 2)))


if __name__ == "__main__":
    main()
