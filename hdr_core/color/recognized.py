"""What the pixels of a plate say about its output transform (recognize/)."""

from typing import NamedTuple


class Recognized(NamedTuple):
    """What the pixels of a plate say about its output transform.

    Attributes:
        name: Name of the transform that is taken; None means that none is sure.
        why: The reason, in words.
    """

    name: str | None
    why: str

    @property
    def taken(self) -> tuple[str, str] | None:
        """The name of the transform that is taken, and the reason; or None."""
        return None if self.name is None else (self.name, self.why)
