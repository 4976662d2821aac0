"""What a megapixel costs, beside what the machine can do and what the paper costs.

    python benchmarks/speed.py [--sizes 2 8 64] [--shares 0.02 1.0] [--threads 1 2]

Told are seconds a megapixel of the whole process ``hdr-core convert``, from its start
to the finished file, and its peak memory; and *after start* of the plate alone, as
``--json`` tells it: several plates in one command start once. Two references run in
between:

    limit      the convolutions of compact's stages 1 and 4 alone, on one tile
    released   the paper's networks as released, with random weights

All of it is done in rounds: every plate from the smallest to the largest, and back. A
machine that slows down meanwhile slows all of them alike. Seconds are medians over
rounds, memory is the most of any; what is compared (``of the limit``, ``of the
smallest``) is compared within a round first. Take the figures on a quiet machine all
the same.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import torch
from torch import nn

from hdr_core.checkpoint import load_model, save_model
from hdr_core.config import TileConfig
from hdr_core.model import HdrModel, straight_basis
from hdr_core.presets import RELEASED
from hdr_core.stages.unet import UNet

ASPECT = 16 / 9


@dataclass(frozen=True)
class Case:
    """A plate of noise: millions of pixels, and the share that is clipped."""

    megapixels: float
    share: float


@dataclass(frozen=True)
class Measured:
    """One conversion.

    Attributes:
        whole_s: Seconds of the process.
        plate_s: Seconds of the plate alone, from opening it to the finished file.
        memory_gib: Peak of the process.
        limit: s/megapixel of the limit just before.
    """

    whole_s: float
    plate_s: float
    memory_gib: float
    limit: float


def write_plate(path: Path, case: Case) -> int:
    """Write the plate, clipped in a block at its top; return its number of pixels."""
    height = max(1, round((case.megapixels * 1e6 / ASPECT) ** 0.5))
    width = round(height * ASPECT)
    rng = np.random.default_rng(0)
    codes = rng.integers(10, 200, (height, width, 3), np.uint8)
    codes[: round(height * case.share)] = 255
    image = oiio.ImageBuf(oiio.ImageSpec(width, height, 3, "uint8"))
    image.set_pixels(image.roi, codes)
    if not image.write(str(path)):
        raise SystemExit(image.geterror())
    return height * width


def convert(
    plate: Path, weights: str, threads: int, folder: Path
) -> tuple[float, float, float]:
    """Return seconds of a process, of its plate alone, and peak memory in GiB."""
    command = [sys.executable, "-m", "hdr_core.cli.main", "convert", str(plate)]
    options = ["-o", str(folder / "out.exr"), "--overwrite", "--json"]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, *options, "--weights", weights],
        env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - started
    told = {
        event["event"]: event for event in map(json.loads, done.stdout.splitlines())
    }
    return seconds, told["plate"]["seconds"], told["summary"]["peak_memory_gib"]


@torch.inference_mode()
def measure_limit(model: HdrModel, threads: int) -> float:
    """Return seconds a megapixel of the convolutions of stages 1 and 4 alone."""
    torch.set_num_threads(threads)
    side = TileConfig.size_px
    work = [
        (layer, shape)
        for unet in (model.dequantize.unet, model.refine.unet)
        for layer, shape in shapes_of(unet, side)
    ]
    inputs = [torch.rand(shape) for _, shape in work]
    times = []
    for _ in range(4):
        started = time.perf_counter()
        for (layer, _), tensor in zip(work, inputs, strict=True):
            layer(tensor)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:]) / side**2 * 1e6


def shapes_of(unet: UNet, side: int) -> list[tuple[nn.Conv2d, torch.Size]]:
    """Return each convolution of a network with the shape that it is given."""
    found: list[tuple[nn.Conv2d, torch.Size]] = []

    def note(layer: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        if isinstance(layer, nn.Conv2d):
            found.append((layer, given[0].shape))

    convolutions = [layer for layer in unet.modules() if isinstance(layer, nn.Conv2d)]
    hooks = [layer.register_forward_pre_hook(note) for layer in convolutions]
    folded = convolutions[0].in_channels
    unet(torch.zeros(1, folded // unet.config.unshuffle**2, side, side))
    for hook in hooks:
        hook.remove()
    return found


Round = dict[Case, list[Measured]]


def measure_round(
    plates: dict[Case, Path], model: HdrModel, threads: int, folder: Path
) -> Round:
    """Convert every plate, and again in reverse, each after a look at the limit."""
    found: Round = {case: [] for case in plates}
    for case in [*plates, *reversed(plates)]:
        limit = measure_limit(model, threads)
        seconds = convert(plates[case], "compact", threads, folder)
        found[case].append(Measured(*seconds, limit))
    return found


def compare(found: Round, n_pixels: dict[Case, int]) -> dict[Case, tuple[float, ...]]:
    """Return what a row of the table tells of a case, in one round.

    Seconds a megapixel, the same of the plate alone, that divided by what the smallest
    plate took, the limit, its share of the plate's time, and peak memory.
    """
    compared: dict[Case, tuple[float, ...]] = {}
    smallest: dict[float, float] = {}
    for case, runs in found.items():
        megapixels = n_pixels[case] / 1e6
        whole = statistics.mean(run.whole_s for run in runs) / megapixels
        plate = statistics.mean(run.plate_s for run in runs) / megapixels
        ratio = plate / smallest.setdefault(case.share, plate)
        limit = statistics.mean(run.limit for run in runs)
        memory = max(run.memory_gib for run in runs)
        compared[case] = (whole, plate, ratio, limit, limit / plate, memory)
    return compared


def tell(rounds: list[Round], n_pixels: dict[Case, int], threads: int) -> None:
    """Print the rows of one number of threads."""
    starts = [
        run.whole_s - run.plate_s
        for found in rounds
        for runs in found.values()
        for run in runs
    ]
    print(f"| {threads} | start | | {statistics.median(starts):.1f} s | | | | |")
    compared = [compare(found, n_pixels) for found in rounds]
    for case, n in n_pixels.items():
        *columns, peaks = zip(*(one[case] for one in compared), strict=True)
        whole, plate, ratio, limit, share = map(statistics.median, columns)
        print(
            f"| {threads} | {n / 1e6:.1f} | {100 * case.share:.0f} % | "
            f"{whole:.2f} | {plate:.2f} | {ratio:.2f} | {max(peaks):.2f} | "
            f"{100 * share:.0f} % of {limit:.2f} |",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=float, nargs="+", default=[2.0, 8.0, 64.0])
    parser.add_argument("--shares", type=float, nargs="+", default=[0.02, 1.0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--released-size", type=float, default=0.5)
    options = parser.parse_args()
    model = load_model()
    cases = [Case(size, share) for size in options.sizes for share in options.shares]
    heads = ("threads", "megapixels", "clipped", "s/megapixel", "after start")
    print(f"| {' | '.join(heads)} | of the smallest | peak GiB | of the limit |")
    print("| --- " * (len(heads) + 3) + "|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plates = {case: folder / f"{i}.png" for i, case in enumerate(cases)}
        n_pixels = {case: write_plate(plate, case) for case, plate in plates.items()}
        released = folder / "released.safetensors"
        save_model(HdrModel(RELEASED, straight_basis(RELEASED.linearize)), released)
        small = folder / "small.png"
        n_small = write_plate(small, Case(options.released_size, 1.0))
        for threads in options.threads:
            rounds = [
                measure_round(plates, model, threads, folder)
                for _ in range(options.rounds)
            ]
            tell(rounds, n_pixels, threads)
            seconds, plate_s, memory = convert(small, str(released), threads, folder)
            print(
                f"| {threads} | {n_small / 1e6:.1f} | 100 %, released | "
                f"{seconds / n_small * 1e6:.2f} | {plate_s / n_small * 1e6:.2f} | | "
                f"{memory:.2f} | |",
                flush=True,
            )


if __name__ == "__main__":
    main()
