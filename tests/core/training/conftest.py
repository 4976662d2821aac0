"""A corpus of small scenes, a file of curves, and short runs on them."""

import json
from dataclasses import replace
from itertools import repeat

import numpy as np
import OpenImageIO as oiio
import pytest
import torch
from safetensors.torch import save_file

from hdr_core.execution.device import one_thread
from hdr_core.training import loop
from hdr_core.training.data import DataConfig
from hdr_core.training.recipes import recipe
from hdr_core.training.start import start_model
from hdr_core.training.stream import keep_all, stream_shots
from hdr_core.training.vgg_features import SCALES

# Large enough for dequantize, not for hallucinate: one refuses small scenes.
HEIGHT, WIDTH = 192, 380
LAMP = 400.0
# Colors tell where a plate comes from, whatever happens to it on its way.
GREY, RED, BLUE = (1.0, 1.0, 1.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def write_scene(path, seed, *, color, height=HEIGHT, width=WIDTH):
    """Write a scene with shading, texture, and a lamp of a few pixels."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(0.1, 1.0, width)[None, :, None] ** 2
    light = slope * rng.uniform(0.3, 1.0, (height, width, 1))
    light[height // 3 : height // 3 + 4, width // 2 : width // 2 + 4] = LAMP
    pixels = np.ascontiguousarray(light * color, dtype=np.float32)
    output = oiio.ImageOutput.create(str(path))
    output.open(str(path), oiio.ImageSpec(width, height, 3, "half"))
    output.write_image(pixels)
    output.close()


def entry(name, *, split="train", train_ok=True, kind="panorama_equirect"):
    return {
        "id": name,
        "file": f"{name}.exr",
        "split": split,
        "train_ok": train_ok,
        "kind": kind,
        "tags": [],
    }


@pytest.fixture(autouse=True)
def _one_thread():
    """Tiny batches are slower by two threads than by one."""
    with one_thread():
        yield


@pytest.fixture(scope="session")
def a_corpus(tmp_path_factory):
    """Two grey scenes to train on, and one of each kind that is not for training."""
    folder = tmp_path_factory.mktemp("corpus")
    scenes = (
        (entry("hall"), GREY),
        (entry("garden", kind="photo"), GREY),
        (entry("held_out", split="val"), RED),
        (entry("unclear_licence", train_ok=False), BLUE),
    )
    for seed, (line, color) in enumerate(scenes):
        write_scene(folder / line["file"], seed, color=color)
    lines = "\n".join(json.dumps(line) for line, _ in scenes)
    (folder / "manifest.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def a_curve_file(tmp_path_factory):
    """Thirty gammas: ten to train on, twenty held out."""
    path = tmp_path_factory.mktemp("crf") / "curves.npz"
    irradiance = np.linspace(0.0, 1.0, 1024)
    gammas = np.linspace(0.35, 0.8, 30)[:, None]
    np.savez(path, irradiance=irradiance, brightness=irradiance**gammas)
    return path


@pytest.fixture(scope="session")
def a_data_config(a_corpus, a_curve_file):
    """Two plates of 48x32 a batch, drawn by the process itself."""
    return DataConfig(
        corpus=a_corpus, crf=a_curve_file, sizes=((32, 48),), batch=2, workers=0
    )


@pytest.fixture(scope="session")
def a_batch(a_data_config):
    """Two plates of 48x32, with some of their light clipped."""
    return next(stream_shots(replace(a_data_config, seed=1), keep_all))


@pytest.fixture
def short(a_data_config):
    """A maker of recipes for few steps on tiny batches that save at every step."""

    def make(name, *, steps=3, **changes):
        corpus, crf = a_data_config.corpus, a_data_config.crf
        found = recipe(name, corpus=corpus, crf=crf, preset="paper")
        settings = {"log_every": 1, "save_every_s": 0.0, "warmup": 1} | changes
        return replace(found, data=a_data_config, steps=steps, **settings)

    return make


@pytest.fixture
def on_one_batch(monkeypatch):
    """Let runs see one batch over and over: their losses must fall."""

    def use(batch):
        monkeypatch.setattr(loop, "stream_shots", lambda *_, **__: repeat(batch))

    return use


@pytest.fixture
def a_compact_model(a_curve_file):
    """Fresh networks of the preset that has statistics."""
    return start_model("compact", [], crf=a_curve_file)


@pytest.fixture
def a_feature_file(tmp_path):
    """VGG-16 of one channel: its kernels sum the colors and pass their middle on."""
    tensors = {}
    for number in (number for scale in SCALES for number in scale):
        kernel = torch.zeros(1, 1 if number else 3, 3, 3)
        kernel[..., 1, 1] = 1.0
        tensors[f"features.{number}.weight"] = kernel
        tensors[f"features.{number}.bias"] = torch.zeros(1)
    save_file(tensors, tmp_path / "vgg16.safetensors")
    return tmp_path / "vgg16.safetensors"
