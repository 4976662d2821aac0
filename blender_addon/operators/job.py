"""Long work that never freezes the window: steps on a timer, Esc cancels.

In a script or with ``blender -b`` the same steps run one after the other, and the
operator returns when all is done.
"""

import time
from collections.abc import Iterator

import bpy

from ..errors import AddonError
from ..reconstruct import Progress

TICK_S = 0.1
PAUSE_S = 0.02


class Running:
    """The job in hand, of which there is one at most."""

    operator: "Job | None" = None
    progress = Progress("")


class Job:
    """Mixin for operators: ``steps`` yields Progress and returns the last words."""

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Do the work a step at a time; AddonError ends it."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Refuse a second job beside the first."""
        if Running.operator is not None:
            cls.poll_message_set("Another reconstruction is running: Esc cancels it")
            return False
        return True

    _is_browsing, _shown = False, ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Do all of it and return: for scripts. Called by a file browser, begin."""
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
        """Do it step by step, between what else Blender does."""
        return self.execute(context) if bpy.app.background else self._begin(context)

    def browse(self, context: bpy.types.Context) -> set[str]:
        """Let the artist choose a file or a folder; ``execute`` is called with it."""
        self._is_browsing = True
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def _begin(self, context: bpy.types.Context) -> set[str]:
        """Take the steps on a timer from now on."""
        self._steps = self.steps(context)
        Running.operator = self
        manager = context.window_manager
        self._timer = manager.event_timer_add(TICK_S, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take a step with each tick of the timer."""
        if event.type == "ESC" and event.value == "PRESS":
            self._end(context)
            self.report({"WARNING"}, "Cancelled: what was finished is kept")
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
        """Stop, because the window closes or another file is opened."""
        self._end(context)

    def _step(self) -> set[str] | None:
        """Take a step; return how the operator ended, if it did."""
        try:
            Running.progress = next(self._steps)
        except StopIteration as end:
            if end.value:
                self.report({"INFO"}, end.value)
            return {"FINISHED"}
        except AddonError as error:
            text = str(error)
            self.report({"ERROR"}, text[:1].upper() + text[1:])
            return {"CANCELLED"}
        return None

    def _show(self, context: bpy.types.Context) -> None:
        """Tell the progress in the status bar, and in the sidebars, if it is news."""
        progress = Running.progress
        share = f" {progress.share:.0%}" if progress.share else ""
        text = f"{progress.text}{share} (Esc cancels)"
        if text != self._shown:
            self._shown = text
            context.workspace.status_text_set(text)
            _redraw(context)

    def _end(self, context: bpy.types.Context) -> None:
        """Cancel what still runs, and clean up."""
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
