"""Curves of a film-like camera, and plates through them."""

import numpy as np
import pytest

from hdr_core.camera.response import invert_samples
from hdr_core.camera.responses import filmic, grid
from hdr_core.plate import Plate


def inverse_film(*, white=5.0, toe=1.5):
    """The inverse CRF of a film-like camera, (1024,)."""
    return invert_samples(filmic(grid(), white=white, toe=toe)[None])[0]


def photographed(light, curve, *, bits=8, noise=0.0):
    """Codes of light through a curve, as values in [0, 1]."""
    encoded = np.interp(np.minimum(light, 1.0), curve, np.linspace(0, 1, len(curve)))
    encoded += np.random.default_rng(0).normal(0.0, noise, encoded.shape)
    max_code = 2**bits - 1
    codes = np.rint(np.clip(encoded, 0.0, 1.0) * max_code)
    return (codes / max_code).astype(np.float32)


@pytest.fixture
def a_curve():
    return inverse_film()


@pytest.fixture
def likely_curves():
    """Film-like cameras, none of them the one of ``a_curve``."""
    pairs = [(w, t) for w in np.linspace(2, 9, 8) for t in np.linspace(1.05, 1.8, 6)]
    return np.stack([inverse_film(white=w, toe=t) for w, t in pairs])


@pytest.fixture
def a_scene():
    """Light of 48 x 64 pixels: a ramp with a tint, and a grey card of 0.18."""
    rows, columns = np.mgrid[0:48, 0:64]
    ramp = np.exp2(columns / 8 - 6.5 + rows / 48)[..., None]
    light = ramp * np.array([1.0, 0.9, 0.8])
    light[10:20, 10:20] = 0.18
    return light


@pytest.fixture
def a_plate(a_scene, a_curve):
    return Plate(photographed(a_scene, a_curve, noise=0.002), "encoded")
