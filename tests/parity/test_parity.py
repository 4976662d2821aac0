"""The authors' graph in TensorFlow, and ours with its weights imported, agree.

``graph.py`` is run by a Python with TensorFlow, which HDR_CORE_TENSORFLOW names.
``python tasks.py parity`` makes such an environment and runs this.
"""

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from hdr_core.checkpoint import load_model
from hdr_core.cli.main import run

GRAPH = Path(__file__).with_name("graph.py")
PYTHON = os.environ.get("HDR_CORE_TENSORFLOW")
SEEDS = (0, 1, 2)
STAGES = ("dequantized", "linear", "hallucinated", "refined")
# Of the maximum of a stage: with their curve, and with the one that we estimate.
MOST_WITH_CURVE, MOST_ALONE = 2e-5, 1e-3

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PYTHON,
        reason="needs TensorFlow: run `python tasks.py parity`, or name a Python that "
        "has it in HDR_CORE_TENSORFLOW",
    ),
]


@pytest.fixture(scope="module")
def a_folder():
    """Checkpoints and results of their graph, 0.7 GB, removed after the tests."""
    with tempfile.TemporaryDirectory() as folder:
        variables = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": ""}
        subprocess.run([PYTHON, str(GRAPH), folder], env=variables, check=True)
        yield Path(folder)


@pytest.fixture(scope="module")
def imported(a_folder):
    """A maker of the model that ``hdr-core weights import`` makes of checkpoints."""

    @cache
    def load(seed, *groups):
        place = a_folder / str(seed)
        output = place / f"{len(groups)}.safetensors"
        checkpoints = [str(place / group / "model.ckpt") for group in groups]
        basis = str(place / "invemor.txt")
        command = ["weights", "import", *checkpoints, "--basis", basis]
        assert run([*command, "-o", str(output), "--overwrite"]) == 0
        return load_model(output)

    return load


def results_of(folder, seed):
    """Plates and results of their graph, in the order of torch."""
    with np.load(folder / str(seed) / "results.npz") as file:
        found = {name: torch.from_numpy(file[name]) for name in file.files}
    return {
        name: it.permute(0, 3, 1, 2) if it.ndim == 4 else it
        for name, it in found.items()
    }


def differences(ours, theirs):
    """Largest difference of each stage, over the largest value of theirs."""
    return {
        name: float((getattr(ours, name) - theirs[name]).abs().max())
        / float(theirs[name].abs().max())
        for name in STAGES
    }


def show(capsys, title, found):
    with capsys.disabled():
        figures = "  ".join(f"{name} {value:.1e}" for name, value in found.items())
        print(f"\n{title}: {figures}")


class TestParity:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_when_their_curve_is_given_then_every_stage_is_theirs(
        self, a_folder, imported, capsys, seed
    ):
        theirs = results_of(a_folder, seed)
        model = imported(seed, "joint")

        with torch.no_grad():
            ours = model(theirs["plate"], theirs["curve"])

        found = differences(ours, theirs)
        show(capsys, f"seed {seed}, their curve", found)
        assert max(found.values()) < MOST_WITH_CURVE

    @pytest.mark.parametrize("seed", SEEDS)
    def test_when_we_estimate_the_curve_then_every_stage_is_nearly_theirs(
        self, a_folder, imported, capsys, seed
    ):
        theirs = results_of(a_folder, seed)
        model = imported(seed, "joint")

        with torch.no_grad():
            ours = model(theirs["plate"])

        found = differences(ours, theirs)
        error = float((ours.inverse_crf - theirs["curve"]).abs().max())
        show(capsys, f"seed {seed}, our curve", {"curve": error, **found})
        assert max(error, *found.values()) < MOST_ALONE

    @pytest.mark.parametrize("seed", SEEDS)
    def test_when_there_are_three_checkpoints_then_the_first_three_stages_are_theirs(
        self, a_folder, imported, seed
    ):
        theirs = results_of(a_folder, seed)
        model = imported(seed, "stage1", "stage2", "stage3")

        with torch.no_grad():
            ours = model(theirs["plate"], theirs["curve"])

        found = differences(ours, theirs | {"refined": theirs["hallucinated"]})
        assert max(found.values()) < MOST_WITH_CURVE


class TestPlates:
    """The comparison says nothing unless each stage does something."""

    @pytest.mark.parametrize("seed", SEEDS)
    def test_when_their_graph_runs_then_each_stage_changes_the_plate(
        self, a_folder, seed
    ):
        theirs = results_of(a_folder, seed)

        change = (theirs["dequantized"] - theirs["plate"]).abs()
        light = theirs["hallucinated"] - theirs["linear"]
        refined = (theirs["refined"] - theirs["hallucinated"]).abs()
        masked = (theirs["linear"].amax(dim=1) > 0.88).float().mean()

        assert change.mean() > 1 / 255
        assert theirs["linear"].std() > 0.1
        assert 0.02 < masked < 0.9
        assert light.max() > 0.5
        assert refined.mean() > 0.01
        # The rule "shift" makes one step 0 if the curve falls anywhere.
        assert (theirs["curve"].diff(dim=1).amin(dim=1) == 0.0).all()
        one, other = theirs["curve"]
        assert (one - other).abs().max() > 2 * MOST_ALONE
