"""Run by Blender's Python, not by pytest: light as Blender's views show it.

Usage: python in_blender_views.py LIGHT.exr OUT_STEM VIEW[+LOOK]... Writes a picture of
16 bits for each view, numbered from 0.
"""

import sys

import bpy


def main(light, out, *views):
    """Save the light through each view, and its look if it has one."""
    scene = bpy.context.scene
    image = bpy.data.images.load(light)
    image.colorspace_settings.name = "Linear Rec.709"
    scene.display_settings.display_device = "sRGB"
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_depth = "16"
    for place, name in enumerate(views):
        view, _, look = name.partition("+")
        scene.view_settings.view_transform = view
        scene.view_settings.look = look or "None"
        image.save_render(f"{out}{place}.png", scene=scene)


if __name__ == "__main__":
    main(*sys.argv[1:])
