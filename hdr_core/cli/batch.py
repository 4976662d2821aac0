"""Many plates: skip what is there, convert the rest, count, and stop when told."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hdr_core.cli.converter import BatchSettings, Converter, Outcome, Status
from hdr_core.cli.host import Host
from hdr_core.cli.outputs import Task
from hdr_core.cli.report import (
    EXIT_NOTHING_DONE,
    Bar,
    ConvertReport,
)
from hdr_core.cli.shots import Shots
from hdr_core.cli.stop import EXIT_TERMINATED, Stop, Terminated
from hdr_core.options import Options

if TYPE_CHECKING:
    from hdr_core.delivery.convert import WriteConfig

EXIT_DONE, EXIT_SOME_FAILED = 0, 1


@dataclass(frozen=True)
class Summary:
    """What became of all plates.

    Attributes:
        outcomes: One a plate, as far as they came.
        seconds: Time for all of them.
        is_terminated: SIGTERM came before all were done.
    """

    outcomes: tuple[Outcome, ...]
    seconds: float
    is_terminated: bool = False

    def count(self, status: Status) -> int:
        """Return how many plates ended so."""
        return sum(outcome.status == status for outcome in self.outcomes)

    @property
    def megapixels(self) -> float:
        """Size of all plates that were converted."""
        results = [outcome.result for outcome in self.outcomes if outcome.result]
        return sum(result.width * result.height for result in results) / 1e6

    @property
    def megapixels_per_s(self) -> float:
        """Speed over all plates, from file to file; 0 where no time passed."""
        return self.megapixels / self.seconds if self.seconds else 0.0

    @property
    def exit_code(self) -> int:
        """0 all done, 1 some failed, 2 nothing but failures, 143 terminated."""
        if self.is_terminated:
            return EXIT_TERMINATED
        if not (n_failed := self.count("failed")):
            return EXIT_DONE
        is_all = n_failed == len(self.outcomes)
        return EXIT_NOTHING_DONE if is_all else EXIT_SOME_FAILED


@dataclass(frozen=True)
class Batch:
    """Plates and what to do with them.

    Attributes:
        tasks: One a result.
        shots: What the frames of a sequence share.
        weights: Preset, or weights file.
        config: What the artist chose.
        writing: How results are written.
        is_overwriting: Replace results that are there.
    """

    tasks: list[Task]
    shots: Shots
    weights: str
    config: Options
    writing: "WriteConfig"
    is_overwriting: bool

    def plan(self, reporter: ConvertReport) -> int:
        """Say what would be done; return the exit code."""
        outcomes = [
            self._skipped(task) or Outcome(task.plate, task.output, "planned")
            for task in self.tasks
        ]
        for outcome in outcomes:
            reporter.plate(outcome)
        return end(reporter, Summary(tuple(outcomes), seconds=0.0))

    def run(self, reporter: ConvertReport, host: Host) -> int:
        """Convert all plates for ``host``; return the exit code."""
        outcomes: list[Outcome] = []
        is_terminated = False
        started = time.perf_counter()
        is_shown = not reporter.is_quiet
        with (
            host.listen() as stop,
            host.bar(
                len(self.tasks), is_shown=is_shown, is_openjd=reporter.is_openjd
            ) as bar,
        ):

            def note(outcome: Outcome) -> None:
                outcomes.append(outcome)
                reporter.plate(outcome)
                so_far = Summary(tuple(outcomes), time.perf_counter() - started)
                bar.update(len(outcomes), megapixels_per_s=so_far.megapixels_per_s)

            try:
                self._convert_all(host, stop, bar, note)
            except Terminated:
                is_terminated = True
        seconds = time.perf_counter() - started
        return end(reporter, Summary(tuple(outcomes), seconds, is_terminated))

    def _convert_all(
        self, host: Host, stop: Stop, bar: Bar, note: Callable[[Outcome], None]
    ) -> None:
        """Note the outcome of each plate; load the networks when one needs them."""
        converter = None
        try:
            for n_done, task in enumerate(self.tasks):
                stop.check()
                outcome = self._skipped(task)
                if outcome is None:
                    converter = converter or load_converter(self, host, stop, note)
                    converter.convert(task, self._following(n_done), n_done, bar)
                    continue
                if converter:
                    converter.settle()
                note(outcome)
        finally:
            # What is being written is written to its end, and told.
            if converter:
                converter.settle()
                converter.close()

    def _following(self, place: int) -> Task | None:
        """Return the task after ``place``, if it will be converted."""
        following = next(iter(self.tasks[place + 1 :]), None)
        return None if following is None or self._skipped(following) else following

    def _skipped(self, task: Task) -> Outcome | None:
        """Return the outcome of a plate whose result is there already."""
        if self.is_overwriting or not task.output.exists():
            return None
        return Outcome(task.plate, task.output, "skipped")


def load_converter(
    batch: Batch, host: Host, stop: Stop, note: Callable[[Outcome], None]
) -> Converter:
    """Return the networks of ``batch``, ready.

    Raises:
        OptionError: This machine has no such device.
        WeightsError: The weights are missing, damaged, or of another network.
    """
    from hdr_core.checkpoint import weights_hash, weights_path
    from hdr_core.execution.device import choose_device

    device = choose_device(batch.config.device)
    how = BatchSettings(
        host.model(batch.weights, device),
        weights_hash(weights_path(batch.weights)),
        batch.config,
        batch.writing,
        batch.shots,
    )
    return Converter(how, stop, note, is_alone=len(batch.tasks) == 1)


def end(reporter: ConvertReport, summary: Summary) -> int:
    """Tell the summary and return its exit code."""
    reporter.summary(summary)
    return summary.exit_code
