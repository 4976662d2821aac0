"""End a conversion between two tiles, so that no half-written file is left."""


class Terminated(BaseException):
    """The process was asked to end. It is not an error: ``except Exception`` passes."""


class Stop:
    """Remembers a request to stop, and ends the work where that is safe.

    Attributes:
        is_asked: Set to True, from any thread, to stop at the next ``check``.
    """

    def __init__(self) -> None:
        self.is_asked = False

    def check(self) -> None:
        """Raise Terminated if a stop was requested."""
        if self.is_asked:
            raise Terminated
