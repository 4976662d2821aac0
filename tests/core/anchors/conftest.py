"""A film-like camera, and what it photographs: a grey card, a color chart."""

import numpy as np
import pytest

from hdr_core.anchors.checker import homography, reflectances
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


# Corners of a chart of 240 x 160 pixels, turned and tilted a little.
CORNERS = ((40.0, 30.0), (270.0, 50.0), (255.0, 200.0), (30.0, 190.0))
# White balance and matrix of a camera that is not the screen's.
CAMERA = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.02, 0.18, 0.8]])


def draw_chart(light, corners=CORNERS, *, white=0.7):
    """Draw a ColorChecker into light (H, W, 3), in place; black lies between patches.

    Args:
        light: Scene-linear, 1 = clip.
        corners: At dark brown, bluish green, black and white.
        white: Light of a perfect white there.
    """
    height, width, _ = light.shape
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    flat = np.stack([columns, rows, np.ones_like(rows)], axis=-1)
    there = flat @ np.linalg.inv(homography(np.array(corners))).T
    u, v = there[..., 0] / there[..., 2] * 6, there[..., 1] / there[..., 2] * 4
    is_inside = (u >= 0) & (u < 6) & (v >= 0) & (v < 4)
    is_gap = np.minimum(np.abs(u - np.rint(u)), np.abs(v - np.rint(v))) < 0.07
    patch = (v.clip(0, 3.99).astype(int) * 6 + u.clip(0, 5.99).astype(int)).clip(0, 23)
    colors = np.where(is_gap[..., None], 0.02, (reflectances() @ CAMERA)[patch])
    light[is_inside] = white * colors[is_inside]
    return light


@pytest.fixture
def a_chart(a_curve):
    """A plate of 320 x 240 pixels with a chart in front of a dim wall."""
    light = draw_chart(np.full((240, 320, 3), 0.1))
    return Plate(photographed(light, a_curve, noise=0.003), "encoded")
