"""The curve basis: what responses have in common, old cameras and new."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from hdr_core.camera.response import CurveBasis, build_basis, invert_samples
from hdr_core.camera.responses import draw_curve, todays_curve
from hdr_core.training.data import training_pool

SEED = 11
# Chance that a measured curve of the library is a blend of two.
MIX = 0.3


def training_basis(crf: Path, *, n_components: int, n_library: int = 0) -> CurveBasis:
    """Return mean and principal components of the curves to train on.

    As many of today's encodings as measured ones: half of the cameras have them.

    Args:
        crf: File of the measured curves; the held-out ones are not used.
        n_components: K.
        n_library: Likely curves to keep, drawn as cameras are.
    """
    pool = training_pool(crf)
    rng = np.random.default_rng(SEED)
    today = [todays_curve(rng, pool.display) for _ in pool.measured]
    curves = np.concatenate([pool.measured, np.stack(today)])
    basis = build_basis(invert_samples(curves), n_components=n_components)
    if not n_library:
        return basis
    likely = np.stack([draw_curve(rng, pool, mix=MIX) for _ in range(n_library)])
    return replace(basis, library=basis.coefficients(invert_samples(likely)))
