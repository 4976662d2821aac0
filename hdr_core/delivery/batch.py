"""Many plates: skip those whose result exists, convert the rest, stop on request."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from hdr_core.backends.choose import BackendChoice, Loaders
from hdr_core.backends.onnx_model import OnnxModel
from hdr_core.backends.prepare import Model, prepare_backend
from hdr_core.delivery.converter import BatchSettings, Converter
from hdr_core.delivery.outcome import Outcome, Summary
from hdr_core.delivery.outputs import Task
from hdr_core.delivery.planning import skipped
from hdr_core.delivery.shots import Shots
from hdr_core.delivery.stop import Stop, Terminated
from hdr_core.delivery.write_config import WriteConfig
from hdr_core.execution.run import Progress
from hdr_core.options import Options


@dataclass(frozen=True)
class Caller:
    """What a batch needs from the program that runs it.

    Attributes:
        loaders: Load networks or graphs.
        stop: Ends the batch between two tiles.
        on_outcome: Called with each plate's outcome, in order, and the summary so far.
        on_progress: Called with the number of plates that are done, parts included.
    """

    loaders: Loaders
    stop: Stop
    on_outcome: Callable[[Outcome, Summary], None]
    on_progress: Progress


@dataclass(frozen=True)
class Batch:
    """Plates and how to convert them.

    Attributes:
        tasks: One for each result.
        shots: What the frames of each sequence share.
        backend: The networks, and what runs them.
        config: Options of the reconstruction.
        writing: How results are written.
        is_overwriting: Replace results that exist.
    """

    tasks: list[Task]
    shots: Shots
    backend: BackendChoice
    config: Options
    writing: WriteConfig
    is_overwriting: bool

    def run(self, caller: Caller) -> Summary:
        """Convert all plates.

        Raises:
            OptionError: This machine has no such device, or not the backend.
            WeightsError: The weights are missing, damaged, or of another network.
        """
        outcomes: list[Outcome] = []
        is_terminated = False
        started = time.perf_counter()

        def on_outcome(outcome: Outcome) -> None:
            outcomes.append(outcome)
            so_far = Summary(tuple(outcomes), time.perf_counter() - started)
            caller.on_outcome(outcome, so_far)

        try:
            self._convert_all(caller, on_outcome)
        except Terminated:
            is_terminated = True
        seconds = time.perf_counter() - started
        return Summary(tuple(outcomes), seconds, is_terminated)

    def _convert_all(
        self, caller: Caller, on_outcome: Callable[[Outcome], None]
    ) -> None:
        """Convert or skip each plate; load the networks when one needs them."""
        converter: Converter | None = None
        try:
            for place, task in enumerate(self.tasks):
                caller.stop.check()
                if outcome := self._skipped(task):
                    if converter:
                        converter.finish_writing()
                    on_outcome(outcome)
                    continue
                converter = converter or self._load(caller, on_outcome)
                progress = _progress_from(place, caller.on_progress)
                converter.convert(task, self._following(place), progress)
        finally:
            # A plate that is being written is finished and reported.
            if converter:
                converter.finish_writing()
                converter.close()

    def _load(self, caller: Caller, on_outcome: Callable[[Outcome], None]) -> Converter:
        """Return a converter with the networks of this batch."""
        model = self.backend.load(self.config, caller.loaders)
        settings = BatchSettings(
            model,
            self.backend.weights_sha256,
            self.config,
            replace(self.writing, names_backend=self._names_backend(model)),
            self.shots,
            prepare_backend(model, self.config).tiles_at_once,
        )
        is_alone = len(self.tasks) == 1
        return Converter(settings, caller.stop, on_outcome, is_alone=is_alone)

    def _names_backend(self, model: Model) -> bool:
        """Return whether it is worth a note what ran the networks."""
        is_asked = self.backend.backend == "onnxruntime"
        return is_asked or isinstance(model, OnnxModel)

    def _following(self, place: int) -> Task | None:
        """Return the task after ``place``, if it will be converted."""
        following = next(iter(self.tasks[place + 1 :]), None)
        return None if following is None or self._skipped(following) else following

    def _skipped(self, task: Task) -> Outcome | None:
        """Return the outcome of a plate whose result exists; None: convert it."""
        return skipped(
            task,
            is_overwriting=self.is_overwriting,
            has_report=self.writing.has_report,
        )


def _progress_from(n_done: int, on_progress: Progress) -> Progress:
    """Return a callback that adds one plate's share to the plates before it."""
    return lambda share: on_progress(n_done + share)
