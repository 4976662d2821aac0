"""Light a scene by a panorama, and by its rig with a quarter of the samples.

    .venv-bpy-5.0.1/bin/python tools/relight/rig.py out/rigs

Each folder NAME in ``out/rigs`` is what ``hdr-core light NAME.exr --split NAME`` wrote,
with the panorama beside it as ``NAME.exr``. The scene is a plane with a ball
and a spiky object, all diffuse, in Cycles. It is lit in five ways:

    map         the panorama, as Blender samples it: by importance
    rig         dome and lights, with a quarter of the samples
    rig, all    the same with all samples
    dome        the dome alone, with a quarter of the samples
    unsampled   the panorama, sampled without importance

Each way is rendered twice with other seeds. Printed are:

    mean        difference of the mean of each channel from the map's, the largest
    noise       RMS of the difference of two seeds over sqrt(2), in blocks of 8 x 8
                pixels, over the mean of the map: median of the blocks
    fireflies   pixels brighter than five times the median of the 5 x 5 around them, in
                both pictures

``NAME_rig.png`` shows map and rig side by side, at the same exposure.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

WIDTH, HEIGHT, SAMPLES = 160, 120, 64
BLOCK = 8


def main() -> None:
    """Render every rig of the folder and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    options = parser.parse_args()
    for rig in sorted(options.folder.glob("*/rig.json")):
        folder = rig.parent
        lights = json.loads(rig.read_text(encoding="utf-8"))["lights"]
        whole, dome = folder.with_suffix(".exr"), folder / "dome.exr"
        many, few = options.samples, options.samples // 4
        ways = {
            "map": light_scene(whole, [], many),
            "rig": light_scene(dome, lights, few),
            "rig, all": light_scene(dome, lights, many),
            "dome": light_scene(dome, [], few),
            "unsampled": light_scene(whole, [], many, sampling="NONE"),
        }
        for name, way in ways.items():
            print(f"{folder.name:20} {name:10}", describe(ways["map"], way), flush=True)
        pair = [ways["map"], ways["rig"]]
        save_pair(folder.parent / f"{folder.name}_rig.png", pair)


def light_scene(
    dome: Path, lights: list[dict], samples: int, *, sampling: str = "AUTOMATIC"
) -> list[np.ndarray]:
    """Return two renders of the scene, with other seeds.

    Args:
        dome: Panorama that lights the scene.
        lights: Lights of a rig.
        samples: Samples for each pixel.
        sampling: How Cycles samples the panorama.
    """
    scene = make_scene()
    add_dome(scene, dome)
    scene.world.cycles.sampling_method = sampling
    for one in lights:
        add_light(scene, one)
    return [render(scene, samples, seed) for seed in (1, 2)]


def make_scene() -> bpy.types.Scene:
    """Return an empty scene with the objects and a camera."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    material = diffuse(0.5)
    bpy.ops.mesh.primitive_plane_add(size=12.0)
    bpy.ops.object.select_all(action="DESELECT")
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.8, location=(0.0, 1.0, 0.8))
    bpy.ops.object.shade_smooth()
    add_spikes(scene)
    for one in scene.objects:
        one.data.materials.append(material)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    place = Vector((-5.5, 0.0, 3.2))
    camera.location = place
    toward = Vector((0.0, 0.0, 0.5)) - place
    camera.rotation_euler = toward.to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine = "CYCLES"
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    scene.cycles.sample_clamp_indirect = 0.0
    scene.cycles.max_bounces = 4
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    return scene


def add_spikes(scene: bpy.types.Scene) -> None:
    """Add a ball of thin spikes: many small shadows."""
    points, faces = [], []
    count = 120
    for number in range(count):
        z = 1.0 - (2 * number + 1) / count
        turn = number * math.pi * (3.0 - math.sqrt(5.0))
        level = math.sqrt(1.0 - z * z)
        out = Vector((level * math.cos(turn), level * math.sin(turn), z))
        side = out.orthogonal().normalized() * 0.05
        up = out.cross(side)
        first = len(points)
        points += [out * 0.9, out * 0.3 + side, out * 0.3 + up, out * 0.3 - side - up]
        faces += [(first, first + a, first + b) for a, b in ((1, 2), (2, 3), (3, 1))]
    mesh = bpy.data.meshes.new("spikes")
    mesh.from_pydata(points, [], faces)
    made = bpy.data.objects.new("spikes", mesh)
    made.location = (0.0, -1.2, 0.9)
    scene.collection.objects.link(made)


def diffuse(reflectance: float) -> bpy.types.Material:
    """Return a diffuse material."""
    material = bpy.data.materials.new("diffuse")
    tree = material.node_tree
    tree.nodes.clear()
    shader = tree.nodes.new("ShaderNodeBsdfDiffuse")
    shader.inputs[0].default_value = (reflectance, reflectance, reflectance, 1.0)
    end = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(shader.outputs[0], end.inputs[0])
    return material


def add_dome(scene: bpy.types.Scene, path: Path) -> None:
    """Light the scene by a panorama."""
    world = bpy.data.worlds.new("world")
    scene.world = world
    tree = world.node_tree
    tree.nodes.clear()
    texture = tree.nodes.new("ShaderNodeTexEnvironment")
    texture.image = bpy.data.images.load(str(path))
    texture.image.colorspace_settings.name = "Linear Rec.709"
    shader = tree.nodes.new("ShaderNodeBackground")
    tree.links.new(texture.outputs[0], shader.inputs[0])
    end = tree.nodes.new("ShaderNodeOutputWorld")
    tree.links.new(shader.outputs[0], end.inputs[0])


def add_light(scene: bpy.types.Scene, light: dict) -> None:
    """Add one light of a rig, ten times farther than it says: the scene is large."""
    direction, side = Vector(light["direction"]), Vector(light["side"])
    distance = 10 * light["distance_m"]
    if light["shape"] == "distant":
        data = bpy.data.lights.new(light["name"], "SUN")
        data.angle = math.radians(light["angular_size_deg"][0])
        color, scale = light["irradiance"], 1.0
    else:
        data = bpy.data.lights.new(light["name"], "AREA")
        tangents = [math.tan(math.radians(a) / 2) for a in light["angular_size_deg"]]
        sizes = [2 * distance * tangent for tangent in tangents]
        data.shape = "RECTANGLE" if light["shape"] == "rect" else "DISK"
        data.size, data.size_y = sizes
        area = sizes[0] * sizes[1]
        if data.shape == "DISK":
            area = math.pi * sizes[0] ** 2 / 4
        color, scale = light["radiance"], math.pi * area
    strength = max(*color, 1e-30)
    data.color = [part / strength for part in color]
    data.energy = strength * scale
    made = bpy.data.objects.new(light["name"], data)
    turn = Matrix((side, direction.cross(side), direction)).transposed().to_4x4()
    made.matrix_world = Matrix.Translation(direction * distance) @ turn
    scene.collection.objects.link(made)


def render(scene: bpy.types.Scene, samples: int, seed: int) -> np.ndarray:
    """Return a render, (H, W, 3), top row first."""
    scene.cycles.samples, scene.cycles.seed = samples, seed
    settings = scene.render.image_settings
    settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR", "32"
    scene.render.filepath = str(Path(bpy.app.tempdir) / "render.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath, check_existing=False)
    image.colorspace_settings.is_data = True
    pixels = np.empty(WIDTH * HEIGHT * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(HEIGHT, WIDTH, 4)[::-1, :, :3].astype(float)


def describe(whole: list[np.ndarray], way: list[np.ndarray]) -> str:
    """Return the figures of one way of lighting, beside those of the map."""
    # The sky is in the picture; only the objects are compared.
    lit = slice(HEIGHT // 3, None)
    whole, way = [one[lit] for one in whole], [one[lit] for one in way]
    before, after = (np.mean(one, axis=(0, 1, 2)) for one in (whole, way))
    apart = np.abs(after / before - 1.0).max()
    return (
        f"mean {apart:.2%}  noise {noise(*way) / float(before.mean()):.1%}  fireflies "
        f"{sum(fireflies(one) for one in way)}"
    )


def noise(one: np.ndarray, other: np.ndarray) -> float:
    """Return the median over blocks of the RMS noise."""
    apart = ((one - other) ** 2).mean(axis=2) / 2
    height, width = (size // BLOCK * BLOCK for size in apart.shape)
    blocks = apart[:height, :width].reshape(height // BLOCK, BLOCK, -1, BLOCK)
    return float(np.median(np.sqrt(blocks.mean(axis=(1, 3)))))


def fireflies(picture: np.ndarray) -> int:
    """Return how many pixels are far brighter than those around them."""
    bright = picture.mean(axis=2)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(bright, 2, "edge"), (5, 5))
    return int((bright > 5.0 * np.median(around, axis=(2, 3))).sum())


def save_pair(path: Path, ways: list[list[np.ndarray]]) -> None:
    """Write both ways side by side, as a PNG."""
    pair = np.concatenate([way[0] for way in ways], axis=1)
    pair = pair * (0.4 / float(np.median(pair[HEIGHT // 2 :])))
    image = bpy.data.images.new("pair", pair.shape[1], HEIGHT)
    pixels = np.ones((HEIGHT, pair.shape[1], 4), np.float32)
    shown = np.clip(pair, 0.0, 1.0)
    pixels[..., :3] = np.where(
        shown <= 0.0031308, 12.92 * shown, 1.055 * shown ** (1 / 2.4) - 0.055
    )
    image.pixels.foreach_set(pixels[::-1].ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()


if __name__ == "__main__":
    main()
    sys.stdout.flush()
