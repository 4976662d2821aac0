"""Compare how fast ordinary plates are read with another state of the repository.

    python benchmarks/reading.py --against COMMIT [--megapixels 1] [--rounds 5]

Plates of noise and ramps are written in each format. Both states read them in turn, in
processes of their own, with the libraries of this environment. The figure is the
processor time of one read, the least of all rounds, so that other work on the machine
hardly counts. The ratio is this state over the other one: 1.05 is 5 % slower.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import av
import numpy as np
import OpenImageIO as oiio

ROOT = Path(__file__).resolve().parents[1]
READS = 4
PICTURES = {
    "a.jpg": ("uint8", {"compression": "jpeg:90"}),
    "a.png": ("uint8", {}),
    "b.png": ("uint16", {}),
    "a.tif": ("uint16", {"compression": "lzw"}),
    "a.exr": ("half", {"compression": "zip"}),
    "a.dpx": ("uint16", {"oiio:BitsPerSample": 10}),
    "a.webp": ("uint8", {}),
    "a.jxl": ("uint8", {}),
}
# Reads each file some times, and prints the least processor time by its name.
READER = f"""
import json, sys, time
from pathlib import Path
from hdr_core.io.read import read_plate
least = {{}}
for name in sys.argv[1:]:
    read_plate(Path(name))
    times = []
    for _ in range({READS}):
        start = time.process_time()
        read_plate(Path(name))
        times.append(time.process_time() - start)
    least[Path(name).name] = min(times)
print(json.dumps(least))
"""


def write_plates(folder: Path, megapixels: float) -> list[Path]:
    """Write one plate for each format, and return their paths."""
    height = round((megapixels * 1e6 * 9 / 16) ** 0.5) // 2 * 2
    width = height * 16 // 9 // 2 * 2
    rng = np.random.default_rng(1)
    ramp = np.linspace(0.0, 1.1, width, dtype=np.float32)[None, :, None]
    light = ramp + 0.05 * rng.standard_normal((height, width, 3), dtype=np.float32)
    values = np.clip(light, 0.0, 1.0)
    paths = []
    for name, (kind, attributes) in PICTURES.items():
        spec = oiio.ImageSpec(width, height, 3, kind)
        for key, value in attributes.items():
            spec.attribute(key, value)
        target = oiio.ImageOutput.create(name)
        if not target or not target.open(str(folder / name), spec):
            raise SystemExit(f"{name}: {oiio.geterror()}")
        target.write_image(values)
        target.close()
        paths.append(folder / name)
    return [*paths, _write_movie(folder / "a.mov", np.rint(values * 255))]


def _write_movie(path: Path, codes: np.ndarray) -> Path:
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", 24)
        stream.width, stream.height = codes.shape[1], codes.shape[0]
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(codes.astype(np.uint8), "rgb24")
        target.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def read_with(state: Path, plates: list[Path]) -> dict[str, float]:
    """Return the seconds of one read of each plate by the code in ``state``."""
    environment = os.environ | {"PYTHONPATH": str(state), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", READER, *map(str, plates)]
    done = subprocess.run(
        command, env=environment, cwd=state, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def unpack(commit: str, folder: Path) -> Path:
    """Write the package as it was at a commit, and return its folder."""
    archive = folder / "state.tar"
    subprocess.run(
        ["git", "archive", "-o", str(archive), commit, "hdr_core"], cwd=ROOT, check=True
    )
    state = folder / "state"
    state.mkdir()
    subprocess.run(["tar", "-xf", str(archive), "-C", str(state)], check=True)
    return state


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", required=True, help="commit of the other state")
    parser.add_argument("--megapixels", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        other = unpack(options.against, folder)
        plates = write_plates(folder, options.megapixels)
        found: dict[str, list[list[float]]] = {p.name: [[], []] for p in plates}
        for _ in range(options.rounds):
            for place, state in enumerate((ROOT, other)):
                for plate, seconds in read_with(state, plates).items():
                    found[plate][place].append(seconds)
    print("| plate | this, ms | other, ms | ratio |\n| --- | ---: | ---: | ---: |")
    ratios = []
    for plate, (here, there) in found.items():
        ratios.append(min(here) / min(there))
        times = f"{1000 * min(here):.1f} | {1000 * min(there):.1f}"
        print(f"| {plate} | {times} | {ratios[-1]:.3f} |")
    print(f"| all, geometric mean | | | {np.exp(np.mean(np.log(ratios))):.3f} |")


if __name__ == "__main__":
    main()
