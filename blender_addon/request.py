"""A request to the engine, with its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import AddonError

CANCELLED = 143


@dataclass
class Request:
    """A command sent to the engine, and the answer so far.

    Attributes:
        number: Number that marks its events.
        share: Share of the work that is done, in [0, 1].
        results: JSON objects that the command returned.
        errors: Error messages.
        exit_code: Exit code; None means that the command is running.
    """

    number: int
    share: float = 0.0
    results: list[dict] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    exit_code: int | None = None

    def take(self, event: Mapping) -> None:
        """Add an event to the answer."""
        name = event["event"]
        if name == "progress":
            self.share = event["share"]
        elif name == "result":
            self.results.append(event["result"])
        elif name == "error":
            self.errors.append(event["message"])
        elif name == "done":
            self.exit_code = event["exit_code"]

    def require_done(self) -> None:
        """Check the exit code.

        Raises:
            AddonError: The command was cancelled or failed.
        """
        if self.exit_code == CANCELLED:
            raise AddonError("Cancelled: finished results are kept.")
        if self.exit_code:
            raise AddonError(" ".join(self.errors) or f"exit code {self.exit_code}.")
