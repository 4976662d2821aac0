"""``python -m tools.clean_install WHEEL``: install the package in a clean place.

A new virtual environment gets the wheel and its pinned dependencies, and nothing of
this repository. In an empty folder it then runs what a newcomer runs: the version, a
conversion, its check, and its page. Prints how long each step takes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IS_WINDOWS = os.name == "nt"
STEPS = (
    ["--version"],
    ["convert", "plate.jpg", "-o", "plate.exr", "--report"],
    ["check", "plate.jpg", "-o", "plate.exr"],
    ["view", "plate.exr", "plate.jpg", "-o", "plate.html"],
    ["completion", "bash"],
)


def main(arguments: list[str]) -> int:
    """Install the wheel, run the steps, and return the exit code."""
    parser = argparse.ArgumentParser(prog="tools.clean_install", description=__doc__)
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args(arguments).wheel.resolve()
    with tempfile.TemporaryDirectory() as folder:
        clean, work = Path(folder) / "venv", Path(folder) / "work"
        work.mkdir()
        shutil.copy(ROOT / "examples" / "rocket.jpg", work / "plate.jpg")
        scripts = clean / ("Scripts" if IS_WINDOWS else "bin")
        timed("make an environment", lambda: venv.create(clean, with_pip=True))
        timed("install", lambda: install(scripts, wheel))
        for step in STEPS:
            timed(f"hdr-core {' '.join(step)}", partial(run, scripts, step, work))
        page = work / "plate.html"
        if "hdrCore" not in page.read_text(encoding="utf-8"):
            print(f"{page.name}: the package lacks the page's script.", file=sys.stderr)
            return 1
    return 0


def install(scripts: Path, wheel: Path) -> None:
    """Install the wheel; torch from another index if HDR_CORE_TORCH_INDEX says so."""
    pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet"]
    pip += ["--disable-pip-version-check", "-c", str(ROOT / "constraints.txt")]
    if index := os.environ.get("HDR_CORE_TORCH_INDEX"):
        torch = ["torch", "--index-url", index, "--no-deps"]
        subprocess.run([*pip, *torch], env=without_repository(), check=True)
    subprocess.run([*pip, str(wheel)], env=without_repository(), check=True)


def run(scripts: Path, arguments: list[str], folder: Path) -> None:
    """Run the program outside of the repository, without its variables."""
    command = [str(scripts / "hdr-core"), *arguments]
    subprocess.run(
        command,
        cwd=folder,
        env=without_repository(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def without_repository() -> dict[str, str]:
    """Return the environment without the repository, which would look installed."""
    return {name: v for name, v in os.environ.items() if name != "PYTHONPATH"}


def timed(title: str, work: Callable[[], object]) -> None:
    """Run a step and print how long it takes."""
    started = time.perf_counter()
    work()
    print(f"  {title}: {time.perf_counter() - started:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
