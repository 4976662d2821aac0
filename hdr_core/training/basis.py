"""The basis of camera response curves, from measured curves and today's encodings."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from hdr_core.camera.curves import Curve
from hdr_core.camera.response import CurveBasis, build_basis, invert_samples
from hdr_core.camera.responses import (
    CurvePool,
    draw_curve,
    real_curve,
    todays_curve,
)
from hdr_core.training.data import training_pool

SEED = 11
# Chance that a measured curve of the library is a blend of two.
MIX = 0.3
# Share of cameras in use among the likely curves: most plates are photographs. The
# others are measured curves, and encodings of renders, scans, video and stock.
REAL_SHARE = 0.73


def training_basis(
    crf: Path,
    *,
    n_components: int,
    n_library: int = 0,
    real: Path | None = None,
    corpus: Path | None = None,
) -> CurveBasis:
    """Return the mean and the principal components of the training curves.

    Half of the curves are measured, half are today's encodings, as in training.

    Args:
        crf: File of the measured curves; the held-out ones are not used.
        n_components: Number of principal components.
        n_library: Number of likely curves to keep for the prior of stage 2.
        real: File of the curves of cameras in use; None means film-like ones.
        corpus: If it is a packed corpus, display curves are read from it.
    """
    pool = training_pool(crf, real, corpus=corpus)
    rng = np.random.default_rng(SEED)
    today = [todays_curve(rng, pool.display) for _ in pool.measured]
    curves = np.concatenate([pool.measured, np.stack(today)])
    basis = build_basis(invert_samples(curves), n_components=n_components)
    if not n_library:
        return basis
    likely = np.stack([_likely_curve(rng, pool) for _ in range(n_library)])
    return replace(basis, library=basis.coefficients(invert_samples(likely)))


def _likely_curve(rng: np.random.Generator, pool: CurvePool) -> Curve:
    if rng.random() < REAL_SHARE:
        return real_curve(rng, pool.real)
    return draw_curve(rng, pool, mix=MIX)
