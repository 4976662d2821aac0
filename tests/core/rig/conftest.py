"""Small panoramas with a sun or a lamp at a known place."""

from pathlib import Path

import numpy as np
import pytest

from hdr_core.panorama.angles import pixel_directions
from hdr_core.rig.panorama import make_panorama

HEIGHT, WIDTH = 180, 360


def vector_to(azimuth_deg, elevation_deg):
    """Return the unit vector of a direction."""
    azimuth, elevation = np.radians([azimuth_deg, elevation_deg])
    level = np.cos(elevation)
    return np.array(
        [level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)]
    )


def disc_of(azimuth_deg, elevation_deg, radius_deg):
    """Return the pixels of a disc of the sky, (HEIGHT, WIDTH)."""
    cosine = pixel_directions(HEIGHT, WIDTH) @ vector_to(azimuth_deg, elevation_deg)
    return cosine > np.cos(np.radians(radius_deg))


@pytest.fixture
def in_memory():
    """Make a Panorama of light (H, W, 3)."""

    def make(light, space="lin_rec709_scene"):
        pixels = np.ascontiguousarray(light, np.float32)
        return make_panorama(Path("pano.exr"), pixels, space, "float")

    return make


@pytest.fixture
def a_sky():
    """A blue sky that is brighter near the horizon, above a brown ground."""
    z = pixel_directions(HEIGHT, WIDTH)[..., 2:]
    sky = (1.5 - z) * np.array([0.5, 0.8, 1.2])
    return np.where(z > 0, sky, np.array([0.2, 0.15, 0.1]))


@pytest.fixture
def a_sunny_sky(a_sky):
    """A warm sun with a glow at azimuth 40, elevation 30 degrees."""
    cosine = pixel_directions(HEIGHT, WIDTH) @ vector_to(40.0, 30.0)
    glow = 20.0 * np.exp((cosine - 1.0) / np.radians(5.0) ** 2)
    light = a_sky + glow[..., None] * np.array([1.0, 0.9, 0.7])
    light[disc_of(40.0, 30.0, 0.8)] = np.array([9000.0, 7000.0, 4000.0])
    return light


@pytest.fixture
def a_room():
    """A grey room with a wide window to the left, and a round lamp above."""
    light = np.full((HEIGHT, WIDTH, 3), 0.3)
    light[76:96, 78:102] = np.array([30.0, 40.0, 50.0])
    light[disc_of(-60.0, 60.0, 4.0)] = np.array([400.0, 300.0, 150.0])
    return light


@pytest.fixture
def toward():
    return vector_to


@pytest.fixture
def disc():
    return disc_of
