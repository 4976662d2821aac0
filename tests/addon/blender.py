"""Functions for the tests of the add-on: Blender, its files, and hdr-core."""

import atexit
import math
import os
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

ROOT = Path(__file__).parents[2]
ADDON = "bl_ext.user_default.hdr_core"
ENGINE = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def extension_tool(*arguments):
    """Run Blender's own tool for extensions; return its output."""
    local = Path(bpy.utils.resource_path("LOCAL"))
    tool = local / "scripts" / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    command = [sys.executable, str(tool), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def build_zip(folder):
    """Build the extension and return its file."""
    source = ROOT / "blender_addon"
    built = extension_tool("build", "--source-dir", source, "--output-dir", folder)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = Path(folder).glob("*.zip")
    return path


def preferences():
    return bpy.context.preferences.addons[ADDON].preferences


def write_plate(path, codes):
    """Write codes as a PNG with the project's own Python."""
    width, height = codes.shape[1::-1]
    image = bpy.data.images.new("codes", width, height, alpha=codes.shape[2] == 4)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., : codes.shape[2]] = codes[::-1] / np.float32(255)
    image.pixels.foreach_set(pixels.ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
    return path


def read_exr(path):
    """Return the stored numbers of an EXR, (H, W, 4), top row first."""
    image = bpy.data.images.load(str(path), check_existing=False)
    image.colorspace_settings.is_data = True
    image.alpha_mode = "PREMUL"
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1]


@cache
def command_line_worker():
    """Return a worker that all tests share: it is started once."""
    from bl_ext.user_default.hdr_core.engine import Worker

    command = [str(ENGINE), "-m", "hdr_core.cli.main", "worker"]
    worker = Worker(command, os.environ)
    atexit.register(worker.close)
    while not worker.hello:
        worker.pump()
        time.sleep(0.01)
    return worker


def command_line(*arguments):
    """Run hdr-core as on the command line and return its output."""
    worker = command_line_worker()
    request = worker.ask([str(one) for one in arguments])
    while request.exit_code is None:
        worker.pump()
        time.sleep(0.01)
    request.require_done()
    return request


# What the add-on asks for: Blender reads the files as Linear Rec.709.
LINEAR = ("--working-space", "lin_rec709_scene", "--aov", "none")


def convert(plate, output, *options):
    """Return the pixels that ``hdr-core convert`` gives for a plate."""
    command_line("convert", plate, "-o", output, *LINEAR, *options)
    return read_exr(output)[..., :3]


def convert_shot(plates, folder):
    """Return the pixels that ``hdr-core convert`` gives for each plate of a shot."""
    shot = plates[0].with_name("shot.####.png")
    command_line("convert", shot, "-o", folder, *LINEAR)
    return [read_exr(frame)[..., :3] for frame in sorted(folder.glob("*.exr"))]


def set_exr(scene, space):
    """Set renders to be 32-bit EXR files in a color space."""
    settings = scene.render.image_settings
    if bpy.app.version >= (5, 0, 0):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR", "32"
    settings.color_management = "OVERRIDE"
    settings.linear_colorspace_settings.name = space


def render(scene, path, *, space="Linear Rec.709"):
    """Render the compositor to a 32-bit EXR and return its pixels."""
    set_exr(scene, space)
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    return read_exr(path)[..., :3]


def render_range(scene, stem):
    """Render all frames of the scene and return the pixels of each."""
    set_exr(scene, "Linear Rec.709")
    scene.render.filepath = f"{stem}####"
    bpy.ops.render.render(animation=True)
    frames = range(scene.frame_start, scene.frame_end + 1)
    return [read_exr(f"{stem}{frame:04d}.exr")[..., :3] for frame in frames]


def add_node(scene, source=None):
    """Add a node for an image, as the operator does, and show only it."""
    from bl_ext.user_default.hdr_core.node import compositor_tree

    tree = compositor_tree(scene, make=True)
    for node in [one for one in tree.nodes if one.type == "R_LAYERS"]:
        tree.nodes.remove(node)
    bpy.ops.hdr_core.add_node(image=source.name if source else "")
    node = tree.nodes.active
    show(scene, node)
    return node


def show(scene, node, output="HDR"):
    """Link an output of ``node`` to the output of the compositor."""
    from bl_ext.user_default.hdr_core.node import compositor_tree

    tree = compositor_tree(scene, make=True)
    kinds = {"CompositorNodeComposite", "NodeGroupOutput"}
    end = next(one for one in tree.nodes if one.bl_idname in kinds)
    tree.links.new(node.outputs[output], end.inputs[0])


def irradiance(scene, path, normal):
    """Return the irradiance at the origin on a surface, (3,), by Cycles."""
    normal = Vector(normal).normalized()
    side = normal.orthogonal().normalized()
    up, half = normal.cross(side), 0.01
    mesh = bpy.data.meshes.new("meter")
    corners = [side + up, up - side, -side - up, side - up]
    mesh.from_pydata([corner * half for corner in corners], [], [(0, 1, 2, 3)])
    # The default surface of an object without a material is not white.
    material = bpy.data.materials.new("white")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    white = tree.nodes.new("ShaderNodeBsdfDiffuse")
    white.inputs[0].default_value = (1.0, 1.0, 1.0, 1.0)
    end = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(white.outputs[0], end.inputs[0])
    mesh.materials.append(material)
    meter = bpy.data.objects.new("meter", mesh)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", half / 2
    camera.data.clip_start = 1e-4
    view = (normal + 0.6 * side).normalized()
    camera.location, camera.rotation_euler = (
        view * 0.05,
        view.to_track_quat("Z", "Y").to_euler(),
    )
    for one in (meter, camera):
        scene.collection.objects.link(one)
    scene.camera = camera
    scene.render.engine, scene.cycles.samples = "CYCLES", 256
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    scene.cycles.max_bounces = 0
    scene.render.resolution_x = scene.render.resolution_y = 8
    set_exr(scene, "Linear Rec.709")
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    for one in (meter, camera):
        bpy.data.objects.remove(one)
    return math.pi * read_exr(path)[..., :3].mean(axis=(0, 1))
