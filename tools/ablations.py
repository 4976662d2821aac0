"""Ablations of stage 3: a short training with and without each ingredient.

    python tools/ablations.py --corpus CORPUS --crf CURVES.npz -o FOLDER [NAME ...]

Each variant trains a fresh stage 3 on the same shots for the same number of steps. It
is measured on the val views without stage 4, with the estimated curve and with the
camera's true curve. The other stages are those of the shipped weights. A few hundred
steps are enough to rank the ingredients, not to make weights. Variants that are in
FOLDER already are not trained again. Takes hours.
"""

import argparse
import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from hdr_core.checkpoint import load_model
from hdr_core.config import GainNetworkConfig
from hdr_core.evaluation.evaluate import reconstructor
from hdr_core.evaluation.measure import measure
from hdr_core.evaluation.protocol import ValSet, load_val_set
from hdr_core.evaluation.rows import Row
from hdr_core.io.corpus import read_manifest
from hdr_core.model import HdrModel
from hdr_core.stages.hallucinate.light import Hallucinate
from hdr_core.training.config import TrainConfig
from hdr_core.training.data import DataConfig
from hdr_core.training.loop import train
from hdr_core.training.recipes import LIGHT_WEIGHTS, VARIATION, hallucinate

STEPS = 400
VIEW_SIZES = ((128, 192),)


@dataclass(frozen=True)
class Variant:
    """Differences from the recipe.

    Attributes:
        without: Losses to leave out.
        variation: Weight of total variation.
        most_curve_error: As in ``DataConfig``; 0 means true curves, as in the paper.
        aimed_share: As in ``DataConfig``.
        width: Factor on the width of the gain network.
        steps: Factor on the number of steps.
        scenes: Use every n-th scene for training.
    """

    without: tuple[str, ...] = ()
    variation: float = 0.0
    most_curve_error: float = DataConfig.most_curve_error
    aimed_share: float = DataConfig.aimed_share
    width: float = 1.0
    steps: float = 1.0
    scenes: int = 1


VARIANTS = {
    "all": Variant(),
    "without energy": Variant(without=("window", "energy")),
    "without perceptual": Variant(without=("perceptual",)),
    "with total variation": Variant(variation=VARIATION),
    "pixels alone": Variant(without=("window", "energy", "perceptual")),
    "true curves": Variant(most_curve_error=0.0),
    "views at random": Variant(aimed_share=0.0),
    "half as wide": Variant(width=0.5),
    "wider by half": Variant(width=1.5),
    "a quarter of the steps": Variant(steps=0.25),
    "half of the steps": Variant(steps=0.5),
    "twice the steps": Variant(steps=2.0),
    "a quarter of the scenes": Variant(scenes=4),
    "half of the scenes": Variant(scenes=2),
}


@dataclass(frozen=True)
class Scores:
    """Means over the val views; of the energy error, median and 90th percentile."""

    pu21_psnr: float
    sat: float
    energy: float
    energy_p90: float
    psnr_true_curve: float
    energy_true_curve: float


def start(variant: Variant) -> HdrModel:
    """Return the shipped model with a fresh stage 3."""
    model = load_model()
    network = model.config.hallucinate.network
    if not isinstance(network, GainNetworkConfig):
        raise SystemExit(
            "ablations: the stage 3 of these weights is not a gain network."
        )
    channels = tuple(round(count * variant.width) for count in network.channels)
    stage = replace(
        model.config.hallucinate, network=replace(network, channels=channels)
    )
    torch.manual_seed(0)
    model.hallucinate = Hallucinate(stage)
    model.config = replace(model.config, hallucinate=stage)
    return model


def plan(variant: Variant, data: DataConfig, steps: int) -> TrainConfig:
    """Return the recipe of a variant."""
    recipe = hallucinate(
        replace(
            data,
            most_curve_error=variant.most_curve_error,
            aimed_share=variant.aimed_share,
        )
    )
    weights = {k: v for k, v in LIGHT_WEIGHTS.items() if k not in variant.without}
    if variant.variation:
        weights["tv"] = variant.variation
    return replace(
        recipe,
        data=replace(recipe.data, sizes=VIEW_SIZES),
        step=replace(recipe.step, weights=weights),
        steps=round(steps * variant.steps),
        ema=0.98,
    )


def thin_corpus(corpus: Path, folder: Path, every: int) -> Path:
    """Return a corpus with links to every n-th training scene."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    entries = read_manifest(corpus)
    usable = [e for e in entries if e["split"] == "train" and e["train_ok"]]
    kept = usable[::every]
    for entry in kept:
        link = folder / entry["file"]
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to((corpus / entry["file"]).resolve())
    manifest = "".join(json.dumps(entry) + "\n" for entry in kept)
    (folder / "manifest.jsonl").write_text(manifest, encoding="utf-8")
    return folder


def score(model: HdrModel, val: ValSet) -> Scores:
    """Return the scores of a model on the val views."""
    run = reconstructor(model.eval())
    ours: list[Row] = []
    with_curve: list[Row] = []
    for case in (val.case(plan) for plan in val.plans if plan.kind == "view"):
        for curve, results in ((None, ours), (case.camera.inverse_crf, with_curve)):
            hdr = run(case.plate, curve, skip=("refine",)).hdr.pixels
            results.append(measure(case, "hdr_core", hdr, with_jod=False))
    off = np.abs([result.energy for result in ours])
    return Scores(
        pu21_psnr=float(np.mean([result.pu21_psnr for result in ours])),
        sat=float(np.mean([result.sat for result in ours])),
        energy=float(np.median(off)),
        energy_p90=float(np.quantile(off, 0.9)),
        psnr_true_curve=float(np.mean([result.pu21_psnr for result in with_curve])),
        energy_true_curve=float(np.median(np.abs([r.energy for r in with_curve]))),
    )


def work(name: str, options: argparse.Namespace, val: ValSet) -> Scores:
    """Train and measure a variant, or read its scores of an earlier run."""
    variant, folder = VARIANTS[name], options.output / name.replace(" ", "-")
    scores_path = folder / "scores.json"
    if scores_path.is_file():
        return Scores(**json.loads(scores_path.read_text(encoding="utf-8")))
    corpus = options.corpus
    if variant.scenes > 1:
        corpus = thin_corpus(corpus, folder / "corpus", variant.scenes)
    model = start(variant)
    recipe = plan(variant, DataConfig(corpus=corpus, crf=options.crf), options.steps)
    result = train(model, recipe, folder)
    # load_model cannot be used: a network of another width is not a preset.
    model.load_state_dict(load_file(result.weights))
    scores = score(model, val)
    scores_path.write_text(json.dumps(asdict(scores)), encoding="utf-8")
    return scores


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[*VARIANTS, []], default=[])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--crf", type=Path, required=True)
    parser.add_argument("--output", "-o", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    val = load_val_set(options.corpus, options.crf)
    print("| variant | PU21-PSNR dB | sat | energy | p90 | true curve: dB | energy |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in options.names or VARIANTS:
        s = work(name, options, val)
        figures = f"{s.pu21_psnr:.2f} | {s.sat:.2f} | {s.energy:.2f}"
        figures += f" | {s.energy_p90:.2f} | {s.psnr_true_curve:.2f}"
        print(f"| {name} | {figures} | {s.energy_true_curve:.2f} |", flush=True)


if __name__ == "__main__":
    main()
