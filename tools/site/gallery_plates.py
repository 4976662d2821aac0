"""Make the 8-bit plates of the gallery from scenes whose light is known.

    python -m tools.site.gallery_plates --corpus CORPUS -o examples/gallery

Views and whole panoramas of val scenes that are CC0, so that no network was trained on
them. Each is exposed so that 4 % of it clips, goes through the film-like curve of many
cameras, and is saved as a JPEG of quality 92. Where they come from and under which
licence is written in examples/SOURCES.md.
"""

import argparse
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from hdr_core.camera.capture import Camera, expose, exposure_for_clipped_share
from hdr_core.camera.responses import filmic, grid
from hdr_core.evaluation.protocol import shippable
from hdr_core.io.corpus import Scene, load_scenes
from hdr_core.panorama.geometry import brightest_direction, perspective_view

CLIPPED_SHARE = 0.04
QUALITY = 92
# White and toe of the median camera in use.
CURVE = {"white": 5.6, "toe": 1.58}
VIEW_PX = (296, 448)
FOV = math.radians(105)


class View(NamedTuple):
    """A plate: scene, and the turns from its brightest light in degrees."""

    scene: str
    left: float = 0.0
    up: float = 0.0


VIEWS = (
    View("circus_arena", 10, -8),
    View("cyclorama_hard_light", 0, -15),
    View("empty_warehouse_01", 8, -12),
    View("quarry_01", -15, -20),
    View("shanghai_bund", 12, -6),
    View("st_fagans_interior", 10, -28),
)
PANORAMAS = (
    "kloppenheim_02",
    "moonless_golf",
    "outdoor_umbrellas",
    "photo_studio_01",
    "portland_landing_pad",
)


def shoot(light: torch.Tensor) -> Image.Image:
    """Return what a camera takes of light (3, H, W)."""
    stops = exposure_for_clipped_share(light, share=CLIPPED_SHARE)
    camera = Camera(crf=filmic(grid(), **CURVE), shot=0.002, read=0.0005)
    noise = torch.Generator().manual_seed(0)
    plate = camera.shoot(expose(light, stops=stops), noise)
    return Image.fromarray((plate * 255).byte().permute(1, 2, 0).numpy())


def view_of(scene: Scene, view: View) -> torch.Tensor:
    """Return the light of a view, (3, H, W)."""
    pixels = torch.from_numpy(scene.pixels)
    yaw, pitch = brightest_direction(pixels)
    return perspective_view(
        pixels,
        yaw=yaw + math.radians(view.left),
        pitch=float(np.clip(pitch + math.radians(view.up), -0.6, 0.6)),
        fov=FOV,
        height=VIEW_PX[0],
        width=VIEW_PX[1],
    )


def main() -> None:
    """Write all plates."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    free = shippable(options.corpus)
    scenes = {s.name: s for s in load_scenes(options.corpus, split="val")}
    plates = {f"{view.scene}_view": view_of(scenes[view.scene], view) for view in VIEWS}
    for name in PANORAMAS:
        plates[f"{name}_panorama"] = torch.from_numpy(scenes[name].pixels)
    for name, light in plates.items():
        scene = name.rpartition("_")[0]
        if scene not in free:
            raise SystemExit(f"{scene}: its licence is not CC0. Choose another scene.")
        path = options.output / f"{name}.jpg"
        shoot(light).save(path, quality=QUALITY)
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB, {free[scene]}")


if __name__ == "__main__":
    main()
