"""Draw training shots: a view of a scene, varied, exposed and shot by a camera.

scene -> view (or crop, or whole panorama) -> color and exposure -> camera -> plate
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from hdr_core.camera.capture import Camera, draw_camera
from hdr_core.camera.curves import Curve
from hdr_core.camera.processing import (
    draw_processing,
    draw_real_processing,
    reduce_size,
    shade,
)
from hdr_core.camera.response import invert_samples
from hdr_core.camera.responses import CurvePool, draw_curve, real_curve
from hdr_core.io.corpus import Scene
from hdr_core.training.data import DataConfig
from hdr_core.training.paper_shots import draw_paper_shot
from hdr_core.training.variety import (
    defocus,
    draw_exposure,
    join,
    relight,
    vary_color,
)
from hdr_core.training.views import choose_fine_scenes, draw_part, draw_view

# Strongest vignetting in the corners of a lens.
MOST_SHADE_STOPS = 1.5
# Share of processed plates that are reduced, largest factor, and most rows before the
# reduction (the rows that scenes have).
REDUCED_SHARE, MOST_REDUCTION, MOST_ROWS = 1 / 3, 2.0, 512
# The same for photographs of cameras in use.
REAL_REDUCED_SHARE = 0.8


def draw_scene(
    scenes: list[Scene],
    config: DataConfig,
    rng: np.random.Generator,
    size: tuple[int, int],
) -> tuple[Tensor, Tensor | None]:
    """Draw one view of one scene, with varied colors.

    Args:
        scenes: Scenes to choose from.
        config: Kinds of views and their shares.
        rng: Random generator.
        size: (height, width), px.

    Returns:
        The view, (3, height, width) scene-linear, and the reduced panorama that its
        exposure depends on; None means the view itself sets the exposure.
    """
    fine = choose_fine_scenes(scenes, size)
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
    """Yield the fields of ``Shots``, without the batch dimension, for one view."""
    if config.is_of_paper:
        yield draw_paper_shot(scenes, pool.measured, rng, size)
        return
    # A random number is drawn only if the share is not 0, here and below: recipes
    # without it keep their random sequence.
    is_real = bool(config.real_share) and rng.random() < config.real_share
    is_processed = is_real or (
        bool(config.processed_share) and rng.random() < config.processed_share
    )
    reduction = _draw_reduction(rng, size, is_real=is_real) if is_processed else 1.0
    if reduction != 1.0:
        size = round(size[0] * reduction), round(size[1] * reduction)
    view, metered = _draw_varied_scene(scenes, config, rng, size)
    for _ in range(config.shots_per_view):
        hdr = draw_exposure(view, rng, metered=metered)
        if is_processed:
            hdr = shade(hdr, stops=rng.uniform(0.0, MOST_SHADE_STOPS))
        camera = _draw_camera(pool, config, rng, is_real=is_real)
        if is_processed:
            draw = draw_real_processing if is_real else draw_processing
            camera = replace(camera, processing=draw(rng, reduction=reduction))
        inverse_crf = torch.from_numpy(camera.inverse_crf).float()
        other = real_curve(rng, pool.real) if is_real else draw_curve(rng, pool)
        guess = _guess_curve(inverse_crf, other, config, rng)
        plate, *truths = _shoot(hdr, camera, rng)
        smaller = (reduce_size(truth, reduction) for truth in truths)
        yield plate, *smaller, inverse_crf, guess


def _draw_reduction(
    rng: np.random.Generator, size: tuple[int, int], *, is_real: bool
) -> float:
    """Return the factor by which a processed plate is reduced; 1 means not at all."""
    if rng.random() >= (REAL_REDUCED_SHARE if is_real else REDUCED_SHARE):
        return 1.0
    most = max(1.0, min(MOST_REDUCTION, MOST_ROWS / size[0]))
    return rng.uniform(1.0, most)


def _draw_varied_scene(
    scenes: list[Scene],
    config: DataConfig,
    rng: np.random.Generator,
    size: tuple[int, int],
) -> tuple[Tensor, Tensor | None]:
    """Draw a scene as ``draw_scene`` does, at times joined, relit or out of focus."""
    view, metered = draw_scene(scenes, config, rng, size)
    if rng.random() < config.joined_share:
        view = join(view, draw_scene(scenes, config, rng, size)[0], rng)
    if rng.random() < config.relit_share:
        view = relight(view, rng)
    if config.defocused_share and rng.random() < config.defocused_share:
        view = defocus(view, rng)
    return view, metered


def _draw_camera(
    pool: CurvePool, config: DataConfig, rng: np.random.Generator, *, is_real: bool
) -> Camera:
    is_noiseless = rng.random() < config.noiseless_share
    return draw_camera(
        rng,
        pool,
        jpeg_share=config.jpeg_share,
        noise=0.0 if is_noiseless else config.noise,
        mix=config.curve_mix,
        is_real=is_real,
    )


def _guess_curve(
    inverse_crf: Tensor, other_crf: Curve, config: DataConfig, rng: np.random.Generator
) -> Tensor:
    """Return the curve blended with that of another camera, a forward CRF."""
    other = invert_samples(other_crf[None])[0]
    share = rng.uniform(0.0, config.most_curve_error)
    return torch.lerp(inverse_crf, torch.from_numpy(other).float(), share)


def _shoot(
    hdr: Tensor, camera: Camera, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    return camera.shoot(hdr, generator), camera.encode(hdr), hdr
