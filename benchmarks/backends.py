"""Measure start-up and speed of both backends, in turn, in one run.

    hdr-core export onnxruntime
    python benchmarks/backends.py [PLATE ...] [--rounds 3] [--threads 1]

Each plate is converted by a process of its own, once with each backend in each round.
Without plates, crops of examples/rocket.jpg and enlarged ones are taken. The table
shows medians:

    wall    from the start of the process to its end
    CPU     time of all its threads, user and system: it says more on a busy machine
    plate   from opening the plate to the finished file, as ``--json`` reports it

Run it on a machine with nothing else to do.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from PIL import Image

ROCKET = Path(__file__).parents[1] / "examples" / "rocket.jpg"
BACKENDS = ("torch", "onnxruntime")
# Width and height of the plates; the first is a crop of the demo plate.
SIZES = ((256, 256), (640, 427), (1920, 1080), (3840, 2160))


class Measured(NamedTuple):
    """One conversion, in seconds."""

    wall: float
    cpu: float
    plate: float


def write_plates(folder: Path) -> list[Path]:
    """Write the plates: a crop with lamps, and larger pictures of the same."""
    plates = []
    for width, height in SIZES:
        path = folder / f"{width}x{height}.png"
        picture = Image.open(ROCKET)
        if width <= picture.width:
            left, top = min(340, picture.width - width), (picture.height - height) // 2
            picture = picture.crop((left, top, left + width, top + height))
        picture.resize((width, height), Image.Resampling.BICUBIC).save(path)
        plates.append(path)
    return plates


def convert(plate: Path, backend: str, threads: int, folder: Path) -> Measured:
    """Convert a plate in its own process."""
    command = [sys.executable, "-m", "hdr_core.cli.main", "convert", str(plate)]
    command += ["-o", str(folder / "out.exr"), "--overwrite", "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "--backend", backend, "--device", "cpu"],
        env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        capture_output=True,
        text=True,
        check=True,
    )
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    (event,) = (
        event
        for event in map(json.loads, done.stdout.splitlines())
        if event["event"] == "plate"
    )
    if event["backend"] != backend:
        raise SystemExit(f"{plate}: was converted by {event['backend']}.")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Measured(wall, cpu, event["seconds"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("plates", type=Path, nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    print("| plate | backend | wall, s | CPU, s | plate, s | plate, s/megapixel |")
    print("| --- " * 6 + "|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for plate in options.plates or write_plates(folder):
            width, height = Image.open(plate).size
            runs: dict[str, list[Measured]] = {backend: [] for backend in BACKENDS}
            for _ in range(options.rounds):
                for backend, found in runs.items():
                    found.append(convert(plate, backend, options.threads, folder))
            for backend, found in runs.items():
                wall, cpu, seconds = map(statistics.median, zip(*found, strict=True))
                print(
                    f"| {width}x{height} | {backend} | {wall:.2f} | {cpu:.2f} | "
                    f"{seconds:.2f} | {seconds / (width * height) * 1e6:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
