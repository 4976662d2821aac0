"""What a batch would do, without torch: results that exist are skipped."""

from collections.abc import Sequence

from hdr_core.delivery.outcome import Outcome, Summary
from hdr_core.delivery.outputs import Task


def plan_batch(tasks: Sequence[Task], *, is_overwriting: bool) -> Summary:
    """Return what a batch would do, without doing it.

    Args:
        tasks: One for each result.
        is_overwriting: Replace results that exist.
    """
    outcomes = [
        skipped(task, is_overwriting=is_overwriting)
        or Outcome(task.plate, task.output, "planned")
        for task in tasks
    ]
    return Summary(tuple(outcomes), seconds=0.0)


def skipped(task: Task, *, is_overwriting: bool) -> Outcome | None:
    """Return the outcome of a plate whose result exists; None: convert it."""
    if is_overwriting or not task.output.exists():
        return None
    return Outcome(task.plate, task.output, "skipped")
