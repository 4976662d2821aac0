"""What each ingredient of stage 3 is worth: a short training with it and without.

    python benchmarks/ablations.py --corpus CORPUS --crf CURVES.npz -o FOLDER [NAME ...]

Each variant trains a fresh stage 3 on the same shots for the same number of steps, and
is measured on the val views without stage 4, with the curve that stage 2 estimates and
with the camera's own. The other stages are those of the weights that ship. Some hundred
steps rank ingredients; they do not make weights. What is in FOLDER already is not
trained again.
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
from hdr_core.training.recipes import LIGHT_WEIGHTS, hallucinate

STEPS = 400
VIEW_SIZES = ((128, 192),)


@dataclass(frozen=True)
class Variant:
    """What differs from the recipe.

    Attributes:
        without: Losses left out.
        most_curve_error: As in ``DataConfig``; 0: true curves, as the paper has it.
        aimed_share: As in ``DataConfig``.
        width: Of the context network, times that which ships.
        steps: Times the steps of the others.
        scenes: Every so manieth scene is learnt from.
    """

    without: tuple[str, ...] = ()
    most_curve_error: float = DataConfig.most_curve_error
    aimed_share: float = DataConfig.aimed_share
    width: float = 1.0
    steps: float = 1.0
    scenes: int = 1


VARIANTS = {
    "all": Variant(),
    "without energy": Variant(without=("window", "energy")),
    "without perceptual": Variant(without=("perceptual",)),
    "without total variation": Variant(without=("tv",)),
    "pixels alone": Variant(without=("window", "energy", "perceptual", "tv")),
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
    """Means over the val views; energy: median and 90th percentile."""

    pu21_psnr: float
    sat: float
    energy: float
    energy_p90: float
    psnr_true_curve: float
    energy_true_curve: float


def start(variant: Variant) -> HdrModel:
    """Return the model that ships, with a fresh stage 3."""
    model = load_model()
    context = model.config.hallucinate.network
    if not isinstance(context, GainNetworkConfig):
        raise SystemExit("ablations: these weights see no context.")
    channels = tuple(round(count * variant.width) for count in context.channels)
    stage = replace(
        model.config.hallucinate, network=replace(context, channels=channels)
    )
    torch.manual_seed(0)
    model.hallucinate = Hallucinate(stage)
    model.config = replace(model.config, hallucinate=stage)
    return model


def plan(variant: Variant, data: DataConfig, steps: int) -> TrainConfig:
    """Return the recipe with what differs."""
    recipe = hallucinate(
        replace(
            data,
            most_curve_error=variant.most_curve_error,
            aimed_share=variant.aimed_share,
        )
    )
    weights = {k: v for k, v in LIGHT_WEIGHTS.items() if k not in variant.without}
    return replace(
        recipe,
        data=replace(recipe.data, sizes=VIEW_SIZES),
        step=replace(recipe.step, weights=weights),
        steps=round(steps * variant.steps),
        ema=0.98,
    )


def thin_corpus(corpus: Path, folder: Path, every: int) -> Path:
    """Return a corpus with links to every so manieth scene to train on."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    entries = read_manifest(corpus)
    usable = [e for e in entries if e["split"] == "train" and e["train_ok"]]
    kept = usable[::every]
    for entry in kept:
        link = folder / entry["file"]
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to((corpus / entry["file"]).resolve())
    told = "".join(json.dumps(entry) + "\n" for entry in kept)
    (folder / "manifest.jsonl").write_text(told, encoding="utf-8")
    return folder


def score(model: HdrModel, val: ValSet) -> Scores:
    """Return what the val views say of a model."""
    run = reconstructor(model.eval())
    ours: list[Row] = []
    told: list[Row] = []
    for case in (val.case(plan) for plan in val.plans if plan.kind == "view"):
        for curve, results in ((None, ours), (case.camera.inverse_crf, told)):
            hdr = run(case.plate, curve, skip=("refine",)).hdr.pixels
            results.append(measure(case, "hdr_core", hdr, with_jod=False))
    off = np.abs([result.energy for result in ours])
    return Scores(
        pu21_psnr=float(np.mean([result.pu21_psnr for result in ours])),
        sat=float(np.mean([result.sat for result in ours])),
        energy=float(np.median(off)),
        energy_p90=float(np.quantile(off, 0.9)),
        psnr_true_curve=float(np.mean([result.pu21_psnr for result in told])),
        energy_true_curve=float(np.median(np.abs([r.energy for r in told]))),
    )


def work(name: str, options: argparse.Namespace, val: ValSet) -> Scores:
    """Train and measure a variant, or read what was measured before."""
    variant, folder = VARIANTS[name], options.output / name.replace(" ", "-")
    told = folder / "scores.json"
    if told.is_file():
        return Scores(**json.loads(told.read_text(encoding="utf-8")))
    corpus = options.corpus
    if variant.scenes > 1:
        corpus = thin_corpus(corpus, folder / "corpus", variant.scenes)
    model = start(variant)
    recipe = plan(variant, DataConfig(corpus=corpus, crf=options.crf), options.steps)
    result = train(model, recipe, folder)
    # Not by name: a context of another width is no preset.
    model.load_state_dict(load_file(result.weights))
    scores = score(model, val)
    told.write_text(json.dumps(asdict(scores)), encoding="utf-8")
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
