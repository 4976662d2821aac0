"""The simple renders that the networks learn from: true light, no two alike."""

import numpy as np
import pytest

from hdr_core.color.output_transforms import family, find_output_transform
from hdr_core.recognize.recognize import recognize
from hdr_core.recognize.torch_recognizer import TorchRecognizer
from tools.simple_renders import FLAT, Light, Surfaces, World, _shade, draw_render

FLOOR = np.zeros(1, dtype=np.int64)
UP = np.array([[0.0, 1.0, 0.0]], np.float32)
DARK = np.zeros(3, np.float32)


def a_floor(lamp, *, reflectance=0.5):
    """A floor, lit by one lamp alone."""
    one, zero = np.ones(1, np.float32), np.zeros(1, np.float32)
    color = np.full((1, 3), reflectance, np.float32)
    emission = np.zeros((1, 3), np.float32)
    matt = Surfaces(
        color, color, np.full(1, FLAT), one, zero, one, zero, emission=emission
    )
    return World([(UP[0], -1.0)], [], [], matt, [lamp], DARK, DARK)


def light_of(world, place):
    down = np.array([[0.0, -1.0, 0.0]], np.float32)
    return _shade(world, np.array([place], np.float32), down, FLOOR, UP)[0]


class TestTheLight:
    def test_a_sun_gives_a_matt_floor_its_irradiance_over_pi(self):
        sun = Light(UP[0], np.full(3, 2.0, np.float32), is_sun=True)

        light = light_of(a_floor(sun), (3.0, -1.0, -4.0))
        assert light == pytest.approx(0.5 * 2.0 / np.pi)

    def test_a_lamp_falls_off_with_the_square_of_the_distance(self):
        strength = np.full(3, 8.0, np.float32)
        near, far = (
            light_of(
                a_floor(Light(np.float32([0, height, -4]), strength, is_sun=False)),
                (0.0, -1.0, -4.0),
            )
            for height in (3.0, 7.0)
        )
        assert near / far == pytest.approx(4.0, rel=0.02)


def test_pictures_are_light_and_no_two_are_alike():
    rng = np.random.default_rng(3)
    first, second = (draw_render(rng).numpy() for _ in range(2))

    for picture in (first, second):
        assert np.isfinite(picture).all()
        assert picture.min() >= 0.0
        assert picture.max() > 2.0 * np.median(picture)
    assert first.shape != second.shape


@pytest.mark.parametrize("name", ["srgb", "aces-hill", "agx", "pbr-neutral"])
def test_what_was_learnt_is_recognized(name):
    # A seed that no training used.
    picture = draw_render(np.random.default_rng(7)).numpy().transpose(1, 2, 0)
    light = picture * 0.18 / np.median(picture)
    codes = find_output_transform(name).encode(light).clip(0.0, 1.0)
    plate = (np.rint(255 * codes) / 255).astype(np.float32)

    assert family(recognize(plate, TorchRecognizer()).recognized.name or "") == family(
        name
    )
