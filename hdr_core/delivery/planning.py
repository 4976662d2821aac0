"""What a batch would do, without torch: results that exist are skipped."""

from collections.abc import Sequence

from hdr_core.delivery.outcome import Outcome, Summary
from hdr_core.delivery.outputs import Task, report_path


def plan_batch(
    tasks: Sequence[Task], *, is_overwriting: bool, has_report: bool
) -> Summary:
    """Return what a batch would do, without doing it.

    Args:
        tasks: One for each result.
        is_overwriting: Replace results that exist.
        has_report: Each result has a report beside it.
    """
    outcomes = [
        skipped(task, is_overwriting=is_overwriting, has_report=has_report)
        or Outcome(task.plate, task.output, "planned")
        for task in tasks
    ]
    return Summary(tuple(outcomes), seconds=0.0)


def skipped(task: Task, *, is_overwriting: bool, has_report: bool) -> Outcome | None:
    """Return the outcome of a plate whose result exists; None: convert it.

    A run may have been killed between a result and its report. Then both are made anew.
    """
    if is_overwriting or not task.output.exists():
        return None
    if has_report and not report_path(task.output).exists():
        return None
    return Outcome(task.plate, task.output, "skipped")
