"""HDR Reconstruct: the light that 8-bit plates clipped, in Blender.

Thin: Blender in, hdr-core out of process, Blender out.
"""

import atexit

from . import engine, operators, panels, props

PARTS = (props, operators, panels)


def register() -> None:
    """Let Blender know all parts."""
    for part in PARTS:
        part.register()
    atexit.register(engine.close)


def unregister() -> None:
    """Take all parts back, and end the engine."""
    atexit.unregister(engine.close)
    engine.close()
    for part in reversed(PARTS):
        part.unregister()
