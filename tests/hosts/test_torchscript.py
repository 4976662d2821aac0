"""The exported plate in torch 2.1, as Nuke 15.1 to 17 have it.

``python tasks.py hosts`` makes the environment with torch 2.1 and sets
HDR_CORE_TORCH_2_1 to its Python.
"""

import json
import os
import subprocess

import numpy as np
import pytest
import torch

from hdr_core.cli.main import run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "HDR_CORE_TORCH_2_1" not in os.environ, reason="run python tasks.py hosts"
    ),
]

OLD = """
import json, sys
import numpy, torch

folder, names = sys.argv[1], sys.argv[2:]
files = {"metadata.json": ""}
plate = torch.jit.load(folder + "/plate.pt", _extra_files=files)
for name in names:
    encoded = torch.from_numpy(numpy.load(folder + "/" + name + ".npy"))
    with torch.inference_mode():
        numpy.save(folder + "/" + name + "_hdr.npy", plate(encoded).numpy())
plate.exposure = 1.0
with torch.inference_mode():
    brighter = float(plate(encoded).mean() / 1.0)
print(json.dumps([torch.__version__, brighter, json.loads(files["metadata.json"])]))
"""
SIZES = {"wide": (240, 401), "high": (333, 200), "even": (256, 320)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("torchscript")
    names = ["export", "torchscript", "-o", str(folder), "--graph", "plate", "--quiet"]
    assert run(names) == 0
    return folder


def a_plate_of(size):
    rows = torch.linspace(0.0, 1.0, size[0])[:, None]
    columns = torch.linspace(0.0, 1.0, size[1])
    bump = torch.exp(-8.0 * ((rows - 0.4) ** 2 + (columns - 0.6) ** 2))
    tint = torch.tensor([1.5, 1.3, 1.1]).view(3, 1, 1)
    return ((bump * tint).clamp(0.0, 1.0) * 255.0).round()[None] / 255.0


def test_when_torch_2_1_runs_the_plate_then_it_equals_the_current_torch(folder):
    plates = {name: a_plate_of(size) for name, size in SIZES.items()}
    for name, plate in plates.items():
        np.save(folder / f"{name}.npy", plate.numpy())
    old = os.environ["HDR_CORE_TORCH_2_1"]

    ran = subprocess.run(
        [old, "-c", OLD, str(folder), *SIZES],
        capture_output=True,
        text=True,
        check=True,
    )

    version, brighter, metadata = json.loads(ran.stdout.splitlines()[-1])
    module = torch.jit.load(folder / "plate.pt")
    for name, plate in plates.items():
        with torch.inference_mode():
            wanted = module(plate)
        found = torch.from_numpy(np.load(folder / f"{name}_hdr.npy"))
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    assert version.startswith("2.1.")
    assert brighter == pytest.approx(2.0 * float(wanted.mean()), rel=1e-4)
    assert metadata["output_color_space"] == "lin_rec709_scene"
    assert metadata["license"] == "Apache-2.0"
