"""Train ``paper`` as the paper does, and ``compact`` for as long; evaluate both.

    python benchmarks/paper_and_compact.py --corpus CORPUS --crf CURVES.npz
        --features vgg16.safetensors -o runs

``paper`` goes through the five recipes of the paper with their own losses and rates,
but with crops of 64 pixels, not 256, and with 1300, 1600, 640, 240 and 110 steps, not
500,000 and 100,000. ``compact`` goes through all of its recipes at a share of their
length that takes the same CPU time. Both use one process and one thread. A run that was
stopped continues with the same command. ``--preset`` runs only one of the two,
``--share 0.5`` half of the steps of both, and ``--views 20`` evaluates on fewer views.

The folder then holds the runs, ``seconds.json`` with their CPU and wall time, and
``val-paper.txt`` and ``val-compact.txt``, the rows of the table in docs/benchmarks.md.
The file of features is made by ``hdr-core weights features``; hed_features.py beside it
makes one from a package.
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from hdr_core.camera.responses import grid, inverse_srgb
from hdr_core.checkpoint import load_model
from hdr_core.evaluation.evaluate import reconstructor
from hdr_core.evaluation.measure import measure_curve, measure_result
from hdr_core.evaluation.protocol import SEED, load_val_set
from hdr_core.evaluation.rows import Row
from hdr_core.training.chain import train_all
from hdr_core.training.config import TrainConfig, shorten
from hdr_core.training.loop import train
from hdr_core.training.paper_recipes import WEIGHTS
from hdr_core.training.recipes import recipe
from hdr_core.training.start import start_model

CROP_PX = 64
STEPS = dict(zip(WEIGHTS, (1300, 1600, 640, 240, 110), strict=True))
# bfloat16 is 1.6 times as fast with stage 3, and too coarse for the codes of stage 1.
IN_BFLOAT16 = ("paper-hallucinate", "paper-joint", "paper-refine")
# What each recipe of the paper starts from.
AFTER: dict[str, tuple[str, ...]] = {
    "paper-joint": ("paper-dequantize", "paper-linearize", "paper-hallucinate"),
    "paper-refine": ("paper-joint",),
}
# Of the length of compact's recipes: about as long as the steps above.
COMPACT_SHARE = 0.07
WEIGHTS_FILE = "model.safetensors"
# The runs that make the weights.
LAST = {"paper": "paper/paper-refine", "compact": "compact/finish-again"}


def main() -> None:
    """Train and evaluate the presets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--crf", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--preset", choices=("paper", "compact"))
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--views", type=int, default=60)
    parser.add_argument("--trained", action="store_true", help="only evaluate")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for preset in [options.preset] if options.preset else ["paper", "compact"]:
        make = train_paper if preset == "paper" else train_compact
        done = options.output / LAST[preset] / WEIGHTS_FILE
        evaluate(done if options.trained else make(options), options, name=preset)


def train_paper(options: argparse.Namespace) -> Path:
    """Train ``paper`` by all recipes of the paper; return the weights."""
    folder = options.output / "paper"
    for name in WEIGHTS:
        with timed(options.output, name):
            weights = [folder / run / WEIGHTS_FILE for run in AFTER.get(name, ())]
            model = start_model("paper", weights, crf=options.crf)
            train(model, paper_config(name, options), folder / name, on_progress=show)
    return folder / name / WEIGHTS_FILE


def paper_config(name: str, options: argparse.Namespace) -> TrainConfig:
    """Return a recipe of the paper with small crops and few steps."""
    full = recipe(
        name,
        corpus=options.corpus,
        crf=options.crf,
        preset="paper",
        features=options.features,
    )
    return replace(
        full,
        steps=max(1, round(options.share * STEPS[name])),
        data=replace(full.data, sizes=((CROP_PX, CROP_PX),), workers=0),
        step=replace(full.step, is_bfloat16=name in IN_BFLOAT16),
    )


def train_compact(options: argparse.Namespace) -> Path:
    """Train ``compact`` by a share of its recipes; return the weights."""

    def configure(name: str, seed: int) -> TrainConfig:
        full = recipe(name, corpus=options.corpus, crf=options.crf, seed=seed)
        short = shorten(full, options.share * COMPACT_SHARE)
        return replace(short, data=replace(short.data, workers=0))

    with timed(options.output, "compact"):
        result = train_all(
            "compact",
            options.output / "compact",
            configure,
            on_run=print,
            on_progress=show,
        )
    return result.weights


def evaluate(weights: Path, options: argparse.Namespace, *, name: str) -> None:
    """Measure weights on val views, without whole panoramas, and plain sRGB beside."""
    views = load_val_set(options.corpus, options.crf, n_views=options.views, seed=SEED)
    run = reconstructor(load_model(weights))
    rows: dict[str, list[Row]] = {name: [], "sRGB": []}
    with timed(options.output, f"evaluate {name}"):
        for case in views.cases():
            if case.kind != "view":
                continue
            result = run(case.plate, None)
            rows[name].append(measure_result(case, "hdr_core", result, with_jod=True))
            plain = measure_curve(
                case, "sRGB-linear", inverse_srgb(grid()), with_jod=True
            )
            rows["sRGB"].append(plain)
    table = "".join(table_row(method, found) for method, found in rows.items())
    (options.output / f"val-{name}.txt").write_text(table, encoding="utf-8")
    print(table)


def table_row(method: str, rows: list[Row]) -> str:
    """Return plates, PSNR, JOD, curve RMSE, well, clipped, energy median and bias."""
    energy = np.array([row.energy for row in rows])
    means = [
        np.mean([getattr(row, name) for row in rows])
        for name in ("pu21_psnr", "jod", "crf_rmse", "well", "sat")
    ]
    figures = [*means, np.nanmedian(np.abs(energy)), np.nanmean(energy)]
    return f"| {method} | {len(rows)} | {' | '.join(f'{x:.3f}' for x in figures)} |\n"


@contextmanager
def timed(folder: Path, name: str) -> Iterator[None]:
    """Add the CPU and wall seconds of what runs inside to ``seconds.json``."""
    print(name, flush=True)
    cpu, wall = time.process_time(), time.monotonic()
    try:
        yield
    finally:
        path = folder / "seconds.json"
        found = json.loads(path.read_text()) if path.is_file() else {}
        before = found.get(name, [0.0, 0.0])
        spent = time.process_time() - cpu, time.monotonic() - wall
        found[name] = [round(a + b) for a, b in zip(before, spent, strict=True)]
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1))


def show(step: int, seconds: float, losses: dict[str, float]) -> None:
    """Print the losses of a run."""
    parts = "  ".join(f"{name} {value:.5g}" for name, value in losses.items())
    print(f"{step:6d} {seconds:7.0f} s  {parts}", flush=True)


if __name__ == "__main__":
    main()
