"""Long jobs that never block the window: steps on a timer, Esc cancels.

In a script or with ``blender -b`` the steps run one after the other, and the operator
returns when the job is done.
"""

import time
from collections.abc import Iterator

import bpy

from ..errors import AddonError
from ..reconstruct import Progress

TICK_S = 0.1
PAUSE_S = 0.02


def report_error(operator: bpy.types.Operator, error: AddonError) -> set[str]:
    """Show an error as a sentence and return that the operator was cancelled."""
    text = str(error)
    operator.report({"ERROR"}, text[:1].upper() + text[1:])
    return {"CANCELLED"}


class Running:
    """The running job; there is at most one."""

    operator: "Job | None" = None
    progress = Progress("")


class Job:
    """Mixin for operators: ``steps`` yields Progress and returns a final message."""

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Do the work in steps; an AddonError ends it."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Refuse to start while another job is running."""
        if Running.operator is not None:
            cls.poll_message_set("Another reconstruction is running: Esc cancels it")
            return False
        return True

    _is_browsing, _shown = False, ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Run the whole job, for scripts; after a file browser, only start it."""
        if self._is_browsing:
            self._is_browsing = False
            return self._begin(context)
        self._steps, self._timer = self.steps(context), None
        Running.operator = self
        try:
            while (ending := self._step()) is None:
                time.sleep(PAUSE_S)
        finally:
            self._end(context)
        return ending

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Start the job; its steps run on a timer. In a script, run it whole."""
        return self.execute(context) if bpy.app.background else self._begin(context)

    def browse(self, context: bpy.types.Context) -> set[str]:
        """Open a file browser, which calls ``execute`` with the chosen path."""
        self._is_browsing = True
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def _begin(self, context: bpy.types.Context) -> set[str]:
        """Start to run the steps on a timer."""
        self._steps = self.steps(context)
        Running.operator = self
        manager = context.window_manager
        self._timer = manager.event_timer_add(TICK_S, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Run a step at each tick of the timer; Esc cancels."""
        if event.type == "ESC" and event.value == "PRESS":
            self._end(context)
            self.report({"WARNING"}, "Cancelled: finished results are kept")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        ending = self._step()
        self._show(context)
        if ending is None:
            return {"PASS_THROUGH"}
        self._end(context)
        return ending

    def cancel(self, context: bpy.types.Context) -> None:
        """Stop because the window closes or another file is opened."""
        self._end(context)

    def _step(self) -> set[str] | None:
        """Run a step; return the operator's result if the job has ended."""
        try:
            Running.progress = next(self._steps)
        except StopIteration as end:
            if end.value:
                self.report({"INFO"}, end.value)
            return {"FINISHED"}
        except AddonError as error:
            return report_error(self, error)
        return None

    def _show(self, context: bpy.types.Context) -> None:
        """Show new progress in the status bar and the sidebars."""
        progress = Running.progress
        share = f" {progress.share:.0%}" if progress.share else ""
        text = f"{progress.text}{share} (Esc cancels)"
        if text != self._shown:
            self._shown = text
            context.workspace.status_text_set(text)
            _redraw(context)

    def _end(self, context: bpy.types.Context) -> None:
        """Cancel the steps that are left, and clean up."""
        self._steps.close()
        Running.operator, Running.progress = None, Progress("")
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
            context.workspace.status_text_set(None)
            _redraw(context)


def _redraw(context: bpy.types.Context) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"NODE_EDITOR", "IMAGE_EDITOR", "PROPERTIES"}:
                area.tag_redraw()
