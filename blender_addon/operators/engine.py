"""Operators that set up and check the engine."""

from collections.abc import Iterator

import bpy

from .. import engine
from ..engine_setup import set_up
from ..errors import AddonError
from ..props import preferences
from ..reconstruct import Progress, starting
from .job import Job


def report_engine() -> Iterator[Progress]:
    """Start the engine and show its version, device and weights in the preferences."""
    worker = yield from starting()
    hello = worker.hello
    text = (
        f"hdr_core {hello['version']}, Python {hello['python']}, on {hello['device']}, "
        f"weights {hello['weights']} {hello['weights_sha256'][:8]}"
    )
    if (chosen := preferences()) is not None:
        chosen.engine_report = text
    return text


class HDR_CORE_OT_check_engine(Job, bpy.types.Operator):
    """Start the engine and show its version, device and weights"""

    bl_idname = "hdr_core.check_engine"
    bl_label = "Check Engine"

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Start the engine and show its report."""
        if (chosen := preferences()) is not None:
            chosen.engine_report = ""
        return (yield from report_engine())


class HDR_CORE_OT_set_up_engine(Job, bpy.types.Operator):
    """Make an environment for the engine and install hdr_core and torch into it"""

    bl_idname = "hdr_core.set_up_engine"
    bl_label = "Set Up Engine"

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Install the engine, then start it and show its report."""
        chosen = preferences()
        if chosen is not None and chosen.python:
            raise AddonError(f"Python is set to {chosen.python}. Empty it first.")
        engine.close()
        wheels = "" if chosen is None else bpy.path.abspath(chosen.wheels)
        installing = set_up(wheels)
        try:
            for text in installing:
                yield Progress(text)
        finally:
            installing.close()
        return (yield from report_engine())


CLASSES = (HDR_CORE_OT_check_engine, HDR_CORE_OT_set_up_engine)
