"""The headless example: light a scene with a panorama and render it."""

import subprocess
import sys

import numpy as np

from tests.addon.blender import ENGINE, ROOT, read_exr, write_plate

EXAMPLE = ROOT / "examples" / "blender_world.py"


class TestExample:
    def test_when_run_then_the_lamp_that_clipped_lights_the_scene(self, tmp_path):
        codes = np.full((32, 64, 3), 60, np.uint8)
        codes[6:10, 44:52] = 255
        plate = write_plate(tmp_path / "room.png", codes)
        command = [sys.executable, EXAMPLE, plate, "--engine", ENGINE]
        command += ["--samples=4", "--width=48"]
        outputs = {"after": [], "before": ["--before"]}

        for name, options in outputs.items():
            done = subprocess.run(
                [*command, tmp_path / f"{name}.exr", *options],
                check=False,
                capture_output=True,
                text=True,
                timeout=180,
            )
            assert done.returncode == 0, done.stdout + done.stderr

        after, before = (read_exr(tmp_path / f"{name}.exr") for name in outputs)
        assert after[-8:, :, :3].mean() > 1.1 * before[-8:, :, :3].mean()
