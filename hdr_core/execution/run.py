"""How a reconstruction runs: the memory of its arrays, and its progress."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from hdr_core.execution.scratch import Scratch

Progress = Callable[[float], None]


def ignore_progress(share: float) -> None:
    """Receive the share that is done, and do nothing."""


@dataclass(frozen=True)
class Run:
    """Settings that change how a reconstruction runs, but never its result.

    Attributes:
        scratch: Holds the whole-plate arrays, in memory or in a file; None means in
            memory.
        on_progress: Called with the share that is done, in (0, 1]. It may raise an
            exception to stop the reconstruction.
    """

    scratch: Scratch | None = None
    on_progress: Progress = ignore_progress

    def part(self, first: float, last: float) -> "Run":
        """Return a run whose progress covers ``first`` to ``last`` of this run's."""

        def report(share: float) -> None:
            self.on_progress(first + (last - first) * share)

        return replace(self, on_progress=report)


DEFAULT_RUN = Run()
