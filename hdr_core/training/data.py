"""What the networks learn from: views of real scenes, shot by random cameras.

    scene -> view (or crop, or whole panorama) -> color and exposure -> camera -> plate

Drawn in worker processes, batch by batch, so that the networks never wait.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from hdr_core.camera.capture import (
    Camera,
    clip,
    draw_camera,
    expose,
    exposure_for_clipped_share,
)
from hdr_core.camera.crf import Curve
from hdr_core.camera.curves import SAMPLES, CurvePool, load_measured
from hdr_core.camera.view import max_view_width, perspective_view
from hdr_core.color.ocio import display_curve
from hdr_core.io.corpus import Scene, load_scenes

Kept = TypeVar("Kept")

LUMINANCE = (0.2126, 0.7152, 0.0722)
LEAST_FOV, MOST_FOV = math.radians(60), math.radians(110)


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
        curve_mix: Chance that a measured curve is a blend of two.
        noise: Factor on the sensor noise.
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
    curve_mix: float = 0.3
    noise: float = 1.0
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
    """

    plate: Tensor
    clean: Tensor
    hdr: Tensor
    inverse_crf: Tensor

    @property
    def linear(self) -> Tensor:
        """What the sensor held: ``hdr`` clipped at 1."""
        return clip(self.hdr)


def display_curves() -> Curve:
    """Return responses of today's display transforms, (n, 1024)."""
    levels = np.geomspace(1.0, 16.0, 16)
    return np.stack([display_curve(float(level), samples=SAMPLES) for level in levels])


def training_pool(crf: Path) -> CurvePool:
    """Return the curves to train on: the held-out ones are not among them."""
    measured, _ = load_measured(crf)
    return CurvePool(measured=measured, display=display_curves())


def draw_view(
    scene: Scene, rng: np.random.Generator, *, height: int, width: int, crop: bool
) -> Tensor:
    """Draw a view of a scene, never sampled finer than the scene is.

    Args:
        scene: Where to look.
        rng: Source of chance.
        height: Rows.
        width: Columns; twice the height asks for the whole panorama.
        crop: Cut rows and columns instead of turning a camera.

    Returns:
        (3, height, width) scene-linear.
    """
    pixels = torch.from_numpy(scene.pixels)
    if scene.is_panorama and width == 2 * height:
        turned = pixels.roll(int(rng.integers(pixels.shape[2])), dims=2)
        return _shrink(turned, height, width)
    least_fov = _least_fov(pixels.shape[2], width)
    if scene.is_panorama and not crop and least_fov < MOST_FOV:
        return perspective_view(
            pixels,
            yaw=rng.uniform(-math.pi, math.pi),
            pitch=float(np.clip(rng.normal(0.1, 0.45), -1.2, 1.4)),
            fov=rng.uniform(max(LEAST_FOV, least_fov), MOST_FOV),
            height=height,
            width=width,
        )
    return _draw_crop(pixels, rng, height, width, wraps=scene.is_panorama)


def _least_fov(panorama_width: int, width: int) -> float:
    """Return the angle at which a view is as fine as the panorama."""
    per_radian = max_view_width(panorama_width, math.pi / 2) / 2
    return 2 * math.atan(width / 2 / per_radian)


def _draw_crop(
    pixels: Tensor, rng: np.random.Generator, height: int, width: int, *, wraps: bool
) -> Tensor:
    rows, columns = pixels.shape[1:]
    most = min(0.95, columns / width * height / rows)
    side = rng.uniform(min(0.35, most), most) * rows
    # A scene smaller than the view is enlarged: two photographs of the corpus.
    tall, wide = round(side), min(round(side * width / height), columns)
    middle = float(np.clip(rng.normal(0.42, 0.2), 0.0, 1.0))
    top = round(middle * (rows - tall))
    left = int(rng.integers(columns if wraps else columns - wide + 1))
    turned = pixels.roll(-left, dims=2)
    return _shrink(turned[:, top : top + tall, :wide], height, width)


def _shrink(pixels: Tensor, height: int, width: int) -> Tensor:
    return functional.interpolate(pixels[None], (height, width), mode="area")[0]


def vary_color(hdr: Tensor, rng: np.random.Generator) -> Tensor:
    """Return ``hdr`` mirrored by chance, with other white balance and saturation."""
    if rng.random() < 0.5:
        hdr = hdr.flip(2)
    gains = np.exp(rng.normal(0.0, 0.12, 3))
    hdr = hdr * torch.tensor(gains / gains[1], dtype=hdr.dtype)[:, None, None]
    luminance = torch.einsum("c,chw->hw", hdr.new_tensor(LUMINANCE), hdr)
    saturation = rng.uniform(0.6, 1.3)
    return (luminance + saturation * (hdr - luminance)).clamp(min=0.0)


def draw_exposure(hdr: Tensor, rng: np.random.Generator) -> Tensor:
    """Return ``hdr`` exposed as photographers do: a little of it clips.

    Half of the plates clip 2-15 %, four of ten 0.1-25 %, and one of ten nothing.
    """
    kind = rng.random()
    if kind < 0.5:
        share = rng.uniform(0.02, 0.15)
    elif kind < 0.9:
        share = math.exp(rng.uniform(math.log(0.001), math.log(0.25)))
    else:
        share = 0.0
    stops = exposure_for_clipped_share(hdr, share=share)
    if share == 0.0:
        stops -= rng.uniform(0.0, 1.5)
    return expose(hdr, stops=stops)


def draw_shots(
    scenes: list[Scene],
    pool: CurvePool,
    config: DataConfig,
    rng: np.random.Generator,
    size: tuple[int, int],
) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Yield plate, clean plate, HDR and inverse CRF of shots of one view."""
    scene = scenes[rng.integers(len(scenes))]
    height, width = size
    crop = rng.random() < config.crop_share
    view = draw_view(scene, rng, height=height, width=width, crop=crop)
    view = vary_color(view, rng)
    for _ in range(config.shots_per_view):
        hdr = draw_exposure(view, rng)
        camera = draw_camera(
            rng,
            pool,
            jpeg_share=config.jpeg_share,
            noise=config.noise,
            mix=config.curve_mix,
        )
        inverse_crf = torch.from_numpy(camera.inverse_crf).float()
        yield *_shoot(hdr, camera, rng), inverse_crf


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
        while True:
            size = self.config.sizes[rng.integers(len(self.config.sizes))]
            n_views = self.config.batch // self.config.shots_per_view
            shots = [
                shot
                for _ in range(n_views)
                for shot in draw_shots(scenes, pool, self.config, rng, size)
            ]
            parts = (torch.stack(part) for part in zip(*shots, strict=True))
            yield self.keep(Shots(*parts))


def stream_shots(
    config: DataConfig, keep: Callable[[Shots], Kept], *, rank: int = 0, start: int = 0
) -> Iterator[Kept]:
    """Return an endless iterator of batches, drawn by ``config.workers``."""
    loader = DataLoader(
        ShotStream(config, keep, rank=rank, start=start),
        batch_size=None,
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
    )
    return iter(loader)
