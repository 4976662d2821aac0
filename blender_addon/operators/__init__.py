"""What the artist can do: one operator, one job. No pixels here, no hdr_core."""

import bpy

from . import engine, image, nodes, world

CLASSES = (*engine.CLASSES, *nodes.CLASSES, *world.CLASSES, *image.CLASSES)


def register() -> None:
    """Register all operators."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Take them back."""
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
