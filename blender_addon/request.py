"""What was asked of the engine, and what it has answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import AddonError

CANCELLED = 143


@dataclass
class Request:
    """What was asked of the engine, and what it has answered so far.

    Attributes:
        number: What its events are told apart by.
        share: Share that is done.
        results: Objects that the command printed.
        errors: Lines for people.
        exit_code: None: not done yet.
    """

    number: int
    share: float = 0.0
    results: list[dict] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    exit_code: int | None = None

    def take(self, event: Mapping) -> None:
        """Take an event of this request."""
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
        """Raise AddonError if it failed."""
        if self.exit_code == CANCELLED:
            raise AddonError("Cancelled: what was finished is kept.")
        if self.exit_code:
            raise AddonError(" ".join(self.errors) or f"exit code {self.exit_code}.")
