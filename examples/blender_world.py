"""Light a ball on a plane by an 8-bit panorama and render it, without a window.

    blender -b --python examples/blender_world.py -- panorama.jpg render.png
    python examples/blender_world.py panorama.jpg render.exr --engine .venv/bin/python

The second form needs the bpy module in that Python. The add-on must be installed, or
its zip named with --addon; --engine names the Python that has hdr_core, unless the
add-on's preferences already do.
"""

import argparse
import math
import sys
from pathlib import Path

import bpy

ADDON = "bl_ext.user_default.hdr_core"
FEWEST_TO_DENOISE = 32


def main() -> None:
    """Build the scene, light it, render it."""
    options = parse()
    enable_addon(options)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    build_scene(scene)
    # All of the light: the operator blocks here, as it does in any script.
    bpy.ops.hdr_core.ldr_to_world(filepath=str(options.panorama), lux=options.lux)
    rotation = scene.world.node_tree.nodes["HDR Rotation"].inputs["Rotation"]
    rotation.default_value[2] = math.radians(options.rotation)
    if options.before:
        bpy.ops.hdr_core.toggle_world()
    width = options.width
    scene.render.resolution_x, scene.render.resolution_y = width, width * 2 // 3
    render(scene, options.output, samples=options.samples)


def enable_addon(options: argparse.Namespace) -> None:
    """Install the add-on if its zip is named, and choose its engine."""
    if options.addon:
        bpy.ops.extensions.package_install_files(
            filepath=str(options.addon), repo="user_default", enable_on_install=True
        )
    else:
        bpy.ops.preferences.addon_enable(module=ADDON)
    if options.engine:
        preferences = bpy.context.preferences.addons[ADDON].preferences
        preferences.python = str(options.engine.absolute())


def build_scene(scene: bpy.types.Scene) -> None:
    """Put a diffuse ball on a diffuse plane, and a camera before them."""
    grey = bpy.data.materials.new("diffuse grey")
    if bpy.app.version < (5, 0, 0):
        grey.use_nodes = True
    shader = grey.node_tree.nodes["Principled BSDF"].inputs
    shader["Base Color"].default_value = (0.5, 0.5, 0.5, 1.0)
    shader["Roughness"].default_value = 1.0
    shader["Specular IOR Level"].default_value = 0.0
    bpy.ops.mesh.primitive_plane_add(size=40.0)
    bpy.context.object.data.materials.append(grey)
    bpy.ops.mesh.primitive_uv_sphere_add(
        segments=64, ring_count=32, radius=1.0, location=(0.0, 0.0, 1.0)
    )
    bpy.ops.object.shade_smooth()
    bpy.context.object.data.materials.append(grey)
    bpy.ops.object.camera_add(location=(0.0, -6.0, 2.6), rotation=(1.32, 0.0, 0.0))
    scene.camera = bpy.context.object


def render(scene: bpy.types.Scene, output: Path, *, samples: int) -> None:
    """Render with Cycles: scene-linear if ``output`` is an EXR, else as seen."""
    scene.render.engine = "CYCLES"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = samples >= FEWEST_TO_DENOISE
    settings = scene.render.image_settings
    if bpy.app.version >= (5, 0, 0):
        settings.media_type = "IMAGE"
    is_exr = output.suffix.lower() == ".exr"
    settings.file_format = "OPEN_EXR" if is_exr else "PNG"
    scene.render.filepath = str(output.absolute())
    bpy.ops.render.render(write_still=True)


def parse() -> argparse.Namespace:
    """Return the options: after ``--`` where Blender has its own before."""
    given = sys.argv[1:]
    if "--" in given:
        given = given[given.index("--") + 1 :]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("panorama", type=Path, help="8-bit, twice as wide as high")
    parser.add_argument("output", type=Path, help="EXR, or PNG as seen")
    parser.add_argument("--addon", type=Path, help="zip of the add-on, to install")
    parser.add_argument("--engine", type=Path, help="Python that has hdr_core")
    parser.add_argument("--before", action="store_true", help="lit by the 8 bits")
    parser.add_argument("--rotation", type=float, default=0.0, help="degrees")
    parser.add_argument("--lux", type=float, default=0.0, help="meter on the ground")
    parser.add_argument("--width", type=int, default=480)
    parser.add_argument("--samples", type=int, default=64)
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
