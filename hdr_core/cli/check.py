"""``hdr-core check``: check that results are complete and belong to their plates."""

from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import exit_codes, options, report
from hdr_core.delivery.outputs import plan_outputs


def check(
    plates: Annotated[list[Path], options.plates("The plates given to convert.")],
    output: Annotated[Path, options.output("OUT", "The output given to convert.")],
    *,
    frames: options.Frames = options.ALL_FRAMES,
    json: options.Json = False,
) -> None:
    """Read every result to its end, and compare it with its plate.

    The exit code is 0 if all results are good, and 1 if some are not.
    """
    from hdr_core.delivery.check import find_problem

    n_wrong = 0
    tasks = plan_outputs(plates, output, frames=frames).tasks
    for task in tasks:
        error = find_problem(task.plate, task.output)
        n_wrong += error is not None
        if error is not None:
            report.error(error)
        if json:
            report.json_line({"event": "check", "output": task.output, "error": error})
    if not json:
        report.line(f"{len(tasks) - n_wrong} of {len(tasks)} results are good")
    raise typer.Exit(exit_codes.SOME_FAILED if n_wrong else exit_codes.DONE)
