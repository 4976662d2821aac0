"""Who runs a command: a terminal here; a program that keeps the networks, in worker.py.

The command asks its host how to hear that it should stop, how to show progress, and
for networks, which a host may keep from one command to the next.
"""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from hdr_core.cli.report import Bar, progress_bar
from hdr_core.cli.stop import Stop, listen_for_stop

if TYPE_CHECKING:
    import torch

    from hdr_core.model import HdrModel


class Host:
    """A terminal: SIGTERM stops, progress is a bar, nothing is kept."""

    def listen(self) -> AbstractContextManager[Stop]:
        """Give a Stop that is heard until the block ends."""
        return listen_for_stop()

    def bar(
        self, n_plates: int, *, is_shown: bool, is_openjd: bool = False
    ) -> AbstractContextManager[Bar]:
        """Give a place to tell progress."""
        return progress_bar(n_plates, is_shown=is_shown, is_openjd=is_openjd)

    def model(self, weights: str, device: "torch.device") -> "HdrModel":
        """Return the networks of a preset or a weights file.

        Raises:
            WeightsError: They are missing, damaged, or of another network.
        """
        from hdr_core.checkpoint import load_model

        return load_model(weights, device=device)
