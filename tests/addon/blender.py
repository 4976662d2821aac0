"""What the tests of the add-on do with Blender, with its files, and beside it."""

import os
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).parents[2]
ADDON = "bl_ext.user_default.hdr_core"
ENGINE = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def extension_tool(*arguments):
    """Run Blender's own tool for extensions; return what it says."""
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
    """Write codes as a PNG, by the project's own Python: a file like any other."""
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
    """Return the numbers of an EXR as they are, (H, W, 4), top row first."""
    image = bpy.data.images.load(str(path), check_existing=False)
    image.colorspace_settings.is_data = True
    image.alpha_mode = "PREMUL"
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1]


def command_line(*arguments):
    """Run hdr-core as on the command line."""
    command = [str(ENGINE), "-m", "hdr_core.cli.main", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


def convert(plate, output, *options):
    """Return the pixels that ``hdr-core convert`` gives for a plate."""
    command_line("convert", plate, "-o", output, "--aov", "none", *options)
    return read_exr(output)[..., :3]


def render(scene, path):
    """Render the compositor to a 32-bit EXR and return its pixels."""
    settings = scene.render.image_settings
    if bpy.app.version >= (5, 0, 0):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR", "32"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    return read_exr(path)[..., :3]


def show(scene, node, output="HDR"):
    """Make an output of ``node`` the result of the compositor."""
    from bl_ext.user_default.hdr_core.node import compositor_tree

    tree = compositor_tree(scene, make=True)
    kinds = {"CompositorNodeComposite", "NodeGroupOutput"}
    end = next(one for one in tree.nodes if one.bl_idname in kinds)
    tree.links.new(node.outputs[output], end.inputs[0])
