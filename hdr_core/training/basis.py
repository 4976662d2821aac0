"""The curve basis: what responses have in common, old cameras and new."""

from pathlib import Path

import numpy as np

from hdr_core.camera.crf import CurveBasis, build_basis, invert_samples
from hdr_core.camera.curves import todays_curve
from hdr_core.training.data import training_pool

SEED = 11


def training_basis(crf: Path, *, n_components: int) -> CurveBasis:
    """Return mean and principal components of the curves to train on.

    As many of today's encodings as measured ones: half of the cameras have them.

    Args:
        crf: File of the measured curves; the held-out ones are not used.
        n_components: K.
    """
    pool = training_pool(crf)
    rng = np.random.default_rng(SEED)
    today = [todays_curve(rng, pool.display) for _ in pool.measured]
    curves = np.concatenate([pool.measured, np.stack(today)])
    return build_basis(invert_samples(curves), n_components=n_components)
