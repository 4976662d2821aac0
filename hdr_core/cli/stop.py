"""SIGTERM: end between two tiles, so that nothing half made is left."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_TERMINATED = 143


class Terminated(BaseException):
    """The process was asked to end; not an error, so nobody catches it as one."""


class Stop:
    """Remembers that SIGTERM came, and says so where it is safe to end."""

    def __init__(self) -> None:
        self.is_asked = False

    def ask(self, signal_number: int, frame: FrameType | None) -> None:
        """Take note of the signal: what is being written is written to its end."""
        self.is_asked = True

    def check(self) -> None:
        """Raise Terminated if SIGTERM came."""
        if self.is_asked:
            raise Terminated


@contextmanager
def listen_for_stop() -> Iterator[Stop]:
    """Give a Stop that hears SIGTERM until the block ends."""
    stop = Stop()
    before = signal.signal(signal.SIGTERM, stop.ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
