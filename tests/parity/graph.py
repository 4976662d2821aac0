"""The graph of Liu et al. 2020 in TensorFlow: its checkpoints and its results.

    python graph.py FOLDER

It is run by a Python that has TensorFlow 2 (``python tasks.py parity`` makes one), in
the mode of TensorFlow 1. For each seed it writes into FOLDER/SEED

    joint/model.ckpt           all four networks, by tf.train.Saver
    stage1, 2, 3/model.ckpt    the same weights, without stage 4
    results.npz                a batch of plates, and the result of each stage
    invemor.txt                the curve basis, laid out as the authors' file is
"""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from networks import (
    COMPONENTS,
    SAMPLES,
    Weights,
    apply_curve,
    dequantize,
    estimate_curve,
    hallucinate,
    refine,
    v1,
)

SEEDS = (0, 1, 2)
HEIGHT, WIDTH, BATCH = 64, 128, 2
ALL_COMPONENTS = 25
STAGES = {
    "stage1": ("Dequantization_Net",),
    "stage2": ("crf_feature_net", "ae_invcrf_decode_net"),
    "stage3": ("Hallucination_Net",),
}


def draw_basis():
    """A mean and components like those of EMoR, as float32 reads them from a text."""
    x = np.linspace(0.0, 1.0, SAMPLES)
    mean = x**2.2
    waves = [np.sin(np.pi * k * x) * 0.04 / k for k in range(1, ALL_COMPONENTS + 1)]
    return np.float32(np.char.mod("%.9e", np.stack([x, mean, *waves])).astype(float))


def write_basis(path: Path, curves) -> None:
    names = ["B =", "g0 =", *(f"hinv({k})=" for k in range(1, ALL_COMPONENTS + 1))]
    with path.open("w", encoding="utf-8") as file:
        for name, curve in zip(names, curves, strict=True):
            print(name, file=file)
            for row in curve.reshape(-1, 4):
                print(*(f"{number:.9e}" for number in row), sep="   ", file=file)


def draw_plates(seed: int):
    """Plates of codes: smooth light of all levels, black and clipped areas, noise.

    The second is darker, so that its curve is another.
    """
    rng = np.random.default_rng(100 + seed)
    rows, columns = np.meshgrid(
        np.arange(HEIGHT) / HEIGHT, np.arange(WIDTH) / WIDTH, indexing="ij"
    )
    light = np.zeros((BATCH, HEIGHT, WIDTH, 3))
    for _ in range(8):
        at = rng.uniform(0.0, 6.0, (4, BATCH, 1, 1, 3))
        wave = np.sin(3.0 * (at[0] * rows[..., None] + at[1] * columns[..., None]))
        light += (at[2] - 3.0) * 0.1 * wave
    light = (0.5 + light + 0.02 * rng.standard_normal(light.shape)).clip(0.0, 1.0)
    light[1] **= 3
    return (np.round(255.0 * light) / 255.0).astype(np.float32)


def main(folder: Path) -> None:
    """Write checkpoints and results of all seeds."""
    v1.disable_eager_execution()
    curves, w = draw_basis(), Weights()
    plate = v1.placeholder(tf.float32, (BATCH, HEIGHT, WIDTH, 3))
    dequantized = dequantize(w, plate)
    basis = tf.constant(curves[1]), tf.constant(curves[2 : 2 + COMPONENTS])
    curve = estimate_curve(w, dequantized, basis)
    linear = apply_curve(dequantized, curve)
    hallucinated = hallucinate(w, linear)
    refined = refine(w, hallucinated, linear, dequantized)
    results = {
        "dequantized": dequantized,
        "curve": curve,
        "linear": linear,
        "hallucinated": hallucinated,
        "refined": refined,
    }
    # A variable of the optimizer, as checkpoints of a training have them.
    w.normal("beta1_power", (), 0.0, middle=0.9)
    for seed in SEEDS:
        place = folder / str(seed)
        place.mkdir(parents=True)
        write_basis(place / "invemor.txt", curves)
        with v1.Session() as session:
            w.load(session, seed)
            save(session, list(w.draws), place)
            plates = draw_plates(seed)
            found = session.run(results, {plate: plates})
        np.savez(place / "results.npz", plate=plates, **found)


def save(session: tf.compat.v1.Session, variables, place: Path) -> None:
    """Write the joint checkpoint, and one for each of the first three stages."""
    groups = {"joint": variables}
    for name, scopes in STAGES.items():
        groups[name] = [v for v in variables if v.name.split("/")[0] in scopes]
    for name, group in groups.items():
        prefix = place / name / "model.ckpt"
        prefix.parent.mkdir()
        v1.train.Saver(group).save(session, str(prefix), write_meta_graph=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
