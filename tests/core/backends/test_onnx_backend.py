"""``--backend onnxruntime`` against torch, with the shipped networks. Minutes long."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hdr_core.backends.onnx_model import load_graphs
from hdr_core.backends.prepare import prepare_torch
from hdr_core.checkpoint import load_model
from hdr_core.cli.main import run
from hdr_core.errors import BackendError
from hdr_core.io.read import read_plate
from hdr_core.options import Options
from hdr_core.reconstruction import reconstruct
from hdr_core.weights_file import weights_hash, weights_path

pytestmark = pytest.mark.slow

ROCKET = Path(__file__).parents[3] / "examples" / "rocket.jpg"
# Crops of the plate: left, upper, right, lower. All have clipped lamps.
CROPS = {
    "small": (330, 240, 490, 420),
    "wide": (300, 250, 640, 403),
    "high": (400, 100, 580, 427),
    "whole": (0, 0, 640, 427),
}
LAYERS = ("clip_mask", "uncertainty", "dequantized", "linear", "inverse_crf")
# A process in which torch cannot be imported, nor found.
WITHOUT_TORCH = """
import importlib.util, sys
sys.modules["torch"] = None
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: (
    None if name == "torch" else found(name, *rest)
)
from hdr_core.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graphs")
    assert run(["export", "onnxruntime", "-o", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture(scope="module")
def a_model():
    return load_model("compact")


@pytest.fixture(scope="module")
def onnx_model(graphs, a_model):
    return load_graphs(
        weights_hash(weights_path("compact")),
        graphs,
        load_torch=lambda options: prepare_torch(a_model, options),
    )


@pytest.fixture
def crop(tmp_path):
    def crop(name, suffix):
        path = tmp_path / f"{name}{suffix}"
        Image.open(ROCKET).crop(CROPS[name]).save(path, quality=85)
        return path

    return crop


def assert_near(found, wanted, *, most=1e-4):
    """The light of pixels agrees, relative to their largest channel or 1e-3."""
    brightest = np.abs(wanted).max(axis=-1, keepdims=True)
    assert (np.abs(found - wanted) / np.maximum(brightest, 1e-3)).max() < most


class TestReconstruct:
    @pytest.mark.parametrize("suffix", [".png", ".jpg"])
    @pytest.mark.parametrize("name", CROPS)
    def test_when_a_plate_is_converted_then_it_equals_torch(
        self, onnx_model, a_model, crop, name, suffix
    ):
        plate = read_plate(crop(name, suffix))
        options = Options(precision="float32")

        found = reconstruct(plate, onnx_model, options)

        wanted = reconstruct(plate, a_model, options)
        assert (found.backend, wanted.backend) == ("onnxruntime", "torch")
        assert wanted.hdr.pixels.max() > 2.0
        assert found.violations == 0
        assert_near(found.hdr.pixels, wanted.hdr.pixels)
        for layer in LAYERS:
            layers = getattr(found, layer), getattr(wanted, layer)
            np.testing.assert_allclose(*layers, rtol=1e-4, atol=1e-4)

    @pytest.mark.parametrize(
        "changes",
        [
            {"fidelity": "free", "linearize": "network", "exposure_stops": 1.0},
            {"strength": 0.7, "boldness": 0.9, "ceiling_stops": 2.0},
            {"skip": ("dequantize",)},
        ],
        ids=["free", "controls", "without stage 1"],
    )
    def test_when_the_artist_chooses_then_it_equals_torch(
        self, onnx_model, a_model, crop, changes
    ):
        plate = read_plate(crop("small", ".png"))
        options = Options(precision="float32", **changes)

        found = reconstruct(plate, onnx_model, options)

        assert found.backend == "onnxruntime"
        assert_near(found.hdr.pixels, reconstruct(plate, a_model, options).hdr.pixels)

    def test_when_an_encoding_is_steep_then_it_enlarges_rounding(
        self, onnx_model, a_model, crop
    ):
        plate = read_plate(crop("small", ".png"))
        options = Options(precision="float32", linearize="agx")

        found = reconstruct(plate, onnx_model, options)

        wanted = reconstruct(plate, a_model, options)
        # Both invert AgX near its white, where a code is many stops wide.
        assert np.abs(found.dequantized - wanted.dequantized).max() < 1e-6
        assert_near(found.hdr.pixels, wanted.hdr.pixels, most=1e-3)

    @pytest.mark.parametrize(
        "changes",
        [{"skip": ("refine",)}, {"panorama": "on"}],
        ids=["a stage less", "a panorama"],
    )
    def test_when_only_torch_can_then_torch_does(
        self, onnx_model, a_model, tmp_path, changes
    ):
        path = tmp_path / "plate.png"
        Image.open(ROCKET).resize((320, 160)).save(path)
        options = Options(precision="float32", **changes)

        found = reconstruct(read_plate(path), onnx_model, options)

        assert found.backend == "torch"
        wanted = reconstruct(read_plate(path), a_model, options)
        assert np.array_equal(found.hdr.pixels, wanted.hdr.pixels)

    def test_when_only_torch_can_and_is_missing_then_it_is_refused(self, graphs, crop):
        model = load_graphs(weights_hash(weights_path("compact")), graphs)
        plate = read_plate(crop("small", ".png"))

        with pytest.raises(BackendError, match=r"refine.*torch is not installed"):
            reconstruct(plate, model, Options(skip=("refine",)))


class TestWithoutTorch:
    def run(self, *arguments):
        return subprocess.run(
            [sys.executable, "-c", WITHOUT_TORCH, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )

    def serve(self, request):
        """Return the events of a worker up to the end of a request."""
        events = []
        with subprocess.Popen(
            [sys.executable, "-c", WITHOUT_TORCH, "worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as worker:
            worker.stdin.write(json.dumps(request) + "\n")
            worker.stdin.flush()
            # It stops when its host closes stdin.
            while not events or events[-1]["event"] != "done":
                events.append(json.loads(worker.stdout.readline()))
            worker.stdin.close()
        return events

    def test_when_a_plate_is_converted_then_the_report_names_the_backend(
        self, graphs, crop, tmp_path
    ):
        target = tmp_path / "plate.exr"
        plate = crop("small", ".jpg")

        done = self.run("convert", plate, "-o", target, "--graphs", graphs, "--json")

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[0])["backend"] == "onnxruntime"
        assert target.is_file()

    def test_when_a_worker_converts_then_it_answers(self, graphs, crop, tmp_path):
        target = tmp_path / "plate.exr"
        names = ["convert", crop("small", ".png"), "-o", target, "--graphs", graphs]

        events = self.serve({"id": 1, "arguments": [*map(str, names), "--json"]})

        assert events[0]["backends"] == ["onnxruntime"]
        assert events[-1] == {"event": "done", "id": 1, "exit_code": 0}
        assert target.is_file()

    def test_when_torch_is_asked_for_then_it_is_one_line(self, graphs, crop, tmp_path):
        plate = crop("small", ".png")

        done = self.run(
            "convert", plate, "-o", tmp_path / "a.exr", "--backend", "torch"
        )

        assert done.returncode == 2
        assert "needs torch, which is not installed" in done.stderr
        assert len(done.stderr.splitlines()) == 1
