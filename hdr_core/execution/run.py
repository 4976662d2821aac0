"""How a reconstruction runs: where its arrays lie, and who follows its progress."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from hdr_core.execution.scratch import Scratch

Progress = Callable[[float], None]


def ignore_progress(share: float) -> None:
    """Do nothing with the share that is done."""


@dataclass(frozen=True)
class Run:
    """Never changes a result.

    Attributes:
        scratch: Where whole-plate arrays lie; None means in memory.
        on_progress: Called with the share that is done, in (0, 1]; may raise to stop.
    """

    scratch: Scratch | None = None
    on_progress: Progress = ignore_progress

    def part(self, first: float, last: float) -> "Run":
        """Return a run whose own progress goes from ``first`` to ``last`` of this."""

        def report(share: float) -> None:
            self.on_progress(first + (last - first) * share)

        return replace(self, on_progress=report)


DEFAULT_RUN = Run()
