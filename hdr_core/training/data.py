"""What the networks learn from: views of real scenes, shot by random cameras.

    scene -> view (or crop, or whole panorama) -> color and exposure -> camera -> plate

Drawn in worker processes, batch by batch, so that the networks never wait.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from hdr_core.camera.capture import (
    Camera,
    clip,
    draw_camera,
)
from hdr_core.camera.processing import (
    draw_processing,
    draw_real_processing,
    reduce_size,
    shade,
)
from hdr_core.camera.response import Curve, invert_samples
from hdr_core.camera.responses import (
    SAMPLES,
    CurvePool,
    draw_curve,
    load_measured,
    load_real,
    real_curve,
)
from hdr_core.color.ocio import display_curve
from hdr_core.errors import HdrError
from hdr_core.io.corpus import Scene, load_scenes
from hdr_core.training.variety import (
    defocus,
    draw_exposure,
    join,
    relight,
    vary_color,
)
from hdr_core.training.views import draw_part, draw_view, fine_enough

Kept = TypeVar("Kept")
# Darkest corners of a lens.
MOST_SHADE_STOPS = 1.5
# Of processed pictures, those made smaller, by how much at most, and from how many
# rows: scenes have no more.
REDUCED_SHARE, MOST_REDUCTION, MOST_ROWS = 1 / 3, 2.0, 512
REAL_REDUCED_SHARE = 0.8


@dataclass(frozen=True)
class DataConfig:
    """What to draw.

    Attributes:
        corpus: Folder of the HDR scenes.
        crf: File of the measured curves.
        sizes: (height, width) of the batches, drawn evenly; a height of half the
            width asks for whole panoramas.
        batch: Plates a batch.
        shots_per_view: Plates made of one view, each by another camera.
        crop_share: Share of views that are cut straight from the panorama's rows
            and columns, as crops of photographs are.
        aimed_share: Share of the other views that hold the scene's brightest light.
        sphere_share: Share of panoramas' views that are one of those in which stage 3
            sees an exposed panorama.
        joined_share: Share of views that are two views, side by side.
        relit_share: Share of views under a smooth, uneven light of their own.
        defocused_share: Share of views out of focus.
        processed_share: Share of cameras that do more than follow a curve
            (camera/processing.py); a third of their pictures are made smaller.
        real_share: Share of cameras in use: curves like those of ``real``, behind a
            color filter array and a camera's processing; half of their pictures are
            made smaller.
        real: File of the curves of cameras in use; None: film-like ones stand in.
        most_curve_error: Largest share of another camera in a guessed curve.
        curve_mix: Chance that a measured curve is a blend of two.
        noise: Factor on the sensor noise.
        noiseless_share: Share of cameras without noise: smooth light bands there.
        jpeg_share: Share of JPEG plates.
        workers: Processes that draw.
        seed: Source of chance.
    """

    corpus: Path
    crf: Path
    sizes: tuple[tuple[int, int], ...] = ((128, 192), (192, 288))
    batch: int = 16
    shots_per_view: int = 1
    crop_share: float = 0.25
    aimed_share: float = 0.35
    sphere_share: float = 0.0
    joined_share: float = 0.0
    relit_share: float = 0.0
    defocused_share: float = 0.0
    processed_share: float = 0.0
    real_share: float = 0.0
    real: Path | None = None
    most_curve_error: float = 0.6
    curve_mix: float = 0.3
    noise: float = 1.0
    noiseless_share: float = 0.0
    jpeg_share: float = 0.4
    workers: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Shots:
    """A batch of plates and the truth about them.

    Attributes:
        plate: Encoded codes / 255, (B, 3, H, W).
        clean: Encoded before noise, codes and JPEG, (B, 3, H, W).
        hdr: Scene-linear, 1 = sensor clip, (B, 3, H, W).
        inverse_crf: (B, 1024).
        guessed_crf: What stage 2 may take it for: blended with the curve of another
            camera, as estimates are drawn to what is common; (B, 1024).
    """

    plate: Tensor
    clean: Tensor
    hdr: Tensor
    inverse_crf: Tensor
    guessed_crf: Tensor

    @property
    def linear(self) -> Tensor:
        """What the sensor held: ``hdr`` clipped at 1."""
        return clip(self.hdr)


@cache
def display_curves() -> Curve:
    """Return responses of today's display transforms, (n, 1024); asked for once."""
    levels = np.geomspace(1.0, 16.0, 16)
    return np.stack([display_curve(float(level), samples=SAMPLES) for level in levels])


def training_pool(crf: Path, real: Path | None = None) -> CurvePool:
    """Return the curves to train on: the held-out ones are not among them."""
    measured, _ = load_measured(crf)
    pool = CurvePool(measured=measured, display=display_curves())
    return pool if real is None else replace(pool, real=load_real(real))


def draw_scene(
    scenes: list[Scene],
    config: DataConfig,
    rng: np.random.Generator,
    size: tuple[int, int],
) -> tuple[Tensor, Tensor | None]:
    """Return one view of one scene, (3, height, width), in other colors.

    Where it is a part of a panorama that is exposed as a whole, that stands beside it.
    """
    fine = fine_enough(scenes, size)
    scene = fine[rng.integers(len(fine))]
    height, width = size
    if scene.is_panorama and rng.random() < config.sphere_share:
        part, whole_sphere = draw_part(scene, rng, height=height, width=width)
        return vary_color(part, rng), whole_sphere
    view = draw_view(
        scene,
        rng,
        height=height,
        width=width,
        crop=rng.random() < config.crop_share,
        aimed_share=config.aimed_share,
    )
    return vary_color(view, rng), None


def draw_shots(
    scenes: list[Scene],
    pool: CurvePool,
    config: DataConfig,
    rng: np.random.Generator,
    size: tuple[int, int],
) -> Iterator[tuple[Tensor, ...]]:
    """Yield what ``Shots`` holds, without the batch, for shots of one view."""
    # Asked only where wanted, here and below: other recipes' chance stays what it was.
    is_real = bool(config.real_share) and rng.random() < config.real_share
    is_processed = is_real or (
        bool(config.processed_share) and rng.random() < config.processed_share
    )
    reduction = 1.0
    if is_processed and rng.random() < (
        REAL_REDUCED_SHARE if is_real else REDUCED_SHARE
    ):
        most = max(1.0, min(MOST_REDUCTION, MOST_ROWS / size[0]))
        reduction = rng.uniform(1.0, most)
        size = round(size[0] * reduction), round(size[1] * reduction)
    view, metered = draw_scene(scenes, config, rng, size)
    if rng.random() < config.joined_share:
        view = join(view, draw_scene(scenes, config, rng, size)[0], rng)
    if rng.random() < config.relit_share:
        view = relight(view, rng)
    if config.defocused_share and rng.random() < config.defocused_share:
        view = defocus(view, rng)
    for _ in range(config.shots_per_view):
        hdr = draw_exposure(view, rng, metered=metered)
        if is_processed:
            hdr = shade(hdr, stops=rng.uniform(0.0, MOST_SHADE_STOPS))
        is_noiseless = rng.random() < config.noiseless_share
        camera = draw_camera(
            rng,
            pool,
            jpeg_share=config.jpeg_share,
            noise=0.0 if is_noiseless else config.noise,
            mix=config.curve_mix,
            is_real=is_real,
        )
        if is_processed:
            draw = draw_real_processing if is_real else draw_processing
            camera = replace(camera, processing=draw(rng, reduction=reduction))
        inverse_crf = torch.from_numpy(camera.inverse_crf).float()
        other_crf = real_curve(rng, pool.real) if is_real else draw_curve(rng, pool)
        other = invert_samples(other_crf[None])[0]
        share = rng.uniform(0.0, config.most_curve_error)
        guess = torch.lerp(inverse_crf, torch.from_numpy(other).float(), share)
        plate, *truths = _shoot(hdr, camera, rng)
        smaller = (reduce_size(truth, reduction) for truth in truths)
        yield plate, *smaller, inverse_crf, guess


def _shoot(
    hdr: Tensor, camera: Camera, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    return camera.shoot(hdr, generator), camera.encode(hdr), hdr


def whole(shots: "Shots") -> "Shots":
    """Return the batch as it is."""
    return shots


class ShotStream(IterableDataset[Kept]):
    """Endless batches of shots; each worker of each rank draws its own.

    Args:
        config: What to draw.
        keep: What is kept of a batch, worked out by the worker that drew it.
        rank: Of the process that trains.
        start: Where in the run it begins; another start draws other shots.
    """

    def __init__(
        self,
        config: DataConfig,
        keep: Callable[[Shots], Kept],
        *,
        rank: int = 0,
        start: int = 0,
    ) -> None:
        self.config = config
        self.keep = keep
        self.rank = rank
        self.start = start

    def __iter__(self) -> Iterator[Kept]:
        """Yield batches; the same seed, rank, start and worker give the same."""
        info = get_worker_info()
        if info:
            torch.set_num_threads(1)
        worker = info.id if info else 0
        rng = np.random.default_rng([self.config.seed, self.rank, self.start, worker])
        scenes = load_scenes(self.config.corpus, split="train", needs_train_ok=True)
        pool = training_pool(self.config.crf, self.config.real)
        for size in self.config.sizes:
            fine_enough(scenes, size)
        while True:
            size = self.config.sizes[rng.integers(len(self.config.sizes))]
            n_views = math.ceil(self.config.batch / self.config.shots_per_view)
            drawn = [
                shot
                for _ in range(n_views)
                for shot in draw_shots(scenes, pool, self.config, rng, size)
            ]
            shots = drawn[: self.config.batch]
            parts = (torch.stack(part) for part in zip(*shots, strict=True))
            yield self.keep(Shots(*parts))


def stream_shots(
    config: DataConfig, keep: Callable[[Shots], Kept], *, rank: int = 0, start: int = 0
) -> Iterator[Kept]:
    """Yield batches endlessly, drawn by ``config.workers`` processes.

    Raises:
        HdrError: A worker cannot draw: its own error, one line.
    """
    loader = DataLoader(
        ShotStream(config, keep, rank=rank, start=start),
        batch_size=None,
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
    )
    try:
        yield from loader
    except HdrError as error:
        # A worker's error comes with its traceback; its last line is the error.
        kind = type(error)
        _, _, line = str(error).strip().rpartition(f"{kind.__name__}: ")
        raise kind(line) from error
