"""Take the docs' pictures of the add-on in a real Blender, and measure its stalls.

    python tools/blender_window/run.py --engine .venv/bin/python -o out/window

Needs Blender 5, Xvfb and ImageMagick's ``import``. Drawing is done in software, so no
GPU is needed. The engine reconstructs a plate of 3840 x 2160 while a timer measures how
long Blender's main loop is blocked. The results are printed and written to stalls.json.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SIZE = "1600x1000"
DISPLAY = ":78"


def main() -> int:
    """Run Blender under Xvfb, and take a picture whenever the script requests one."""
    options = parse()
    options.output.mkdir(parents=True, exist_ok=True)
    screen = [options.xvfb, DISPLAY, "-screen", "0", f"{SIZE}x24"]
    with subprocess.Popen(screen, stderr=subprocess.DEVNULL) as server:
        time.sleep(2.0)
        try:
            return run_blender(options)
        finally:
            server.terminate()


def run_blender(options: argparse.Namespace) -> int:
    """Run the scenes in Blender; return its exit code."""
    width, height = SIZE.split("x")
    command = [options.blender, "--gpu-backend", "opengl", "-p", "0", "0"]
    command += [width, height, "--factory-startup", "--python"]
    command += [str(HERE / "scenes.py"), "--", str(options.output.resolve())]
    command += [str(options.engine.absolute()), str(options.panorama)]
    with tempfile.TemporaryDirectory() as profile:
        environment = os.environ | {
            "DISPLAY": DISPLAY,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "BLENDER_USER_RESOURCES": profile,
            "PYTHONUNBUFFERED": "1",
        }
        blender = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True
        )
        with blender:
            for line in blender.stdout or []:
                print(line, end="", flush=True)
                if line.startswith("PICTURE "):
                    take(options.output / f"{line.split()[1]}.png")
        return blender.returncode


def take(path: Path) -> None:
    """Take a picture of the whole screen, then write a file that marks it as done."""
    command = ["import", "-display", DISPLAY, "-window", "root", str(path)]
    subprocess.run(command, check=True)
    path.with_suffix(".taken").touch()


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blender", default="blender")
    parser.add_argument("--xvfb", default="Xvfb")
    engine = ROOT / ".venv" / "bin" / "python"
    parser.add_argument("--engine", type=Path, default=engine, help="hdr_core's Python")
    parser.add_argument(
        "--panorama", default="", help="8-bit panorama; default: made by Blender"
    )
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "out" / "window")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
