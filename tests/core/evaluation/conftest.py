import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import OpenImageIO as oiio
import pytest
import torch

from hdr_core.camera.curves import grid, inverse_srgb
from hdr_core.evaluation.by_code import PARTS
from hdr_core.evaluation.evaluate import evaluate_set
from hdr_core.evaluation.protocol import load_val_set
from hdr_core.evaluation.rows import Row
from hdr_core.model import HdrModel, straight_basis
from hdr_core.presets import preset

LAMP = 5_000.0


def write_exr(path, pixels):
    height, width, channels = pixels.shape
    output = oiio.ImageOutput.create(str(path))
    output.open(str(path), oiio.ImageSpec(width, height, channels, "float"))
    output.write_image(pixels)
    output.close()


def make_scene(seed, *, height, width, lamp=True):
    """Return a scene with shading, texture, and a lamp of a few pixels."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(0.1, 1.0, width)[None, :, None] ** 2
    pixels = slope * rng.uniform(0.3, 1.0, (height, width, 3))
    if lamp:
        y, x = height // 4, int(rng.integers(width - 3))
        pixels[y : y + 2, x : x + 2] = LAMP
    return np.ascontiguousarray(pixels, dtype=np.float32)


def manifest_line(name, *, split="val", kind="panorama_equirect", **more):
    return {
        "id": name,
        "file": f"{name}.exr",
        "split": split,
        "kind": kind,
        "tags": ["indoor"],
        "train_ok": True,
        "licence": "CC0 (made for a test)",
        **more,
    }


@pytest.fixture
def make_row():
    """Return a function that makes a row of one plate; what is not given is NaN."""
    blank = dict.fromkeys(Row.__dataclass_fields__, math.nan)
    blank |= {"kind": "view", "jpeg_quality": None, "violations": None}
    blank |= {"method": "hdr_core", "case": "hall/view0"}
    blank |= {"by_code": (math.nan,) * len(PARTS)}
    return lambda **values: Row(**{**blank, **values})


def reconstruct_clipped(plate, inverse_crf, skip=()):
    """Reconstruct without networks: sRGB unless told, nothing above clip."""
    curve = inverse_srgb(grid()) if inverse_crf is None else inverse_crf
    hdr = np.interp(plate.pixels, grid(), curve).astype(np.float32)
    return SimpleNamespace(
        hdr=replace(plate, pixels=hdr, state="hdr", space="lin_rec709_scene"),
        inverse_crf=curve,
        dequantized=plate.pixels,
        uncertainty=np.full(plate.pixels.shape[:2], 0.5, np.float32),
        promise=None,
    )


@pytest.fixture(scope="session")
def clip_only():
    """A reconstruction without networks, as a function."""
    return reconstruct_clipped


@pytest.fixture(scope="session")
def a_scene():
    """A maker of scenes, as a function."""
    return make_scene


@pytest.fixture(scope="session")
def a_corpus(tmp_path_factory):
    """Two panoramas and a photograph to evaluate on, and a scene to train on."""
    folder = tmp_path_factory.mktemp("corpus")
    lines = [
        manifest_line("hall"),
        manifest_line("yard", licence="on request"),
        manifest_line("lamp", kind="photo"),
        manifest_line("street", split="train"),
    ]
    for seed, line in enumerate(lines):
        pixels = make_scene(seed, height=96, width=192)
        write_exr(folder / line["file"], pixels)
    (folder / "manifest.jsonl").write_text(
        "\n".join(json.dumps(line) for line in lines), encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="session")
def a_curve_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("crf") / "curves.npz"
    gammas = np.linspace(0.35, 0.8, 30)[:, None]
    np.savez(path, irradiance=grid(), brightness=grid() ** gammas)
    return path


@pytest.fixture(scope="session")
def a_val_set(a_corpus, a_curve_file):
    return load_val_set(a_corpus, a_curve_file, n_views=6)


@pytest.fixture(scope="session")
def a_model():
    torch.manual_seed(0)
    config = preset("compact")
    return HdrModel(config, straight_basis(config.linearize)).eval()


@pytest.fixture(scope="session")
def a_result(a_val_set):
    return evaluate_set(a_val_set, reconstruct_clipped, model="a test", with_jod=False)
