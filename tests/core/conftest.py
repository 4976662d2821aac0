"""Small networks with random weights, plates and pictures for them."""

from dataclasses import replace

import numpy as np
import OpenImageIO as oiio
import pytest
import torch
from torch import nn

from hdr_core.camera.response import CurveBasis
from hdr_core.checkpoint import save_model
from hdr_core.cli.main import run
from hdr_core.config import (
    DequantizeConfig,
    GainNetworkConfig,
    HallucinateConfig,
    HdrcnnConfig,
    LinearizeConfig,
    ModelConfig,
    RefineConfig,
    ResNetConfig,
    UNetConfig,
)
from hdr_core.io.write import write_hdr
from hdr_core.model import HdrModel
from hdr_core.plate import Plate
from hdr_core.presets import COMPACT

_UNET = UNetConfig((8, 12), (3, 3), unshuffle=2)
_COMPACT_LIKE = ModelConfig(
    name="small",
    dequantize=DequantizeConfig(_UNET),
    linearize=LinearizeConfig(
        histogram_bins=(4,),
        histogram_centres="edges",
        backbone=ResNetConfig("basic", 4, 3, ((4, 1, 1),)),
        n_components=2,
    ),
    hallucinate=HallucinateConfig(0.9, GainNetworkConfig(24 * 32, (8, 12))),
    refine=RefineConfig(_UNET, is_gain=True),
)
_PAPER_LIKE = replace(
    _COMPACT_LIKE,
    hallucinate=HallucinateConfig(
        0.9, HdrcnnConfig(((4,), (4,), (4,), (4,), (8,)), (8, 4, 4, 4, 4))
    ),
    refine=RefineConfig(UNetConfig((8, 12), (5, 3))),
)


def _random_model(config):
    """Networks whose every stage changes something, stage 1 by a few codes."""
    torch.manual_seed(0)
    grid = np.linspace(0.0, 1.0, config.linearize.samples)
    waves = np.arange(1, config.linearize.n_components + 1)[:, None]
    bend = np.sin(np.pi * waves * grid) * 0.02
    model = HdrModel(config, CurveBasis(mean=grid**2.2, components=bend))
    for name, weight in model.named_parameters():
        if not weight.any():
            spread = 0.002 if name.startswith("dequantize") else 0.01
            nn.init.normal_(weight, std=spread)
    return model.eval().requires_grad_(requires_grad=False)


@pytest.fixture
def a_small_model():
    """Stage 3 looks at the whole plate, stage 4 is a gain: as ``compact``."""
    return _random_model(_COMPACT_LIKE)


@pytest.fixture
def a_paper_like_model():
    """Stage 3 is HDRCNN, stage 4 a sum: as ``paper`` and ``released``."""
    return _random_model(_PAPER_LIKE)


@pytest.fixture
def photograph():
    """A plate whose lower right corner clips, in one channel first."""

    def make(*, bits=8, height=72, width=88):
        rows, columns = np.mgrid[0:height, 0:width]
        ramp = (rows / height + columns / width)[..., None]
        light = ramp * np.array([0.9, 0.75, 0.6])
        noise = np.random.default_rng(0).normal(0.0, 0.01, light.shape)
        max_code = 2 ** (bits or 16) - 1
        codes = np.rint(np.clip(light + noise, 0.0, 1.0) * max_code)
        return Plate((codes / max_code).astype(np.float32), "encoded", bits=bits)

    return make


@pytest.fixture
def a_plate(photograph):
    return photograph()


@pytest.fixture
def a_panorama():
    """A sphere with waves of light, a lamp behind, and noise that spares its poles."""
    height, width = 64, 128
    polar = (np.arange(height)[:, None] + 0.5) * np.pi / height
    azimuth = (np.arange(width) + 0.5) * 2 * np.pi / width
    x, y = np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth)
    z = np.cos(polar) + np.zeros_like(x)
    light = 0.45 + 0.15 * z + 0.1 * x * np.sin(5 * y)
    light += np.exp(30 * (x - 0.95))
    noise = np.random.default_rng(0).normal(0.0, 0.02, light.shape) * np.sin(polar)
    tint = np.array([1.0, 0.9, 0.8])
    codes = np.rint(np.clip((light + noise)[..., None] * tint, 0, 1) * 255)
    return Plate((codes / 255).astype(np.float32), "encoded")


@pytest.fixture
def write_panorama(tmp_path):
    def write(light, *, space="lin_rec709_scene", header=None, name="pano.exr"):
        plate = Plate(np.asarray(light, np.float32), "hdr", space=space)
        write_hdr(tmp_path / name, plate, header=header, depth="float")
        return tmp_path / name

    return write


@pytest.fixture(scope="session")
def some_weights(tmp_path_factory):
    """Random weights of the compact preset, in a file."""
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    save_model(_random_model(COMPACT), path)
    return path


@pytest.fixture
def write_picture():
    """Write codes (H, W, C) to a picture file."""

    def write(path, codes):
        kind = {"float32": "float"}.get(str(codes.dtype), str(codes.dtype))
        spec = oiio.ImageSpec(codes.shape[1], codes.shape[0], codes.shape[2], kind)
        image = oiio.ImageBuf(spec)
        assert image.set_pixels(image.roi, codes)
        assert image.write(str(path))
        return path

    return write


@pytest.fixture
def some_codes():
    """8-bit codes whose lower right corner clips."""
    rows, columns = np.mgrid[0:32, 0:48]
    ramp = (rows / 32 + columns / 48)[..., None] * np.array([200, 180, 150])
    return np.clip(ramp, 0, 255).astype(np.uint8)


@pytest.fixture
def a_picture(tmp_path, some_codes, write_picture):
    return write_picture(tmp_path / "lamp.png", some_codes)


@pytest.fixture
def convert(some_weights):
    """Run ``hdr-core convert`` with random weights."""

    def run_convert(*arguments):
        told = [str(argument) for argument in arguments]
        return run(["convert", *told, "--weights", str(some_weights)])

    return run_convert
