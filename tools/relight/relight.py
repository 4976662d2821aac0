"""Light the example's scene in three ways and compare: the second half, in bpy.

    .venv-bpy-5.0.1/bin/python tools/relight/relight.py out/relight \
        --engine .venv/bin/python --addon out/hdr_core-0.2.0.zip

For each panorama of plates.py, (a) the true panorama, (b) the 8-bit plate and (c) the
reconstruction light the diffuse ball and plane of examples/blender_world.py. The light
on the ground and on the ball, relative to (a), is printed and written to relight.json.
``NAME_render.png`` shows the three renders side by side at the same exposure.
"""

import argparse
import importlib.util
import json
import sys
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
WAYS = ("true", "8 bit", "reconstruction")
SAMPLES, WIDTH = 96, 360
# Regions of the picture, as shares of its size: a lower corner, the ball's middle.
GROUND = (slice(0.86, 0.98), slice(0.05, 0.25))
BALL = (slice(0.42, 0.62), slice(0.44, 0.56))


def main() -> None:
    """Render all panoramas and print the ratios."""
    options = parse()
    example = load_example()
    example.enable_addon(options)
    report = {}
    for true in sorted(options.folder.glob("*_true.exr")):
        name = true.stem.removesuffix("_true")
        renders = [render(example, options.folder, name, way) for way in WAYS]
        report[name] = compare(renders)
        save_sheet(options.folder / f"{name}_render.png", renders)
        print(name, json.dumps(report[name]), flush=True)
    content = json.dumps(report, indent=2)
    (options.folder / "relight.json").write_text(content, encoding="utf-8")


def render(example: object, folder: Path, name: str, way: str) -> np.ndarray:
    """Return a render of the scene, lit in one way, scene-linear, (H, W, 3)."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    example.build_scene(scene)
    bpy.ops.hdr_core.ldr_to_world(filepath=str(folder / f"{name}.png"))
    if way == "8 bit":
        bpy.ops.hdr_core.toggle_world()
    if way == "true":
        image = bpy.data.images.load(str(folder / f"{name}_true.exr"))
        image.colorspace_settings.name = "Linear Rec.709"
        scene.world.node_tree.nodes["hdr"].image = image
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, WIDTH * 2 // 3
    path = folder / f"{name}_{way.replace(' ', '')}_render.exr"
    example.render(scene, path, samples=SAMPLES)
    return read(path)


def read(path: Path) -> np.ndarray:
    """Return the pixels of an EXR, top row first."""
    image = bpy.data.images.load(str(path), check_existing=False)
    image.colorspace_settings.is_data = True
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    width, height = image.size
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1, :, :3]


def compare(renders: list[np.ndarray]) -> dict[str, dict[str, float]]:
    """Return the light on ground and ball relative to the true panorama, in stops."""
    stops = {}
    for place, region in (("ground", GROUND), ("ball", BALL)):
        light = [luminance(crop(pixels, region)) for pixels in renders]
        stops[place] = {
            way: round(float(np.log2(found / light[0])), 3)
            for way, found in zip(WAYS[1:], light[1:], strict=True)
        }
    return stops


def crop(pixels: np.ndarray, region: tuple[slice, slice]) -> np.ndarray:
    """Return a region of a picture; the region is given as shares of its size."""
    rows, columns = (
        slice(int(part.start * size), int(part.stop * size))
        for part, size in zip(region, pixels.shape[:2], strict=True)
    )
    return pixels[rows, columns]


def luminance(pixels: np.ndarray) -> float:
    """Return the mean Rec.709 luminance."""
    return float((pixels @ np.array([0.2126, 0.7152, 0.0722])).mean())


def save_sheet(path: Path, renders: list[np.ndarray]) -> None:
    """Write the renders side by side in sRGB, exposed for the ground of the first."""
    gain = 0.4 / max(luminance(crop(renders[0], GROUND)), 1e-6)
    row = np.clip(np.concatenate(renders, axis=1) * gain, 0.0, 1.0)
    power = 1.055 * np.maximum(row, 1e-8) ** (1 / 2.4) - 0.055
    shown = np.where(row <= 0.0031308, 12.92 * row, power)
    pixels = np.ones((*row.shape[:2], 4), np.float32)
    pixels[..., :3] = shown
    image = bpy.data.images.new("sheet", row.shape[1], row.shape[0])
    image.pixels.foreach_set(pixels[::-1].ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)


def load_example() -> object:
    """Import examples/blender_world.py, for the same scene and settings."""
    path = ROOT / "examples" / "blender_world.py"
    spec = importlib.util.spec_from_file_location("blender_world", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder that plates.py wrote")
    parser.add_argument("--addon", type=Path, help="zip of the add-on to install")
    parser.add_argument("--engine", type=Path, help="Python that has hdr_core")
    options = parser.parse_args()
    options.folder = options.folder.absolute()
    return options


if __name__ == "__main__":
    main()
    sys.stdout.flush()
