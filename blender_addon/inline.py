"""Run hdr_core in Blender's own Python, for scripted pipelines that have it there.

Used only without a window, since a command blocks until it is done.
"""

from .request import Request

IN_PROCESS = ["in this process"]


class InlineWorker:
    """Has the interface of Worker, but runs each command at once, in this process."""

    is_alive = True

    def __init__(self) -> None:
        from hdr_core.cli.worker import WarmHost, hello  # noqa: PLC0415

        self.command = IN_PROCESS
        self.hello = hello()
        self._host = WarmHost(lambda share: None)
        self._n_asked = 0

    def ask(self, arguments: list[str]) -> Request:
        """Run a command to its end and return the complete answer."""
        from hdr_core.cli.worker import run_request  # noqa: PLC0415

        self._n_asked += 1
        request = Request(self._n_asked)
        run_request(request.number, arguments, host=self._host, send=request.take)
        return request

    def pump(self) -> None:
        """Do nothing: all events have been delivered."""

    def cancel(self, request: Request) -> None:
        """Do nothing: the command is done."""

    def close(self) -> None:
        """Release the networks."""
        self._host = None
