"""Run by Blender's Python, not by pytest: what does Blender make of a plate?

Usage: python in_blender.py PLATE.exr COLORSPACE OUT_STEM. The config is in $OCIO.
"""

import json
import sys
from pathlib import Path

import bpy
import numpy as np


def views_of(scene):
    """Views of the display sRGB which can be chosen: Blender lists none statically."""
    found = []
    for view in ("Standard", "AgX", "ACES 1.3", "Filmic", "Filmic Log", "Raw"):
        try:
            scene.display_settings.display_device = "sRGB"
            scene.view_settings.view_transform = view
        except TypeError:
            continue
        found.append(view)
    return found


def main(plate, space, out):
    """Write scene-linear pixels (.npy), a picture through AgX (.png), names (.json)."""
    scene = bpy.context.scene
    image = bpy.data.images.load(plate)
    image.colorspace_settings.name = space
    image.reload()
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    width, height = image.size
    # Blender's rows go up.
    np.save(f"{out}.npy", pixels.reshape(height, width, -1)[::-1, :, :3])
    told = {
        "spaces": [
            item.identifier
            for item in image.colorspace_settings.bl_rna.properties["name"].enum_items
        ],
        "views": views_of(scene),
        "space": image.colorspace_settings.name,
    }
    if "AgX" in told["views"]:
        scene.view_settings.view_transform = "AgX"
        scene.render.image_settings.file_format = "PNG"
        scene.render.image_settings.color_depth = "16"
        image.save_render(f"{out}.png", scene=scene)
    Path(f"{out}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
