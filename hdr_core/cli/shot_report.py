"""The report of ``hdr-core analyze``."""

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_core.cli.report import error, json_line, line

if TYPE_CHECKING:
    from hdr_core.shot.plan import ShotPlan


def report_plan(plan: "ShotPlan", output: Path, *, is_json: bool) -> None:
    """Report the plan of a shot."""
    takes = {number: frame.take for number, frame in sorted(plan.frames.items())}
    cuts = [one for one, other in pairwise(takes) if takes[one] != takes[other]]
    if is_json:
        json_line(
            {
                "event": "shot",
                "output": output,
                "status": "done",
                "frames": len(takes),
                "takes": len(plan.curves),
                "cuts_after": cuts,
                "panorama": plan.is_panorama,
                "left_out": plan.left_out,
            }
        )
        return
    cut_text = f", cut after {', '.join(map(str, cuts))}" if cuts else ""
    line(f"{output}: {len(takes)} frames, {len(plan.curves)} takes{cut_text}")
    for number, why in plan.left_out.items():
        error(f"frame {number} left out: {why}")


def report_skipped(output: Path, *, is_json: bool) -> None:
    """Report that the plan exists already."""
    if is_json:
        json_line({"event": "shot", "output": output, "status": "skipped"})
    else:
        line(f"skipped: {output} is there")
