"""The shots of a batch: each is analyzed once, when its first frame is needed."""

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from hdr_core.backends.prepare import Model
from hdr_core.delivery.outputs import Task
from hdr_core.errors import HdrError, OptionError
from hdr_core.execution.run import Progress
from hdr_core.options import Options
from hdr_core.shot.plan import FramePlan, ShotPlan, load_plan

ALONE = "none"


@dataclass(frozen=True)
class Shots:
    """The shots of a batch and their plans.

    Attributes:
        plates: Paths of the plates of each shot, by frame number.
        asked: Path of a plan; "none" converts each frame on its own; "" analyzes the
            shot first.
        is_forced: Take plates that are HDR already as clipped ones.
    """

    plates: list[dict[int, Path]]
    asked: str = ""
    is_forced: bool = False
    _plans: dict[int, ShotPlan | HdrError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse one plan for several shots."""
        if self.asked not in {"", ALONE} and len(self.plates) != 1:
            raise OptionError(
                f"shot: {self.asked} is the plan of one shot, found "
                f"{len(self.plates)} shots. Convert one sequence, written as "
                "plate.####.png."
            )

    def plan_for(
        self,
        task: Task,
        model: Model,
        *,
        config: Options,
        weights_sha256: str,
        on_progress: Progress,
    ) -> FramePlan | None:
        """Return the plan of a task's frame; None means that it has no shot.

        Args:
            task: The frame.
            model: Networks that analyze the shot.
            config: Options of the reconstruction.
            weights_sha256: SHA-256 of the weights file.
            on_progress: Called with the share of the analysis; may raise to stop.

        Raises:
            PlateError: No frame can be read, or this one was not analyzed.
            OptionError: The plan was made with other weights.
        """
        if task.shot is None or self.asked == ALONE:
            return None
        if task.shot not in self._plans:
            try:
                plan = self._make_plan(
                    task.shot, model, config, weights_sha256, on_progress
                )
            except HdrError as error:
                # All frames of the shot fail with the same error: analyze only once.
                self._plans[task.shot] = error
            else:
                self._plans[task.shot] = plan
        found = self._plans[task.shot]
        if isinstance(found, HdrError):
            raise found
        return found.for_frame(task.frame, task.plate)

    def _make_plan(
        self,
        shot: int,
        model: Model,
        config: Options,
        weights_sha256: str,
        on_progress: Progress,
    ) -> ShotPlan:
        """Load the plan that was asked for, or analyze the shot."""
        if self.asked:
            return load_plan(Path(self.asked), weights_sha256=weights_sha256)
        # It needs torch, which is not loaded for other plates.
        analyze = import_module("hdr_core.shot.analyze")
        plan: ShotPlan = analyze.analyze_shot(
            self.plates[shot],
            model,
            config=config,
            weights_sha256=weights_sha256,
            force=self.is_forced,
            on_progress=on_progress,
        )
        return plan
