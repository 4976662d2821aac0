"""Codec noise in clipped lamps is no speck of color in the result."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hdr_core.camera.jpeg import jpeg
from hdr_core.checkpoint import load_model
from hdr_core.decisions import decide
from hdr_core.develop.clip_undershoot import depth_for_quality, fill_clip_undershoot
from hdr_core.fidelity.tolerance import tolerance_for_quality
from hdr_core.io.read import read_plate
from hdr_core.options import Options, TileConfig
from hdr_core.plate import Plate
from hdr_core.reconstruction import reconstruct
from hdr_core.weights_file import weights_path

QUALITY = 85
ROCKET = Path(__file__).parents[3] / "examples" / "rocket.jpg"


def shot(hdr, *, quality=QUALITY):
    """The JPEG of a scene (H, W, 3), and the codes before it."""
    encoded = torch.from_numpy(hdr.transpose(2, 0, 1)).clamp(0.0, 1.0) ** (1 / 2.2)
    before = torch.round(encoded * 255)
    after = jpeg(before / 255, quality=quality, subsampling="4:2:0")
    pixels = after.permute(1, 2, 0).contiguous().numpy()
    plate = Plate(pixels, state="encoded", bits=8, lossy_quality=quality)
    return plate, before.permute(1, 2, 0).numpy()


def lamps(*, surround=0.01, height=64, width=128):
    """Warm lamps with rays: red clips farthest out, blue only in the middle."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    scene = np.full((height, width, 3), surround, np.float32)
    for y, x in ((20, 30), (40, 84), (50, 5)):
        far = np.hypot(rows - y, columns - x)
        rays = 1.0 + 0.7 * np.cos(6 * np.arctan2(rows - y, columns - x))
        lamp = 30.0 * rays / (1.0 + (far / 2.0) ** 4)
        scene += lamp[..., None] * np.array([1.0, 0.5, 0.15], np.float32)
    return scene


def filled(plate, *, tolerance=None, size_px=1024, is_panorama=False):
    options = Options(
        tolerance_codes=tolerance,
        tiles=TileConfig(size_px),
        panorama="on" if is_panorama else "off",
    )
    return fill_clip_undershoot(plate.pixels, decide(plate, options))


def test_what_a_jpeg_pulled_below_clip_within_a_lamp_is_taken_for_clipped():
    plate, before = shot(lamps())
    tolerance = tolerance_for_quality(QUALITY)

    result = filled(plate)

    around = np.lib.stride_tricks.sliding_window_view(before, (3, 3), axis=(0, 1))
    was_within = (around == 255).all(axis=(3, 4))
    is_below = plate.pixels[1:-1, 1:-1] * 255 < 254.5 - tolerance
    is_still = result.encoded[1:-1, 1:-1] * 255 < 254.5 - tolerance
    assert (was_within & is_below).sum() > 5
    assert not (was_within & is_still).any()


def test_what_is_lifted_deeper_than_tolerated_is_counted():
    plate, _ = shot(lamps())
    tolerance = tolerance_for_quality(QUALITY)

    result = filled(plate)

    lifted = (result.encoded - plate.pixels) * 255
    is_deep = (lifted > 0) & (plate.pixels * 255 < 254.5 - tolerance)
    assert result.n_undershoots == is_deep.sum() > 0
    assert lifted.min() >= 0
    assert lifted.max() <= depth_for_quality(QUALITY) + 0.5


def test_a_bright_sky_keeps_its_codes():
    rng = np.random.default_rng(1)
    sky = np.full((64, 96, 3), 0.97, np.float32)
    plate, _ = shot(sky + rng.normal(0.0, 0.05, sky.shape).astype(np.float32))

    assert filled(plate).encoded is plate.pixels


def test_blocks_of_blue_in_a_bright_sky_show_less_in_red_than_meant_ones():
    rows, columns = np.mgrid[:96, :144]
    far = np.hypot(rows - 40, columns - 72)
    sky = np.clip(330.0 - 2.2 * far, 90.0, 255.0)[..., None] * [1.0, 0.985, 0.95]
    sky = np.minimum(sky + 20.0 * (far < 30)[..., None], 255.0)
    is_block = ((rows // 8 + columns // 8) % 2 == 0) & (far < 28)
    sky[is_block, 2] -= 4.0
    pixels = (np.rint(sky) / 255.0).astype(np.float32)
    model = load_model(weights_path("compact"))

    def pattern(quality):
        plate = Plate(pixels, state="encoded", bits=8, lossy_quality=quality)
        red = reconstruct(plate, model, options=Options()).hdr.pixels[..., 0]
        beside = ~is_block & (far < 28)
        return np.log2(red[beside]).mean() - np.log2(red[is_block]).mean()

    # Four codes are half of what a codec of this quality may be off.
    assert pattern(None) > 0.2
    assert 0.0 < pattern(QUALITY) < 0.8 * pattern(None)


@pytest.mark.parametrize(
    ("quality", "tolerance"), [(None, 0.0), (QUALITY, 0.0)], ids=["PNG", "asked for 0"]
)
def test_codes_that_are_meant_stay(quality, tolerance):
    plate, _ = shot(lamps())
    plate = Plate(plate.pixels, state="encoded", bits=8, lossy_quality=quality)

    result = filled(plate, tolerance=tolerance)

    assert result.encoded is plate.pixels
    assert result.n_undershoots == 0


def test_tiles_change_nothing():
    plate, _ = shot(lamps())

    whole, tiled = filled(plate), filled(plate, size_px=24)

    np.testing.assert_array_equal(tiled.encoded, whole.encoded)
    assert tiled.n_undershoots == whole.n_undershoots


def test_a_panorama_has_no_border():
    plate, _ = shot(lamps())
    turned = Plate(
        np.roll(plate.pixels, 64, axis=1),
        state="encoded",
        bits=8,
        lossy_quality=QUALITY,
    )

    here = filled(plate, is_panorama=True)
    there = filled(turned, is_panorama=True)

    np.testing.assert_array_equal(np.roll(here.encoded, 64, axis=1), there.encoded)


def test_a_lamp_of_a_real_jpeg_has_no_specks():
    plate = read_plate(ROCKET)
    model = load_model(weights_path("compact"))

    result = reconstruct(plate, model, options=Options())

    # Beside each lamp's brightest value: the median of its 3 x 3 pixels, a channel.
    windows = np.lib.stride_tricks.sliding_window_view(
        result.hdr.pixels, (3, 3), axis=(0, 1)
    )
    median = np.median(windows, axis=(3, 4))
    is_lamp = median > 6.0
    is_speck = is_lamp & (result.hdr.pixels[1:-1, 1:-1] < median / 4)
    assert is_lamp.sum() > 50
    # With the pits left as they are it is 38 % of those few lamps that remain.
    assert is_speck.sum() <= 0.05 * is_lamp.sum()
    assert result.n_undershoots > 0
    assert result.violations == 0
