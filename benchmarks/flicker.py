"""Measure flicker: the change of the light of a world point from frame to frame.

    python benchmarks/flicker.py --corpus CORPUS [--scenes 20] [--frames 24]

The shots are made from val panoramas with known geometry: a pan of one degree per
frame, an exposure that rises by 0.05 stop per frame, both together, and a lamp that
passes. Each shot is converted with the shipped weights, once frame by frame and once as
a shot. The script prints the mean change of log2 light, minus that of the exposure, at
world points that are clipped in both frames of a pair.
"""

import argparse
import math
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import torch

from hdr_core.checkpoint import load_model
from hdr_core.delivery.convert import reconstruct_frame
from hdr_core.io.corpus import Scene, load_scenes
from hdr_core.io.read import read_plate
from hdr_core.model import HdrModel
from hdr_core.motion import sample
from hdr_core.options import Options
from hdr_core.panorama.geometry import perspective_view
from hdr_core.shot.analyze import analyze_shot

HEIGHT, WIDTH, FOV = 256, 384, math.radians(70)
KINDS = ("pan", "ramp", "pan and ramp", "passing lamp")
NOISE = 0.004


@dataclass(frozen=True)
class Frame:
    """One frame of a shot, with the yaw and the exposure of the camera."""

    path: Path
    yaw: float
    stops: float


def shoot(scene: Scene, kind: str, count: int, folder: Path) -> list[Frame]:
    """Write the frames of a shot as 8-bit PNG, and return them."""
    panorama = torch.from_numpy(scene.pixels)
    level = float(np.quantile(scene.pixels.max(axis=0), 0.93))
    noise = torch.Generator().manual_seed(0)
    frames = []
    for place in range(count):
        yaw = math.radians(20.0 - (place if "pan" in kind else 0.0))
        stops = 0.05 * place if "ramp" in kind else 0.0
        light = perspective_view(
            panorama, yaw=yaw, pitch=0.0, fov=FOV, height=HEIGHT, width=WIDTH
        )
        light = light / level * 2.0**stops
        if "lamp" in kind:
            left = WIDTH * (place + 1) // (count + 2)
            light[:, 140:154, left : left + 14] += 30.0
        encoded = light.clamp(0.0, 1.0) ** (1 / 2.2)
        encoded += NOISE * torch.randn(encoded.shape, generator=noise)
        codes = torch.round(encoded.clamp(0.0, 1.0) * 255).byte().permute(1, 2, 0)
        path = folder / f"plate.{place:04d}.png"
        image = oiio.ImageBuf(oiio.ImageSpec(WIDTH, HEIGHT, 3, "uint8"))
        image.set_pixels(image.roi, np.ascontiguousarray(codes.numpy()))
        image.write(str(path))
        frames.append(Frame(path, yaw, stops))
    return frames


def between(first: Frame, second: Frame) -> torch.Tensor:
    """Return the true homography from one frame to the other."""
    turn = second.yaw - first.yaw
    x, y = math.tan(FOV / 2), math.tan(FOV / 2) * HEIGHT / WIDTH
    rays = torch.diag(torch.tensor([x, y, 1.0], dtype=torch.float64))
    cosine, sine = math.cos(turn), math.sin(turn)
    turned = torch.tensor(
        [[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]],
        dtype=torch.float64,
    )
    return torch.linalg.inv(rays) @ turned @ rays


def mean_change(frames: list[Frame], lights: list[torch.Tensor]) -> float:
    """Return the mean change of light at clipped points of the world, in stops."""
    changes = []
    masks = [clipped(frame) for frame in frames]
    for place in range(len(frames) - 1):
        first, second = frames[place], frames[place + 1]
        motion = between(first, second)
        light, within = sample(lights[place + 1], motion)
        mask, _ = sample(masks[place + 1], motion)
        both = (within > 0) & (masks[place] > 0) & (mask > 0.99)
        change = (light - second.stops) - (lights[place] - first.stops)
        changes.append(change.abs().mean(dim=0)[both])
    return float(torch.cat(changes).mean())


def clipped(frame: Frame) -> torch.Tensor:
    """Return the mask (H, W) of the pixels with every channel clipped."""
    pixels = read_plate(frame.path).pixels
    return torch.from_numpy((pixels.min(axis=2) >= 1.0).astype(np.float64))


def measure(
    scene: Scene, kind: str, count: int, model: HdrModel
) -> tuple[float, float]:
    """Return the mean change of light, frame by frame and as a shot."""
    config = Options(precision="float32", panorama="off")
    with tempfile.TemporaryDirectory() as folder:
        frames = shoot(scene, kind, count, Path(folder))
        paths = {place: frame.path for place, frame in enumerate(frames)}
        plan = analyze_shot(paths, model, config=config, weights_sha256="")
        results = []
        for is_shot in (False, True):
            lights = []
            for place, frame in enumerate(frames):
                shot = plan.for_frame(place, frame.path) if is_shot else None
                plate = read_plate(frame.path)
                hdr = reconstruct_frame(
                    plate, model, config, shot, None, None
                ).hdr.pixels
                stops = np.log2(np.maximum(hdr, 1e-6)).transpose(2, 0, 1)
                lights.append(torch.from_numpy(stops).double())
            results.append(mean_change(frames, lights))
    return results[0], results[1]


def main() -> None:
    """Print a line for each shot and a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--frames", type=int, default=24)
    options = parser.parse_args()
    model = load_model()
    scenes = [s for s in load_scenes(options.corpus, split="val") if s.is_panorama]
    rows = []
    for kind in KINDS:
        found = []
        for scene in scenes[: options.scenes]:
            alone, shot = measure(scene, kind, options.frames, model)
            print(f"{kind}: {scene.name}: {alone:.4f} {shot:.4f}", flush=True)
            if not math.isnan(alone):
                found.append((alone, shot))
        alone, shot = (statistics.mean(column) for column in zip(*found, strict=True))
        ratio = statistics.median(after / before for before, after in found)
        rows.append(
            f"| {kind} | {len(found)} | {alone:.4f} | {shot:.4f} | "
            f"{shot / alone:.2f} | {ratio:.2f} |"
        )
    print("| shot | scenes | alone | shot | ratio of means | median ratio |")
    print("| --- | --- | --- | --- | --- | --- |")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
