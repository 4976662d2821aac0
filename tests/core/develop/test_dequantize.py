"""Between the codes of a plate: bands become ramps, and no value leaves its code."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hdr_core.camera.jpeg import jpeg
from hdr_core.checkpoint import load_model
from hdr_core.decisions import decide
from hdr_core.develop.clip_undershoot import fill_clip_undershoot
from hdr_core.develop.dequantize import dequantize
from hdr_core.fidelity.camera import CodeValues, CurveCamera
from hdr_core.fidelity.tolerance import tolerance_for_quality
from hdr_core.networks import prepare
from hdr_core.options import Options, TileConfig
from hdr_core.plate import Plate

SIZE = 96, 144
CONFIG = Options(precision="float32", panorama="off")


@pytest.fixture(scope="module")
def networks():
    """The weights that ship."""
    return prepare(load_model(), CONFIG)


def a_sky():
    """A smooth sky, encoded before it was quantized: few codes, wide bands."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]] / max(SIZE)
    glow = 0.08 * np.exp(-8 * ((rows - 0.2) ** 2 + (columns - 0.7) ** 2))
    sky = np.stack([0.35 + 0.05 * rows, 0.45 + 0.04 * rows, 0.6 + 0.02 * columns], -1)
    return (sky + glow[..., None]).astype(np.float32)


def shot(encoded, *, bits=8, quality=None):
    n = 2**bits - 1
    pixels = np.rint(encoded * n).astype(np.float32) / np.float32(n)
    if quality is not None:
        planes = torch.from_numpy(pixels.transpose(2, 0, 1))
        coded = jpeg(planes, quality=quality, subsampling="4:2:0")
        pixels = coded.permute(1, 2, 0).contiguous().numpy()
    return Plate(pixels, state="encoded", bits=bits, lossy_quality=quality)


def read_codes(plate, networks, options):
    """The values of a plate after stage 1."""
    decisions = decide(plate, options)
    mended = fill_clip_undershoot(plate.pixels, decisions)
    fine = dequantize(plate.pixels, networks, decisions)
    return CodeValues(plate.pixels, mended.encoded, fine)


def gain_db(result, plate, truth):
    before = np.square(plate.pixels - truth).mean()
    return 10 * np.log10(before / np.square(result.fine - truth).mean())


def test_when_a_sky_has_bands_then_its_ramps_come_back(networks):
    plate = shot(a_sky())

    result = read_codes(plate, networks, CONFIG)

    assert gain_db(result, plate, a_sky()) > 1.5


@pytest.mark.parametrize("quality", [75, 85, 95, 100])
def test_when_the_sky_is_a_jpeg_then_it_gets_no_worse(networks, quality):
    plate = shot(a_sky(), quality=quality)

    result = read_codes(plate, networks, CONFIG)

    assert gain_db(result, plate, a_sky()) > 0.0


@pytest.mark.parametrize("quality", [None, 75])
def test_no_value_leaves_what_its_code_allows(networks, quality):
    noise = np.random.default_rng(0).random((*SIZE, 3), np.float32)
    plate = shot(noise, quality=quality)

    result = read_codes(plate, networks, CONFIG)

    tolerance = 0.0 if quality is None else tolerance_for_quality(quality)
    moved = np.abs(result.fine - result.encoded) * 255
    assert 0.1 < moved.max() <= 0.5 + tolerance + 1e-3


def test_when_fidelity_is_free_then_the_network_has_its_word(networks):
    noise = np.random.default_rng(0).random((*SIZE, 3), np.float32)
    plate = shot(noise)

    result = read_codes(plate, networks, replace(CONFIG, fidelity="free"))

    assert np.abs(result.fine - plate.pixels).max() > 0.6 / 255


def test_when_codes_are_finer_than_those_it_learnt_then_they_stay(networks):
    plate = shot(a_sky(), bits=10)

    result = read_codes(plate, networks, CONFIG)

    assert result.fine is result.encoded is plate.pixels


def test_what_is_clipped_stays_clipped(networks):
    noise = np.random.default_rng(0).normal(0.0, 0.01, (*SIZE, 3)).astype(np.float32)
    plate = shot(np.clip(a_sky() + 0.42 + noise, 0.0, 1.0))

    result = read_codes(plate, networks, CONFIG)

    is_clipped = plate.pixels == 1.0
    assert 0.1 < is_clipped.mean() < 0.9
    assert (result.fine[is_clipped] == 1.0).all()
    assert (result.fine[~is_clipped] < 1.0).all()


def test_the_light_of_a_filled_pit_is_that_of_its_lifted_code(networks):
    lamp = np.full((*SIZE, 3), 0.02, np.float32)
    lamp[30:60, 40:80] = 1.0
    plate = shot(lamp, quality=85)
    # A pit as deep as a codec leaves them, near the edge of the lamp.
    plate.pixels[35, 60] = 1.0 - 20 / 255
    grid = np.linspace(0.0, 1.0, 1024)

    values = read_codes(plate, networks, CONFIG)
    light = CurveCamera(grid**2.0, max_code=255).linearize(values, None)

    assert values.mended[35, 60].min() > values.encoded[35, 60].max() + 15 / 255
    assert values.fine[35, 60].max() < 0.97
    np.testing.assert_allclose(light[35, 60], values.mended[35, 60] ** 2, atol=1e-5)
    assert light[35, 60].min() > 0.98


def test_tiles_change_nothing(networks):
    plate = shot(a_sky())
    small = replace(CONFIG, tiles=TileConfig(size_px=40))

    whole, tiled = (read_codes(plate, networks, config) for config in (CONFIG, small))

    np.testing.assert_allclose(tiled.fine, whole.fine, atol=2e-6)
