"""HDR Reconstruct: restores the clipped light of 8-bit plates, in Blender.

The add-on is thin: it passes data from Blender to hdr-core, which runs in a process of
its own, and the results back to Blender.
"""

import atexit

from . import engine, operators, panels, props

PARTS = (props, operators, panels)


def register() -> None:
    """Register all parts with Blender."""
    for part in PARTS:
        part.register()
    atexit.register(engine.close)


def unregister() -> None:
    """Unregister all parts and end the engine."""
    atexit.unregister(engine.close)
    engine.close()
    for part in reversed(PARTS):
        part.unregister()
