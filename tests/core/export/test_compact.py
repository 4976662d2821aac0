"""The shipped networks as ONNX and TorchScript, against ``convert``. Minutes long."""

from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from hdr_core.checkpoint import load_model
from hdr_core.cli.main import run
from hdr_core.export import pieces
from hdr_core.io.read import read_plate
from hdr_core.options import Options
from hdr_core.plate import Plate
from hdr_core.reconstruction import reconstruct

pytestmark = [
    pytest.mark.slow,
    # Hosts load TorchScript by it, and torch has no other way to.
    pytest.mark.filterwarnings("ignore:.torch.jit.load. is deprecated"),
]

EXAMPLES = Path(__file__).parents[3] / "examples"
SIZES = [(300, 401), (257, 301), (512, 640), (427, 240), (600, 333)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with all graphs in both formats, written by the command."""
    folder = tmp_path_factory.mktemp("exported")
    for kind in ("onnx", "torchscript"):
        assert run(["export", kind, "-o", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture(scope="module")
def a_model():
    return load_model("compact")


def read_demo(name):
    """Return a demo plate as a lossless one."""
    return Plate(read_plate(EXAMPLES / name).pixels.copy(), "encoded")


def crop_of(name, size):
    pixels = torch.from_numpy(read_demo(name).pixels)[: size[0], : size[1]]
    assert tuple(pixels.shape[:2]) == (min(size[0], pixels.shape[0]), size[1])
    return pixels.permute(2, 0, 1)[None].contiguous()


def run_onnx(path, *values):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options)
    names = [one.name for one in session.get_inputs()]
    feed = {n: v.numpy() for n, v in zip(names, values, strict=True)}
    return torch.from_numpy(session.run(None, feed)[0])


class TestPlate:
    @pytest.mark.parametrize("kind", ["onnx", "pt"])
    @pytest.mark.parametrize("name", ["rocket.jpg", "dandelion.jpg"])
    def test_when_a_demo_plate_is_run_then_it_equals_a_free_conversion(
        self, folder, a_model, name, kind
    ):
        plate = read_demo(name)
        options = Options(fidelity="free", linearize="network", precision="float32")
        wanted = reconstruct(plate, a_model, options).hdr.pixels
        encoded = torch.from_numpy(plate.pixels).permute(2, 0, 1)[None]

        if kind == "onnx":
            found = run_onnx(folder / "plate.onnx", encoded.contiguous())
        else:
            with torch.inference_mode():
                found = torch.jit.load(folder / "plate.pt")(encoded)

        error = np.abs(found[0].permute(1, 2, 0).numpy() - wanted)
        assert (error / np.maximum(wanted, 1.0)).max() < 1e-3


class TestOnnx:
    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_when_the_steps_run_then_each_equals_torch(self, folder, a_model, size):
        plate = crop_of("dandelion.jpg", size)
        region = torch.tensor([0.0, 0.0, *map(float, plate.shape[2:])])
        controls = torch.tensor(list(pieces.CONTROLS.values()))
        with torch.inference_mode():
            curve = a_model.linearize(plate)
            developed = pieces.develop(a_model, plate, curve)
            means = pieces.means(a_model, developed[:, 3:])
            maps = torch.jit.load(folder / "gain.pt")(means)
            light = partial(pieces.add_light, a_model)
            hdr = light(developed, curve, maps, region, controls)
        steps = {
            "camera": ((plate,), curve),
            "develop": ((plate, curve), developed),
            "means": ((developed[:, 3:],), means),
            "gain": ((means,), maps),
            "pixels": ((plate, curve, maps, region, controls), hdr),
        }

        for name, (values, wanted) in steps.items():
            found = run_onnx(folder / f"{name}.onnx", *values)
            torch.testing.assert_close(
                found, wanted, rtol=1e-4, atol=1e-4, msg=lambda m, n=name: f"{n}: {m}"
            )
