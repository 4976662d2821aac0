"""What a megapixel costs, beside what the machine can do and what the paper costs.

    python benchmarks/speed.py [--sizes 2 8 64] [--shares 0.02 1.0] [--threads 1 2]

Told are seconds a megapixel of the whole process ``hdr-core convert``, from its start
to the finished file, the median of some runs, and its peak memory; and the same
without what a process for a plate of 16 pixels takes, which several plates in one
command pay once. Two references run in between, so that a busy machine slows all of
them:

    limit      the convolutions of compact's stages 1 and 4 alone, on one tile
    released   the paper's networks as released, with random weights

Take the figures on a quiet machine, or they say nothing.
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
class Measured:
    """Seconds a megapixel, and peak memory in GiB."""

    seconds: float
    memory_gib: float


def write_plate(path: Path, megapixels: float, share: float) -> int:
    """Write a plate of noise, clipped in a block of ``share``; return its pixels."""
    height = max(1, round((megapixels * 1e6 / ASPECT) ** 0.5))
    width = round(height * ASPECT)
    rng = np.random.default_rng(0)
    codes = rng.integers(10, 200, (height, width, 3), np.uint8)
    codes[: round(height * share)] = 255
    image = oiio.ImageBuf(oiio.ImageSpec(width, height, 3, "uint8"))
    image.set_pixels(image.roi, codes)
    if not image.write(str(path)):
        raise SystemExit(image.geterror())
    return height * width


def convert(
    plate: Path, weights: str, threads: int, folder: Path
) -> tuple[float, float]:
    """Return seconds and peak memory of one process."""
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
    return seconds, json.loads(done.stdout.splitlines()[-1])["peak_memory_gib"]


def measure(
    plate: Path, n_pixels: int, weights: str, threads: int, runs: int, folder: Path
) -> Measured:
    """Return the median of some runs."""
    found = [convert(plate, weights, threads, folder) for _ in range(runs)]
    seconds, memory = zip(*found, strict=True)
    return Measured(statistics.median(seconds) / n_pixels * 1e6, max(memory))


@torch.inference_mode()
def measure_limit(model: HdrModel, threads: int, runs: int) -> float:
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
    for _ in range(runs + 1):
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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=float, nargs="+", default=[2.0, 8.0, 64.0])
    parser.add_argument("--shares", type=float, nargs="+", default=[0.02, 1.0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--released-size", type=float, default=0.5)
    options = parser.parse_args()
    model = load_model()
    heads = ("threads", "megapixels", "clipped", "s/megapixel", "after start")
    print(f"| {' | '.join(heads)} | peak GiB | of the limit |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        released = folder / "released.safetensors"
        save_model(HdrModel(RELEASED, straight_basis(RELEASED.linearize)), released)
        plate = folder / "plate.png"
        for threads in options.threads:
            tiny = write_plate(plate, 16e-6, 1.0)
            start = measure(plate, tiny, "compact", threads, options.runs, folder)
            start_s = start.seconds * tiny / 1e6
            print(f"| {threads} | start alone | | {start_s:.1f} s | | | |", flush=True)
            for size in options.sizes:
                for share in options.shares:
                    n_pixels = write_plate(plate, size, share)
                    limit = measure_limit(model, threads, options.runs)
                    found = measure(
                        plate, n_pixels, "compact", threads, options.runs, folder
                    )
                    after = found.seconds - start_s / n_pixels * 1e6
                    print(
                        f"| {threads} | {n_pixels / 1e6:.1f} | {100 * share:.0f} % | "
                        f"{found.seconds:.2f} | {after:.2f} | {found.memory_gib:.2f} | "
                        f"{100 * limit / after:.0f} % of {limit:.2f} |",
                        flush=True,
                    )
            n_pixels = write_plate(plate, options.released_size, 1.0)
            found = measure(plate, n_pixels, str(released), threads, 1, folder)
            print(
                f"| {threads} | {n_pixels / 1e6:.1f} | 100 %, released | "
                f"{found.seconds:.2f} | | {found.memory_gib:.2f} | |",
                flush=True,
            )


if __name__ == "__main__":
    main()
