"""``convert`` in an environment without torch, with graphs that were written with it.

``python tasks.py hosts`` makes the environment, and sets HDR_CORE_NO_TORCH to its
Python.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image

from hdr_core.cli.main import run

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "HDR_CORE_NO_TORCH" not in os.environ, reason="run python tasks.py hosts"
    ),
]


def without_torch(*arguments):
    python = os.environ["HDR_CORE_NO_TORCH"]
    return subprocess.run(
        [python, "-m", "hdr_core.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def pixels_of(path):
    return oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT)[..., :3]


def test_when_torch_is_not_installed_then_a_plate_is_converted_all_the_same(tmp_path):
    graphs, plate = tmp_path / "graphs", tmp_path / "plate.jpg"
    assert run(["export", "onnxruntime", "-o", str(graphs), "--quiet"]) == 0
    picture = Image.open(ROOT / "examples" / "rocket.jpg")
    picture.crop((330, 187, 640, 427)).save(plate, quality=85)
    names = ["convert", plate, "--depth", "float", "--graphs", graphs, "--json"]

    done = without_torch(*names, "-o", tmp_path / "found.exr")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["backend"] == "onnxruntime"
    wanted = [*names, "-o", tmp_path / "wanted.exr", "--backend", "torch"]
    assert run([*map(str, wanted), "--precision", "float32"]) == 0
    found, wanted = (
        pixels_of(tmp_path / "found.exr"),
        pixels_of(tmp_path / "wanted.exr"),
    )
    # In ACEScg, a dim channel is a difference of bright values.
    brightest = np.abs(wanted).max(axis=-1, keepdims=True)
    error = np.abs(found - wanted) / np.maximum(brightest, 1e-3)
    assert wanted.max() > 2.0
    assert error.max() < 1e-4
    refused = without_torch("convert", plate, "-o", tmp_path / "a.exr", "--skip=refine")
    assert refused.returncode == 2
