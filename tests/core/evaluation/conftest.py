import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import OpenImageIO as oiio
import pytest
import torch
from PIL import Image

from hdr_core.camera.capture import Camera
from hdr_core.camera.responses import grid, inverse_srgb, srgb
from hdr_core.evaluation.evaluate import evaluate_set
from hdr_core.evaluation.protocol import load_val_set
from hdr_core.evaluation.resolution import reduce
from hdr_core.evaluation.rows import Row
from hdr_core.io.corpus import read_light
from hdr_core.metrics.by_code import PARTS
from hdr_core.model import HdrModel, straight_basis
from hdr_core.presets import preset

RENDERS = Path(__file__).parents[3] / "examples" / "renders"
LAMP = 5_000.0
# Of a folder of real plates: the clip in its truths, and the gammas of its curves.
TRUTH_SCALE = 4.0
GAMMAS = {"Old": [2.0, 2.0], "New": [3.0], "Other": [4.0]}


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
    blank |= {"camera": None, "camera_class": None}
    blank |= {"by_code": (math.nan,) * len(PARTS)}
    return lambda **values: Row(**{**blank, **values})


def reconstruct_clipped(plate, inverse_crf, skip=()):
    """Reconstruct without networks: sRGB or the given curve, nothing above clip."""
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


def make_render_folder(folder):
    """Write two of the rendered scenes that ship here, at 80x45 pixels."""
    entries = []
    for name in ("street", "product"):
        light = read_light(RENDERS / f"{name}.exr")
        write_exr(folder / f"{name}.exr", reduce(light, 4))
        entries.append({"name": name, "file": f"{name}.exr"})
    text = json.dumps({"scenes": entries})
    (folder / "renders.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def render_folder(tmp_path):
    """A folder of two rendered scenes, which a test may change."""
    return make_render_folder(tmp_path)


@pytest.fixture(scope="module")
def module_render_folder(tmp_path_factory):
    """The same, which no test changes."""
    return make_render_folder(tmp_path_factory.mktemp("renders"))


def gamma_curve(gamma):
    return grid() ** (1.0 / gamma)


def write_plate(path, camera, light):
    planes = torch.from_numpy(light.transpose(2, 0, 1).copy())
    codes = camera.shoot(planes).permute(1, 2, 0).numpy() * 255
    Image.fromarray(np.rint(codes).astype(np.uint8)).save(path, quality=92)


@pytest.fixture
def real_folder(tmp_path):
    """Two plates of two cameras with their truths, a picture, and three curves."""
    folder = tmp_path / "real"
    (folder / "truth").mkdir(parents=True)
    (folder / "jpeg").mkdir()
    entries = []
    for name, camera, file in (("a", "Old", "a.png"), ("b", "New", "b.jpg")):
        light = make_scene(len(entries), height=48, width=72) * np.float32(1.2)
        curve = srgb(grid()) if camera == "Old" else gamma_curve(3.0)
        write_plate(folder / file, Camera(crf=curve), light)
        write_exr(folder / "truth" / f"{name}.exr", light * TRUTH_SCALE)
        entries.append(
            {
                "view": name,
                "file": file,
                "truth": f"truth/{name}.exr",
                "truth_scale": TRUTH_SCALE,
                "camera": camera,
                "camera_class": "phone" if camera == "New" else "film",
                "curve": curve.tolist(),
            }
        )
    write_plate(folder / "jpeg" / "a.jpg", Camera(crf=srgb(grid())), light)
    (folder / "views.json").write_text(json.dumps(entries), encoding="utf-8")
    named = [(name, gamma) for name in GAMMAS for gamma in GAMMAS[name]]
    np.savez(
        folder / "curves.npz",
        camera=np.array([name for name, _ in named]),
        forward=np.stack([[gamma_curve(gamma)] * 3 for _, gamma in named]),
    )
    return folder
