"""Train the networks that recognize output transforms (hdr_core/recognize/).

    python -m tools.train_recognition draw --corpus CORPUS --crf CURVES.npz \
        --real CURVES.npz -o facts.npz [--views 1500]
    python -m tools.train_recognition fit facts.npz -o recognize.safetensors

``draw`` takes views of the training scenes that shipped weights may learn from, and as
many simple renders (simple_renders.py). Each is exposed as renders are and goes through
some output transforms, and through cameras (training/draw.py): views through more
cameras, renders through more transforms. ``--renders`` is the share of simple renders,
``--edited`` that of photographs that were edited for the web. Half of the pictures are
JPEG. Its facts and its true transform are stored. ``fit`` trains the networks on them
and prints what they recognize of the scenes that were left out.
"""

import argparse
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hdr_core.camera.capture import add_noise, draw_camera, quantize
from hdr_core.camera.jpeg import jpeg
from hdr_core.camera.processing import (
    draw_processing,
    draw_real_processing,
    reduce_size,
    sharpen,
)
from hdr_core.camera.responses import (
    SAMPLES,
    CurvePool,
    load_measured,
    load_real,
)
from hdr_core.color.display_curve import display_curve
from hdr_core.color.output_transforms import NAMES, find_output_transform
from hdr_core.io.corpus import Scene, load_scenes
from hdr_core.recognize.classes import CAMERA
from hdr_core.recognize.classifier import Classifier, save_classifier
from hdr_core.recognize.facts import cut_tiles, plate_facts
from hdr_core.recognize.torch_recognizer import TorchRecognizer
from hdr_core.training.variety import draw_exposure, join, relight, vary_color
from hdr_core.training.views import draw_view
from tools.simple_renders import draw_render

SEED = 28
# Views are reduced by area, so that their edges are as sharp as those of renders.
SIZE = (256, 384)
MOST_REDUCTION = 2.5
# Share of photographs that somebody edited, and of those that are soft: large ones are,
# by the lens, the color filter array and noise reduction.
EDITED, SOFT = 0.7, 0.6
# Transforms and cameras for each view, and for each simple render.
OF_VIEW, OF_RENDER = (4, 3), (6, 1)
# A camera with a curve this close to that of a transform counts as the transform.
SAME_RMS = 0.004
HELD_OUT = 5  # every fifth scene
MEMBERS, STEPS, BATCH = 6, 5000, 256


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = parser.add_subparsers(required=True)
    drawing = parts.add_parser("draw")
    drawing.add_argument("--corpus", type=Path, required=True)
    drawing.add_argument("--crf", type=Path, required=True)
    drawing.add_argument("--real", type=Path, required=True)
    drawing.add_argument("--views", type=int, default=1500)
    drawing.add_argument("--renders", type=float, default=0.5)
    drawing.add_argument("--edited", type=float, default=EDITED)
    drawing.add_argument("--seed", type=int, default=SEED)
    drawing.add_argument("-o", "--output", type=Path, required=True)
    drawing.set_defaults(run=draw)
    fitting = parts.add_parser("fit")
    fitting.add_argument("facts", type=Path, nargs="+")
    fitting.add_argument("-o", "--output", type=Path, required=True)
    fitting.set_defaults(run=fit)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.run(options)


def draw(options: argparse.Namespace) -> None:
    """Draw pictures; store their facts, labels and scenes."""
    scenes = load_scenes(options.corpus, split="train", needs_train_ok=True)
    measured, _ = load_measured(options.crf)
    levels = (1.0, 2.0, 4.0, 8.0, 16.0)
    display = np.stack([display_curve(level, samples=SAMPLES) for level in levels])
    pool = CurvePool(measured, display, load_real(options.real))
    rng = np.random.default_rng(options.seed)
    rows: list[tuple[np.ndarray, int, int, bool]] = []
    for number in range(options.views):
        index, (n_transforms, n_cameras) = int(rng.integers(len(scenes))), OF_VIEW
        if options.renders and rng.random() < options.renders:
            # Each simple render is a scene of its own.
            view, index = draw_render(rng), len(scenes) + number
            n_transforms, n_cameras = OF_RENDER
        else:
            view = _draw_view(scenes[index], rng)
        names = rng.choice(len(NAMES), n_transforms, replace=False)
        shots = [(_render(view, NAMES[name], rng), int(name)) for name in names]
        edited = options.edited
        shots += [_photograph(view, pool, rng, edited=edited) for _ in range(n_cameras)]
        for (picture, is_jpeg), label in shots:
            tiles = cut_tiles(picture.permute(1, 2, 0).numpy())
            facts = plate_facts(tiles, TorchRecognizer(), is_lossy=is_jpeg)
            rows.append((facts, label, index, is_jpeg))
        if number % 100 == 99 or number + 1 == options.views:
            facts, labels, places, jpegs = map(np.array, zip(*rows, strict=True))
            np.savez(
                options.output, facts=facts, labels=labels, scenes=places, jpegs=jpegs
            )
            print(f"{number + 1} views, {len(rows)} pictures", flush=True)


def _draw_view(scene: Scene, rng: np.random.Generator) -> Tensor:
    """Return a view, (3, h, w) scene-linear, with sharp edges and varied colors."""
    height, width = SIZE
    rows, columns = scene.pixels.shape[1:]
    share = min(1.0, rows / height, columns / width)
    view = draw_view(
        scene,
        rng,
        height=int(height * share),
        width=int(width * share),
        crop=rng.random() < 0.3,
        aimed_share=0.3,
    )
    view = reduce_size(view, rng.uniform(1.0, MOST_REDUCTION))
    view = vary_color(view, rng)
    if rng.random() < 0.5:
        # Renders are often more saturated than photographs.
        grey = view.mean(dim=0, keepdim=True)
        view = (grey + rng.uniform(1.0, 1.8) * (view - grey)).clamp(min=0.0)
    if rng.random() < 0.3:
        view = join(view, vary_color(view.flip(2), rng), rng)
    return relight(view, rng) if rng.random() < 0.3 else view


def _render(view: Tensor, name: str, rng: np.random.Generator) -> tuple[Tensor, bool]:
    """Return a picture of a view through an output transform, and if it is JPEG."""
    if rng.random() < 0.5:
        light = draw_exposure(view, rng)
    else:
        key = float(torch.log(view.mean(dim=0) + 1e-5).mean().exp())
        light = view * (0.18 / key) * 2.0 ** rng.uniform(-2.0, 1.0)
    if rng.random() < 0.3:
        noise = torch.randn(light.shape, generator=_generator(rng))
        light = light * (1.0 + noise * rng.uniform(0.002, 0.03)).clamp(min=0.0)
    codes = find_output_transform(name).encode(light.permute(1, 2, 0).numpy())
    encoded = torch.from_numpy(codes).float().permute(2, 0, 1).nan_to_num()
    kind = rng.random()
    if kind < 0.1:
        encoded = reduce_size(encoded, rng.uniform(1.1, 1.6))
    elif kind < 0.2:
        encoded = sharpen(encoded, rng.uniform(0.1, 0.8), radius_px=0.7)
    elif kind < 0.3:
        # Dither, as Blender and games add it.
        encoded = add_noise(
            encoded,
            shot=0.0,
            read=rng.uniform(0.2, 0.6) / 255,
            generator=_generator(rng),
        )
    return _store(encoded.clamp(0.0, 1.0), rng)


def _store(encoded: Tensor, rng: np.random.Generator) -> tuple[Tensor, bool]:
    if rng.random() < 0.5:
        return quantize(encoded, bits=8), False
    quality = int(rng.integers(75, 99))
    subsampling = "4:2:0" if rng.random() < 0.6 else "4:4:4"
    return jpeg(encoded, quality=quality, subsampling=subsampling), True


def _generator(rng: np.random.Generator) -> torch.Generator:
    return torch.Generator().manual_seed(int(rng.integers(2**62)))


def _photograph(
    view: Tensor, pool: CurvePool, rng: np.random.Generator, *, edited: float
) -> tuple[tuple[Tensor, bool], int]:
    """Return a picture of a view by a camera, if it is JPEG, and its label.

    A share ``edited`` of the pictures was edited, and is no output transform's.
    """
    is_real = rng.random() < 0.6
    camera = draw_camera(rng, pool, jpeg_share=0.5, noise=1.0, mix=0.3, is_real=is_real)
    reduction = rng.uniform(1.0, 1.4) if rng.random() < 0.6 else 1.0
    if is_real:
        processing = draw_real_processing(rng, reduction=reduction)
        camera = replace(camera, processing=processing)
    elif rng.random() < 0.3:
        camera = replace(camera, processing=draw_processing(rng, reduction=reduction))
    elif rng.random() < 0.3:
        camera = replace(camera, shot=0.0, read=0.0)
    light = draw_exposure(view, rng)
    picture = camera.shoot(light, _generator(rng))
    if edited and rng.random() < edited:
        return _store(_edit(picture, rng), rng), len(NAMES)
    label = len(NAMES) if is_real else _label(camera.inverse_crf)
    return (picture, camera.jpeg_quality is not None), label


def _edit(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """Return a photograph, (3, h, w) encoded, as people edit it for the web."""
    grey = picture.mean(dim=0, keepdim=True)
    picture = (grey + rng.uniform(0.7, 1.6) * (picture - grey)).clamp(0.0, 1.0)
    picture = picture ** rng.uniform(0.75, 1.3)
    # Contrast: an S that is straight for 0, and rises everywhere.
    contrast = rng.uniform(-0.3, 0.7) / (2.0 * math.pi)
    picture = picture - contrast * torch.sin(2.0 * math.pi * picture)
    picture = picture * rng.uniform(0.95, 1.1)
    if rng.random() < SOFT:
        picture = _enlarge(picture, rng.uniform(1.2, 2.5))
    else:
        picture = reduce_size(picture, rng.uniform(1.0, 1.6))
    sharpened = sharpen(picture, rng.uniform(0.0, 0.8), radius_px=rng.uniform(0.5, 1.2))
    return sharpened.clamp(0.0, 1.0)


def _enlarge(picture: Tensor, factor: float) -> Tensor:
    """Return a picture (3, h, w) enlarged, and cut to ``SIZE`` at most."""
    large = functional.interpolate(picture[None], scale_factor=factor, mode="bicubic")[
        0
    ]
    return large[:, : SIZE[0], : SIZE[1]]


def _label(inverse_crf: np.ndarray) -> int:
    """Return the transform of the same curve; the camera's number if there is none."""
    x = np.linspace(0.0, 1.0, len(inverse_crf))
    for number, name in enumerate(NAMES):
        transform = find_output_transform(name)
        if not transform.is_curve or not math.isclose(transform.white, 1.0):
            continue
        own = transform.decode(np.repeat(x[:, None], 3, axis=1))[:, 1]
        if np.sqrt(np.mean((own - inverse_crf) ** 2)) < SAME_RMS:
            return number
    return len(NAMES)


def fit(options: argparse.Namespace) -> None:
    """Train the networks, print what they recognize, and store them."""
    parts = [np.load(path) for path in options.facts]
    facts, labels, scenes, jpegs = (
        np.concatenate([part[name] for part in parts])
        for name in ("facts", "labels", "scenes", "jpegs")
    )
    facts = torch.from_numpy(facts).float()
    target = torch.from_numpy(labels).long()
    is_out = scenes % HELD_OUT == 0
    torch.manual_seed(SEED)
    network = Classifier(facts.shape[1], len(NAMES) + 1, members=MEMBERS)
    network.normalize(facts[~is_out])
    for member in range(MEMBERS):
        _fit_member(network, member, facts[~is_out], target[~is_out])
        _report(network, facts, target, is_out, jpegs, upto=member + 1)
    save_classifier(network, options.output)


def _fit_member(
    network: Classifier, member: int, facts: Tensor, target: Tensor
) -> None:
    part = network.members[member].train()
    optimizer = torch.optim.AdamW(part.parameters(), lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, STEPS)
    inputs = network.scale(facts)
    for _ in range(STEPS):
        some = torch.randint(len(inputs), (BATCH,))
        loss = functional.cross_entropy(part(inputs[some]), target[some])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    part.eval()


@torch.no_grad()
def _report(
    network: Classifier,
    facts: Tensor,
    target: Tensor,
    is_out: np.ndarray,
    jpegs: np.ndarray,
    *,
    upto: int,
) -> None:
    for name, which in (("PNG", is_out & ~jpegs), ("JPEG", is_out & jpegs)):
        found = network.probabilities(facts[which], upto=upto)
        truth = target[which]
        right = found.argmax(dim=1) == truth
        is_camera = truth == len(NAMES)
        loss = functional.nll_loss(found.clamp(min=1e-9).log(), truth)
        ours, theirs = (right[part].float().mean() for part in (~is_camera, is_camera))
        print(
            f"{upto} networks, {name}: transforms {ours:.3f}, {CAMERA} {theirs:.3f}, "
            f"loss {loss:.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
