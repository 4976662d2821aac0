"""What the networks learn from: views of real scenes, shot by random cameras.

    scene -> view (or crop, or whole panorama) -> color and exposure -> camera -> plate

Drawn in worker processes, batch by batch, so that the networks never wait.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
    expose,
    exposure_for_clipped_share,
)
from hdr_core.camera.crf import Curve, invert_samples
from hdr_core.camera.curves import SAMPLES, CurvePool, draw_curve, load_measured
from hdr_core.color.ocio import display_curve
from hdr_core.errors import HdrError
from hdr_core.io.corpus import Scene, load_scenes
from hdr_core.training.variety import defocus, join, relight, vary_color
from hdr_core.training.views import draw_part, draw_view, fine_enough

Kept = TypeVar("Kept")
# Nothing can be told of a part of a panorama of which more is clipped.
MOST_CLIPPED = 0.7


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


def training_pool(crf: Path) -> CurvePool:
    """Return the curves to train on: the held-out ones are not among them."""
    measured, _ = load_measured(crf)
    return CurvePool(measured=measured, display=display_curves())


def draw_exposure(
    hdr: Tensor, rng: np.random.Generator, *, metered: Tensor | None = None
) -> Tensor:
    """Return ``hdr`` exposed as photographers do: a little of it clips.

    Half of the plates clip 2-15 %, four of ten 0.1-25 %, and one of ten nothing.

    Args:
        hdr: What is exposed, (3, H, W).
        rng: Source of chance.
        metered: What is to clip so, where ``hdr`` is a part of more. If most of the
            part would clip, it is metered itself.
    """
    kind = rng.random()
    if kind < 0.5:
        share = rng.uniform(0.02, 0.15)
    elif kind < 0.9:
        share = math.exp(rng.uniform(math.log(0.001), math.log(0.25)))
    else:
        share = 0.0
    stops = exposure_for_clipped_share(hdr, share=share)
    if metered is not None:
        least = exposure_for_clipped_share(hdr, share=MOST_CLIPPED)
        stops = min(exposure_for_clipped_share(metered, share=share), least)
    if share == 0.0:
        stops -= rng.uniform(0.0, 1.5)
    return expose(hdr, stops=stops)


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
    view, metered = draw_scene(scenes, config, rng, size)
    if rng.random() < config.joined_share:
        view = join(view, draw_scene(scenes, config, rng, size)[0], rng)
    if rng.random() < config.relit_share:
        view = relight(view, rng)
    # Asked only where wanted: other recipes' chance stays what it was.
    if config.defocused_share and rng.random() < config.defocused_share:
        view = defocus(view, rng)
    for _ in range(config.shots_per_view):
        hdr = draw_exposure(view, rng, metered=metered)
        is_noiseless = rng.random() < config.noiseless_share
        camera = draw_camera(
            rng,
            pool,
            jpeg_share=config.jpeg_share,
            noise=0.0 if is_noiseless else config.noise,
            mix=config.curve_mix,
        )
        inverse_crf = torch.from_numpy(camera.inverse_crf).float()
        other = invert_samples(draw_curve(rng, pool)[None])[0]
        share = rng.uniform(0.0, config.most_curve_error)
        guess = torch.lerp(inverse_crf, torch.from_numpy(other).float(), share)
        yield *_shoot(hdr, camera, rng), inverse_crf, guess


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
        pool = training_pool(self.config.crf)
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
