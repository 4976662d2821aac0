"""The operators: one job each. They handle no pixels and do not import hdr_core."""

import bpy

from . import anchors, engine, image, nodes, world

CLASSES = (
    *engine.CLASSES,
    *nodes.CLASSES,
    *world.CLASSES,
    *image.CLASSES,
    *anchors.CLASSES,
)


def register() -> None:
    """Register all operators."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Unregister all operators."""
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
