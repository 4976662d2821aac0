"""Training data: which shots to draw, a batch of them, and the curves of cameras."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from torch import Tensor

from hdr_core.camera.capture import clip
from hdr_core.camera.curves import Curve
from hdr_core.camera.responses import SAMPLES, CurvePool, load_measured, load_real
from hdr_core.io.packed_corpus import read_display_curves


@dataclass(frozen=True)
class DataConfig:
    """Which training shots to draw.

    Attributes:
        corpus: Folder of the HDR scenes, or a packed corpus.
        crf: File of the measured curves.
        sizes: (height, width) of the batches, px, drawn evenly; a height of half the
            width means whole panoramas.
        batch: Number of plates in a batch.
        shots_per_view: Plates made of one view, each by a different camera.
        crop_share: Share of views that are rectangles cut from a panorama, without
            a perspective projection.
        aimed_share: Share of the other views that hold the scene's brightest light.
        sphere_share: Share of the views of panoramas that are such perspective views
            as stage 3 uses, exposed with the whole panorama.
        joined_share: Share of views that are two views joined side by side.
        relit_share: Share of views with a smooth, uneven light added.
        defocused_share: Share of views out of focus.
        processed_share: Share of cameras with in-camera processing
            (camera/processing.py); a third of their plates are also reduced.
        real_share: Share of cameras in use: curves like those of ``real``, behind a
            color filter array and in-camera processing; most of their plates are
            also reduced.
        real: File of the curves of cameras in use; None means film-like ones.
        most_curve_error: Largest share of another camera's curve in a guessed curve.
        curve_mix: Probability that a measured curve is a blend of two.
        noise: Factor on the sensor noise.
        noiseless_share: Share of cameras without noise, where gradients show banding.
        jpeg_share: Share of JPEG plates.
        is_of_paper: Whether shots are drawn as in the paper (paper_shots.py). Then only
            ``sizes``, ``batch``, ``workers`` and ``seed`` count.
        workers: Number of worker processes; 0 means this process.
        seed: Random seed.
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
    is_of_paper: bool = False
    workers: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Shots:
    """A batch of plates with ground truth.

    Attributes:
        plate: Encoded codes / 255, (B, 3, H, W).
        clean: Encoded plate before noise, quantization and JPEG, (B, 3, H, W).
        hdr: Scene-linear, 1 = sensor clip, (B, 3, H, W).
        inverse_crf: True inverse response curves, (B, 1024).
        guessed_crf: Imperfect inverse curves, as stage 2 might estimate them: the
            true curve blended with that of another camera, (B, 1024).
    """

    plate: Tensor
    clean: Tensor
    hdr: Tensor
    inverse_crf: Tensor
    guessed_crf: Tensor

    @property
    def linear(self) -> Tensor:
        """The clipped sensor values: ``hdr`` clipped at 1."""
        return clip(self.hdr)


@cache
def display_curves() -> Curve:
    """Return response curves of today's display transforms, (n, 1024); cached."""
    # A packed corpus has these curves, and trains without OpenColorIO.
    from hdr_core.color.display_curve import display_curve  # noqa: PLC0415

    levels = np.geomspace(1.0, 16.0, 16)
    return np.stack([display_curve(float(level), samples=SAMPLES) for level in levels])


def training_pool(
    crf: Path, real: Path | None = None, *, corpus: Path | None = None
) -> CurvePool:
    """Return the training curves, without the held-out ones.

    Args:
        crf: File of the measured curves.
        real: File of the curves of cameras in use; None means none.
        corpus: If it is a packed corpus, display curves are read from it.
    """
    measured, _ = load_measured(crf)
    is_packed = corpus is not None and corpus.is_file()
    display = read_display_curves(corpus) if corpus and is_packed else display_curves()
    pool = CurvePool(measured=measured, display=display)
    return pool if real is None else replace(pool, real=load_real(real))
