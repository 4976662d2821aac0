"""Plates one after the other: the next is read and the last written meanwhile.

    read      ...  n     n + 1  n + 2
    compute        n - 1 n      n + 1
    write          n - 2 n - 1  n

What is computed does not depend on it. A plate that fails is told so; the others go on.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from hdr_core.cli.outputs import Task
from hdr_core.cli.report import Bar, bug, traceback_if_debugging
from hdr_core.cli.stop import Stop
from hdr_core.errors import HdrError
from hdr_core.options import Options

if TYPE_CHECKING:
    from hdr_core.cli.shots import Shots
    from hdr_core.delivery.convert import Converted, Opened, WriteConfig
    from hdr_core.model import HdrModel
    from hdr_core.reconstruction import Reconstruction

Status = Literal["done", "planned", "skipped", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of one plate.

    Attributes:
        plate: Its file.
        output: Where its result is, or would be.
        status: done, planned (dry run), skipped (it was there), failed.
        error: Why it failed.
        result: What was made.
    """

    plate: Path
    output: Path
    status: Status
    error: str | None = None
    result: "Converted | None" = None


# Read, computed and written.
N_AT_ONCE = 3
Made = TypeVar("Made")


@dataclass(frozen=True)
class BatchSettings:
    """What holds for all plates.

    Attributes:
        model: The networks.
        weights_sha256: Of their file.
        config: What the artist chose.
        writing: How results are written.
        shots: What the frames of a sequence share.
    """

    model: "HdrModel"
    weights_sha256: str
    config: Options
    writing: "WriteConfig"
    shots: "Shots"


class Converter:
    """Converts plates; of several, one is read and one written at a time.

    Args:
        how: What holds for all plates.
        stop: Says when to end.
        on_outcome: Told what became of each plate, as soon as it is known, in order.
        is_alone: There is one plate only: nothing is done at once.
    """

    def __init__(
        self,
        how: BatchSettings,
        stop: Stop,
        on_outcome: Callable[[Outcome], None],
        *,
        is_alone: bool,
    ) -> None:
        self.how, self.stop, self.on_outcome = how, stop, on_outcome
        self._n_at_once = 1 if is_alone else N_AT_ONCE
        self._reader = None if is_alone else ThreadPoolExecutor(1, "read")
        self._writer = None if is_alone else ThreadPoolExecutor(1, "write")
        self._ahead: dict[Path, Future[Opened | Outcome]] = {}
        self._writing: Future[Outcome] | None = None

    def convert(
        self, task: Task, following: Task | None, n_done: int, bar: Bar
    ) -> None:
        """Convert a plate; it may be written still when this returns.

        Args:
            task: What to convert.
            following: What will be asked for next; None: nothing.
            n_done: Plates before this one.
            bar: Told the progress.
        """
        opened = (self._ahead.pop(task.plate, None) or self._open(task)).result()
        if following is not None and self._reader is not None:
            self._ahead = {following.plate: self._open(following)}

        def tell(share: float) -> None:
            if self._writing is not None and self._writing.done():
                self.settle()
            self.stop.check()
            bar.update(n_done + share)

        write = self._compute(task, opened, tell)
        self.settle()
        self._writing = _start(self._writer, write)

    def settle(self) -> None:
        """Wait for the plate that is being written, and tell its outcome."""
        if self._writing is not None:
            outcome, self._writing = self._writing.result(), None
            self.on_outcome(outcome)

    def close(self) -> None:
        """Wait for what is being read and written."""
        for pool in (self._reader, self._writer):
            if pool is not None:
                pool.shutdown(cancel_futures=True)

    def _open(self, task: Task) -> "Future[Opened | Outcome]":
        from hdr_core.delivery.convert import open_plate

        how, n_at_once = self.how, self._n_at_once
        return _start(
            self._reader,
            lambda: _or_failed(
                task,
                lambda: open_plate(
                    task.plate,
                    config=how.config,
                    writing=how.writing,
                    n_at_once=n_at_once,
                ),
            ),
        )

    def _compute(
        self, task: Task, opened: "Opened | Outcome", tell: Callable[[float], None]
    ) -> Callable[[], Outcome]:
        """Reconstruct a plate; return what is left to do: to write it."""
        from hdr_core.delivery.convert import reconstruct_frame

        if isinstance(opened, Outcome):
            return lambda: opened
        started, how = time.perf_counter(), self.how

        def reconstruct() -> "Reconstruction":
            shot = how.shots.plan_for(
                task,
                how.model,
                config=how.config,
                weights_sha256=how.weights_sha256,
                on_progress=lambda _: self.stop.check(),
            )
            return reconstruct_frame(
                opened.plate, how.model, how.config, shot, opened.scratch, tell
            )

        result = _or_failed(task, reconstruct)
        if isinstance(result, Outcome):
            return lambda: result
        seconds = time.perf_counter() - started
        return lambda: self._write(task, opened, result, seconds)

    def _write(
        self, task: Task, opened: "Opened", result: "Reconstruction", seconds: float
    ) -> Outcome:
        from hdr_core.delivery.convert import write_result

        how = self.how
        written = _or_failed(
            task,
            lambda: write_result(
                task.output,
                opened,
                result,
                config=how.config,
                writing=how.writing,
                weights_sha256=how.weights_sha256,
                seconds=seconds,
            ),
        )
        if isinstance(written, Outcome):
            return written
        return Outcome(task.plate, task.output, "done", result=written)


def _start(pool: ThreadPoolExecutor | None, work: Callable[[], Made]) -> Future[Made]:
    """Let ``pool`` do the work; without one it is done before this returns."""
    if pool is not None:
        return pool.submit(work)
    done: Future[Made] = Future()
    done.set_result(work())
    return done


def _or_failed(task: Task, work: Callable[[], Made]) -> Made | Outcome:
    """Return what ``work`` makes; no error of a plate stops the others."""
    from hdr_core.execution.tiles import is_out_of_memory

    try:
        return work()
    except HdrError as error:
        return Outcome(task.plate, task.output, "failed", error=str(error))
    except Exception as error:
        text = bug(error)
        if is_out_of_memory(error):
            text = "memory ran out. Choose a smaller --tile."
        else:
            traceback_if_debugging()
        return Outcome(task.plate, task.output, "failed", error=f"{task.plate}: {text}")
