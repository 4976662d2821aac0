"""The shots of a batch: each is analyzed once, when its first frame is needed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_core.cli.outputs import Task
from hdr_core.errors import HdrError, OptionError
from hdr_core.options import Options

if TYPE_CHECKING:
    from hdr_core.model import HdrModel
    from hdr_core.shot.plan import FramePlan, ShotPlan

ALONE = "none"


@dataclass(frozen=True)
class Shots:
    """Shots and what was decided for them.

    Attributes:
        plates: Of each shot, by frame.
        asked: A plan's file, "none" for frames that stand alone, "": analyze.
        is_forced: Take plates that are HDR as clipped ones.
    """

    plates: list[dict[int, Path]]
    asked: str = ""
    is_forced: bool = False
    _plans: dict[int, "ShotPlan | HdrError"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse one plan for several shots."""
        if self.asked not in {"", ALONE} and len(self.plates) != 1:
            raise OptionError(
                f"shot: {self.asked} is of one shot, found {len(self.plates)}. "
                "Convert one sequence, written as plate.####.png."
            )

    def plan_for(
        self,
        task: Task,
        model: "HdrModel",
        *,
        config: Options,
        weights_sha256: str,
        on_progress: Callable[[float], None],
    ) -> "FramePlan | None":
        """Return what the frame of a task shares with its shot; None: nothing.

        Raises:
            PlateError: No frame can be read, or this one was not analyzed.
            OptionError: The plan was made with other weights.
        """
        if task.shot is None or self.asked == ALONE:
            return None
        if task.shot not in self._plans:
            try:
                plan = self._decide(
                    task.shot, model, config, weights_sha256, on_progress
                )
            except HdrError as error:
                # It is the same for all frames: nobody waits for it twice.
                self._plans[task.shot] = error
            else:
                self._plans[task.shot] = plan
        found = self._plans[task.shot]
        if isinstance(found, HdrError):
            raise found
        return found.for_frame(task.frame, task.plate)

    def _decide(
        self,
        shot: int,
        model: "HdrModel",
        config: Options,
        weights_sha256: str,
        on_progress: Callable[[float], None],
    ) -> "ShotPlan":
        from hdr_core.shot.analyze import analyze_shot
        from hdr_core.shot.plan import load_plan

        if self.asked:
            return load_plan(Path(self.asked), weights_sha256=weights_sha256)
        return analyze_shot(
            self.plates[shot],
            model,
            config=config,
            weights_sha256=weights_sha256,
            force=self.is_forced,
            on_progress=on_progress,
        )
