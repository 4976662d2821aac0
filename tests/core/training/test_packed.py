"""Training from a packed corpus, where neither OpenImageIO nor Pillow is installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hdr_core.io.corpus import load_scene, read_manifest
from hdr_core.io.packed_corpus import write_packed
from hdr_core.io.scene_codec import encode_scene
from hdr_core.training.data import display_curves, training_pool

ROOT = Path(__file__).resolve().parents[3]
# Everything of the project's needs and extras but torch, numpy and safetensors.
MISSING = (
    "OpenImageIO PyOpenColorIO OpenEXR PIL fileseq typer rich tensorboard matplotlib av"
)
RUN = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}.split():
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda n, *a: None if n in {names!r}.split() else real(n, *a)

from tools.train import main
main()
print(sorted(set(sys.modules) & set({names!r}.split())))
"""


@pytest.fixture(scope="module")
def a_pack(a_corpus, tmp_path_factory):
    path = tmp_path_factory.mktemp("pack") / "corpus.safetensors"
    scenes = [
        (entry, encode_scene(load_scene(a_corpus, entry).pixels))
        for entry in read_manifest(a_corpus)
        if entry["train_ok"] and entry["split"] == "train"
    ]
    write_packed(path, scenes, display_curves())
    return path


class TestPackedCorpus:
    def test_two_steps_run_with_torch_numpy_and_safetensors_alone(
        self, a_pack, a_curve_file, tmp_path
    ):
        script = tmp_path / "run.py"
        script.write_text(RUN.format(names=MISSING), encoding="utf-8")
        folder = tmp_path / "run"
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        files = ["--corpus", a_pack, "--crf", a_curve_file, "-o", folder]
        options = [
            "dequantize",
            *files,
            *["--steps", "2", "--batch", "2", "--workers", "0"],
        ]

        done = subprocess.run(
            [sys.executable, script, *options],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("\n[]\n")
        assert (folder / "model.safetensors").is_file()
        lines = (folder / "losses.jsonl").read_text(encoding="utf-8").splitlines()
        assert json.loads(lines[-1])["step"] == 2

    def test_its_display_curves_are_those_of_opencolorio(self, a_pack, a_curve_file):
        packed, usual = (
            training_pool(a_curve_file, corpus=corpus) for corpus in (a_pack, None)
        )

        np.testing.assert_array_equal(packed.display, usual.display)
