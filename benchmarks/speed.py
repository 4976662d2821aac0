"""Measure speed and memory per megapixel, compared with two references.

    python benchmarks/speed.py [--sizes 2 8 64] [--shares 0.02 1.0] [--threads 1 2]

The script prints seconds per megapixel of the whole process ``hdr-core convert``, from
its start to the finished file, and its peak memory. *After start* is the time of the
plate alone, as ``--json`` reports it: a command with several plates starts only once.
The references are:

    limit      only the convolutions of stages 1 and 4 of compact, on one tile
    released   the paper's networks as released, with random weights

The speed of a machine drifts within minutes. So each plate is compared with runs right
before and after it: with the limit, and with the smallest plate of the same clipped
share (``of the smallest``: median of ``--beside`` runs on either side). Times are
medians over rounds, memory is the maximum. Run it on a machine with nothing else to do.
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
from hdr_core.model import HdrModel, straight_basis
from hdr_core.options import TileConfig
from hdr_core.presets import RELEASED
from hdr_core.stages.layers.unet import UNet

ASPECT = 16 / 9


@dataclass(frozen=True)
class Case:
    """A plate of noise: its size in megapixels, and its clipped share."""

    megapixels: float
    share: float


@dataclass(frozen=True)
class Measured:
    """One conversion.

    Attributes:
        whole_s: Time of the whole process, in seconds.
        plate_s: Time from opening the plate to the finished file, in seconds.
        memory_gib: Peak memory of the process, in GiB.
    """

    whole_s: float
    plate_s: float
    memory_gib: float


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


def convert(plate: Path, weights: str, threads: int, folder: Path) -> Measured:
    """Convert a plate in its own process."""
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
    events = {
        event["event"]: event for event in map(json.loads, done.stdout.splitlines())
    }
    return Measured(
        seconds, events["plate"]["seconds"], events["summary"]["peak_memory_gib"]
    )


@torch.inference_mode()
def measure_limit(model: HdrModel, threads: int) -> float:
    """Return the seconds per megapixel of the convolutions of stages 1 and 4."""
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
    """Return each convolution of a network with the shape of its input."""
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


@dataclass(frozen=True)
class Row:
    """A plate in one round, and the references right before and after it.

    Attributes:
        run: Conversion of the plate.
        smallest_s: s/megapixel of the smallest plates; empty if it is one itself.
        limit: s/megapixel of the limit.
    """

    run: Measured
    smallest_s: list[float]
    limit: float


@dataclass(frozen=True)
class Bench:
    """Plates and settings of all runs.

    Attributes:
        plates: Path and megapixels of each plate.
        model: Model whose convolutions are the limit.
        folder: Folder for results.
        beside: Number of runs of the smallest plate before and after a larger one.
    """

    plates: dict[Case, tuple[Path, float]]
    model: HdrModel
    folder: Path
    beside: int

    def row(self, case: Case, threads: int) -> Row:
        """Convert a plate, and the smallest plates before and after it."""
        smallest = min(
            (it for it in self.plates if it.share == case.share),
            key=lambda it: it.megapixels,
        )
        path, megapixels = self.plates[smallest]

        def run_smallest() -> list[float]:
            n_runs = self.beside if case != smallest else 0
            runs = [
                convert(path, "compact", threads, self.folder) for _ in range(n_runs)
            ]
            return [run.plate_s / megapixels for run in runs]

        limits, smallest_s = [measure_limit(self.model, threads)], run_smallest()
        run = convert(self.plates[case][0], "compact", threads, self.folder)
        smallest_s += run_smallest()
        limits.append(measure_limit(self.model, threads))
        return Row(run, smallest_s, statistics.mean(limits))


def print_rows(rows: dict[Case, list[Row]], bench: Bench, threads: int) -> None:
    """Print the rows for one number of threads."""
    starts = [
        row.run.whole_s - row.run.plate_s for found in rows.values() for row in found
    ]
    print(f"| {threads} | start | | {statistics.median(starts):.1f} s | | | | |")
    for case, found in rows.items():
        megapixels = bench.plates[case][1]
        whole = statistics.median(row.run.whole_s for row in found) / megapixels
        plate = statistics.median(row.run.plate_s for row in found) / megapixels
        ratios = [
            row.run.plate_s / megapixels / statistics.median(row.smallest_s)
            for row in found
            if row.smallest_s
        ]
        ratio = f"{statistics.median(ratios):.2f}" if ratios else "1"
        limit = statistics.median(row.limit for row in found)
        share = statistics.median(
            row.limit * megapixels / row.run.plate_s for row in found
        )
        peak = max(row.run.memory_gib for row in found)
        print(
            f"| {threads} | {megapixels:.1f} | {100 * case.share:.0f} % | "
            f"{whole:.2f} | {plate:.2f} | {ratio} | {peak:.2f} | "
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
    parser.add_argument("--beside", type=int, default=3)
    parser.add_argument("--released-size", type=float, default=0.5)
    options = parser.parse_args()
    model = load_model()
    cases = [Case(size, share) for size in options.sizes for share in options.shares]
    heads = ("threads", "megapixels", "clipped", "s/megapixel", "after start")
    print(f"| {' | '.join(heads)} | of the smallest | peak GiB | of the limit |")
    print("| --- " * (len(heads) + 3) + "|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plates = {}
        for i, case in enumerate(cases):
            path = folder / f"{i}.png"
            plates[case] = path, write_plate(path, case) / 1e6
        bench = Bench(plates, model, folder, options.beside)
        released = folder / "released.safetensors"
        save_model(HdrModel(RELEASED, straight_basis(RELEASED.linearize)), released)
        small = folder / "small.png"
        megapixels = write_plate(small, Case(options.released_size, 1.0)) / 1e6
        for threads in options.threads:
            rows = {
                case: [bench.row(case, threads) for _ in range(options.rounds)]
                for case in cases
            }
            print_rows(rows, bench, threads)
            run = convert(small, str(released), threads, folder)
            print(
                f"| {threads} | {megapixels:.1f} | 100 %, released | "
                f"{run.whole_s / megapixels:.2f} | {run.plate_s / megapixels:.2f} | | "
                f"{run.memory_gib:.2f} | |",
                flush=True,
            )


if __name__ == "__main__":
    main()
