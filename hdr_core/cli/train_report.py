"""The report of ``hdr-core train``."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from hdr_core.cli.report import json_line, line

if TYPE_CHECKING:
    from hdr_core.training.loop import TrainResult


class TrainReport:
    """Reports the runs of ``train``, as text or as JSON lines."""

    def __init__(self, *, is_json: bool) -> None:
        self.is_json = is_json

    def run(self, name: str) -> None:
        """Report the name of the next run."""
        if self.is_json:
            json_line({"run": name})
        else:
            line(f"{name}:")

    def progress(self, step: int, seconds: float, losses: dict[str, float]) -> None:
        """Report the losses of a run."""
        if self.is_json:
            json_line({"step": step, "seconds": round(seconds, 1), **losses})
            return
        values = "  ".join(f"{name} {value:.4g}" for name, value in losses.items())
        line(f"step {step}  {seconds:.0f} s  {values}")

    def result(self, result: "TrainResult") -> None:
        """Report the end of a run."""
        if self.is_json:
            json_line(asdict(result))
        else:
            line(f"{result.steps} steps done: {result.weights}")
