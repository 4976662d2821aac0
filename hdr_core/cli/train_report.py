"""What ``hdr-core train`` says."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from hdr_core.cli.report import json_line, line

if TYPE_CHECKING:
    from hdr_core.training.loop import TrainResult


class TrainReport:
    """What ``train`` says."""

    def __init__(self, *, is_json: bool) -> None:
        self.is_json = is_json

    def run(self, name: str) -> None:
        """Tell which run comes next."""
        if self.is_json:
            json_line({"run": name})
        else:
            line(f"{name}:")

    def progress(self, step: int, seconds: float, losses: dict[str, float]) -> None:
        """Tell how a run goes."""
        if self.is_json:
            json_line({"step": step, "seconds": round(seconds, 1), **losses})
            return
        told = "  ".join(f"{name} {value:.4g}" for name, value in losses.items())
        line(f"step {step}  {seconds:.0f} s  {told}")

    def result(self, result: "TrainResult") -> None:
        """Tell what a run came to."""
        if self.is_json:
            json_line(asdict(result))
        else:
            line(f"{result.steps} steps done: {result.weights}")
