"""Convert plates as a pipeline: read the next one and write the last one meanwhile.

    read      ...  n     n + 1  n + 2
    compute        n - 1 n      n + 1
    write          n - 2 n - 1  n

The overlap does not change any result. A plate that fails does not stop the others.
"""

import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from hdr_core.backends.prepare import Model
from hdr_core.delivery.convert import (
    Opened,
    open_plate,
    reconstruct_frame,
    write_result,
)
from hdr_core.delivery.outcome import Outcome, describe_unexpected
from hdr_core.delivery.outputs import Task
from hdr_core.delivery.shots import Shots
from hdr_core.delivery.stop import Stop
from hdr_core.delivery.write_config import WriteConfig
from hdr_core.errors import HdrError
from hdr_core.execution.run import Progress
from hdr_core.execution.tiles import is_out_of_memory
from hdr_core.options import Options
from hdr_core.reconstruction import Reconstruction

# It needs torch, which is not loaded for other plates.
PADDED = "hdr_core.delivery.authors_padding"
# One plate is read, one computed and one written.
N_AT_ONCE = 3
Made = TypeVar("Made")


@dataclass(frozen=True)
class BatchSettings:
    """The settings that all plates share.

    Attributes:
        model: The networks, in torch or as graphs.
        weights_sha256: SHA-256 of the weights file.
        config: Options of the reconstruction.
        writing: How results are written.
        shots: What the frames of each sequence share.
        tiles_at_once: Largest number of tiles that are processed at the same time.
    """

    model: Model
    weights_sha256: str
    config: Options
    writing: WriteConfig
    shots: Shots
    tiles_at_once: int = 1


class Converter:
    """Converts plates; of several plates, reads one and writes one in the background.

    Args:
        settings: The settings that all plates share.
        stop: Ends the work between two tiles.
        on_outcome: Called with the outcome of each plate, in order.
        is_alone: There is only one plate: nothing runs in the background.
    """

    def __init__(
        self,
        settings: BatchSettings,
        stop: Stop,
        on_outcome: Callable[[Outcome], None],
        *,
        is_alone: bool,
    ) -> None:
        self.settings, self.stop, self.on_outcome = settings, stop, on_outcome
        self._n_at_once = 1 if is_alone else N_AT_ONCE
        self._reader = None if is_alone else ThreadPoolExecutor(1, "read")
        self._writer = None if is_alone else ThreadPoolExecutor(1, "write")
        self._ahead: dict[Path, Future[Opened | Outcome]] = {}
        self._writing: Future[Outcome] | None = None

    def convert(
        self, task: Task, following: Task | None, on_progress: Progress
    ) -> None:
        """Convert a plate. It may still be being written when this returns.

        Args:
            task: The plate to convert.
            following: The next plate to convert; None means that there is no other.
            on_progress: Called with the share of this plate that is done, in (0, 1].

        Raises:
            Terminated: A stop was requested.
        """
        opened = (self._ahead.pop(task.plate, None) or self._open(task)).result()
        if following is not None and self._reader is not None:
            self._ahead = {following.plate: self._open(following)}

        def report(share: float) -> None:
            if self._writing is not None and self._writing.done():
                self.finish_writing()
            self.stop.check()
            on_progress(share)

        write = self._compute(task, opened, report)
        self.finish_writing()
        self._writing = _start(self._writer, write)

    def finish_writing(self) -> None:
        """Wait for the plate that is being written, and report its outcome."""
        if self._writing is not None:
            outcome, self._writing = self._writing.result(), None
            self.on_outcome(outcome)

    def close(self) -> None:
        """Wait for the plates that are being read and written."""
        for pool in (self._reader, self._writer):
            if pool is not None:
                pool.shutdown(cancel_futures=True)

    def _open(self, task: Task) -> Future[Opened | Outcome]:
        """Start to read a plate."""

        def read() -> Opened:
            return open_plate(
                task.plate,
                config=self.settings.config,
                writing=self.settings.writing,
                n_at_once=self._n_at_once,
                tiles_at_once=self.settings.tiles_at_once,
            )

        return _start(self._reader, lambda: _or_failed(task, read))

    def _compute(
        self, task: Task, opened: Opened | Outcome, on_progress: Progress
    ) -> Callable[[], Outcome]:
        """Reconstruct a plate; return the rest of the work, which writes it."""
        if isinstance(opened, Outcome):
            return lambda: opened
        started = time.perf_counter()
        result = _or_failed(task, lambda: self._reconstruct(task, opened, on_progress))
        if isinstance(result, Outcome):
            return lambda: result
        seconds = time.perf_counter() - started
        return lambda: self._write(task, opened, result, seconds)

    def _reconstruct(
        self, task: Task, opened: Opened, on_progress: Progress
    ) -> Reconstruction:
        """Reconstruct a plate with the plan of its shot."""
        settings = self.settings
        frame = settings.shots.plan_for(
            task,
            settings.model,
            config=settings.config,
            weights_sha256=settings.weights_sha256,
            on_progress=lambda _: self.stop.check(),
        )
        reconstruct = reconstruct_frame
        if settings.writing.has_authors_padding:
            reconstruct = import_module(PADDED).reconstruct_padded
        return reconstruct(
            opened.plate,
            settings.model,
            settings.config,
            frame,
            opened.scratch,
            on_progress,
        )

    def _write(
        self, task: Task, opened: Opened, result: Reconstruction, seconds: float
    ) -> Outcome:
        """Write the result of a plate."""
        settings = self.settings
        written = _or_failed(
            task,
            lambda: write_result(
                task.output,
                opened,
                result,
                config=settings.config,
                writing=settings.writing,
                weights_sha256=settings.weights_sha256,
                seconds=seconds,
            ),
        )
        if isinstance(written, Outcome):
            return written
        return Outcome(task.plate, task.output, "done", result=written)


def _start(pool: ThreadPoolExecutor | None, work: Callable[[], Made]) -> Future[Made]:
    """Run ``work`` in ``pool``; without a pool, run it before this returns."""
    if pool is not None:
        return pool.submit(work)
    done: Future[Made] = Future()
    done.set_result(work())
    return done


def _or_failed(task: Task, work: Callable[[], Made]) -> Made | Outcome:
    """Return the result of ``work``, or a failed outcome if it raises an error."""
    error, trace = "", None
    try:
        return work()
    except HdrError as found:
        error = str(found)
    except Exception as found:
        if is_out_of_memory(found):
            error = f"{task.plate}: memory ran out. Choose a smaller --tile."
        else:
            # As text: the error itself would keep the arrays of the plate in memory.
            trace = traceback.format_exc()
            error = f"{task.plate}: {describe_unexpected(found)}"
    return Outcome(task.plate, task.output, "failed", error=error, traceback=trace)
