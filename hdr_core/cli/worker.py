"""``hdr-core worker``: run commands for a host program, and keep the networks warm.

One JSON object a line. In, on stdin:

    {"id": 1, "arguments": ["convert", "plate.png", "-o", "plate.exr", "--json"]}
    {"cancel": 1}

Out, on stdout, a hello first, then for each request any number of the middle ones and
exactly one done:

    {"event": "hello", "protocol": 1, "version": ..., "device": ..., "commands": [...]}
    {"event": "progress", "id": 1, "share": 0.4}      share of the plates
    {"event": "result", "id": 1, "result": {...}}     what the command prints as JSON
    {"event": "text", "id": 1, "text": "..."}         what it prints otherwise
    {"event": "error", "id": 1, "message": "..."}     one line for people
    {"event": "done", "id": 1, "exit_code": 0}        143: cancelled

Requests run one after the other. When stdin ends, because the host closed it or died,
the tile in hand is finished, nothing half made is left, and the worker ends.
"""

import io
import json
import os
import platform
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, TextIO, cast

import typer

from hdr_core.cli import exit_codes, report
from hdr_core.cli.host import Host
from hdr_core.cli.program import app, run
from hdr_core.cli.report import Bar
from hdr_core.delivery.stop import Stop
from hdr_core.errors import HdrError
from hdr_core.version import __version__

if TYPE_CHECKING:
    import click
    import torch

    from hdr_core.model import HdrModel

PROTOCOL = 1
DEFAULT_WEIGHTS = "compact"
# How long the tile in hand may take once the host is gone.
PATIENCE_S = 20.0
Send = Callable[[dict[str, object]], None]


class WarmHost(Host):
    """A host that stops when it is told and keeps the last networks.

    Args:
        on_share: Told the share of the plates that is done.
    """

    def __init__(self, on_share: Callable[[float], None]) -> None:
        self.stop = Stop()
        self._on_share = on_share
        self._kept: tuple[tuple[object, ...], HdrModel] | None = None

    @contextmanager
    def listen(self) -> Iterator[Stop]:
        """Give the Stop that ``cancel`` asks."""
        yield self.stop

    @contextmanager
    def bar(
        self, n_plates: int, *, is_shown: bool, is_openjd: bool = False
    ) -> Iterator[Bar]:
        """Give a bar that tells the share."""
        yield Bar(lambda n_done, _: self._on_share(n_done / max(n_plates, 1)))

    def model(self, weights: str, device: "torch.device") -> "HdrModel":
        """Return networks, the kept ones if their file is still the same."""
        from hdr_core.checkpoint import weights_path

        path = weights_path(weights)
        state = path.stat()
        key = (path, state.st_mtime_ns, state.st_size, str(device))
        if self._kept is None or self._kept[0] != key:
            self._kept = None
            self._kept = key, super().model(weights, device)
        return self._kept[1]


class Lines(io.TextIOBase):
    """A stream that hands over each line it is given."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = ""

    def write(self, text: str) -> int:
        """Take text; hand over the lines that it ends."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._on_line(line)
        return len(text)


def run_request(
    number: object, arguments: list[str], *, host: WarmHost, send: Send
) -> int:
    """Run one command, send what it says, and return its exit code.

    Args:
        number: What the events are told apart by.
        arguments: As on the command line.
        host: Whose networks it uses.
        send: Takes the events.
    """

    def result(line: str) -> None:
        try:
            send({"event": "result", "id": number, "result": json.loads(line)})
        except ValueError:
            send({"event": "text", "id": number, "text": line})

    def error(line: str) -> None:
        message = line.removeprefix(f"{report.PROGRAM}: ")
        send({"event": "error", "id": number, "message": message})

    with redirect_stdout(Lines(result)), redirect_stderr(Lines(error)):
        code = run(arguments, host=host)
    send({"event": "done", "id": number, "exit_code": code})
    return code


class Session:
    """One host program: its requests in order, and its wish to cancel.

    Args:
        lines: Where its requests come from.
        send: Takes the events.
        on_gone: Called once the host program is gone.
    """

    def __init__(
        self, lines: TextIO, send: Send, *, on_gone: Callable[[], None]
    ) -> None:
        self._lines, self._send, self._on_gone = lines, send, on_gone
        self._is_over = False
        self._requests: queue.Queue[tuple[object, list[str]] | None] = queue.Queue()
        self._lock = threading.Lock()
        self._running: object = None
        self._cancelled: set[object] = set()
        self.host = WarmHost(self._tell_share)

    def serve(self) -> None:
        """Answer until the host program is gone."""
        self._send(hello())
        threading.Thread(target=self._listen, daemon=True).start()
        while (request := self._requests.get()) is not None:
            number, arguments = request
            if self._begin(number):
                run_request(number, arguments, host=self.host, send=self._send)
            else:
                cancelled = {"event": "done", "id": number}
                self._send({**cancelled, "exit_code": exit_codes.TERMINATED})

    def _begin(self, number: object) -> bool:
        """Make ``number`` the running request, unless it was cancelled before."""
        with self._lock:
            self._running = number
            self.host.stop.is_asked = False
            return number not in self._cancelled and not self._is_over

    def _listen(self) -> None:
        """Take requests until there are no more; runs beside the work."""
        for line in self._lines:
            if line.strip():
                self._take(line)
        with self._lock:
            self._is_over = self.host.stop.is_asked = True
        self._requests.put(None)
        self._on_gone()

    def _take(self, line: str) -> None:
        """Queue a request, or cancel one; say so if it is neither."""
        try:
            request = json.loads(line)
            if "cancel" in request:
                self._cancel(request["cancel"])
                return
            number, arguments = request["id"], _arguments(request["arguments"])
        except (ValueError, TypeError, KeyError) as error:
            text = f'request: {error}. Send {{"id": 1, "arguments": ["convert", ...]}}.'
            self._send({"event": "error", "id": None, "message": text})
        else:
            self._requests.put((number, arguments))

    def _cancel(self, number: object) -> None:
        with self._lock:
            self._cancelled.add(number)
            if number == self._running:
                self.host.stop.is_asked = True

    def _tell_share(self, share: float) -> None:
        event = {"event": "progress", "id": self._running, "share": round(share, 4)}
        self._send(event)


def _arguments(found: object) -> list[str]:
    """Return the arguments of a request; ValueError if they are none."""
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("arguments must be a list of texts")
    if not found or found[0] == "worker":
        raise ValueError("arguments must begin with another command than worker")
    return found


def hello() -> dict[str, object]:
    """Return who answers: version, device and default weights, or what is wrong."""
    told: dict[str, object] = {
        "event": "hello",
        "protocol": PROTOCOL,
        "version": __version__,
        "python": platform.python_version(),
        "commands": known_commands(),
        "convert_options": known_options("convert"),
    }
    try:
        from hdr_core.checkpoint import weights_hash, weights_path
        from hdr_core.execution.device import choose_device

        told["device"] = str(choose_device("auto"))
        told["weights"] = DEFAULT_WEIGHTS
        told["weights_sha256"] = weights_hash(weights_path(DEFAULT_WEIGHTS))
    except (HdrError, ImportError) as error:
        told["problem"] = str(error)
    return told


def known_commands() -> list[str]:
    """Return what may be asked for, so that a host can do without what is missing."""
    return sorted(_program().commands)


def known_options(command: str) -> list[str]:
    """Return the options of a command, as written."""
    parameters = _program().commands[command].params
    return sorted(option for one in parameters for option in one.opts)


def _program() -> "click.Group":
    return cast("click.Group", typer.main.get_command(app))


def end_in_time() -> None:
    """End this process soon, even if the tile in hand hangs in a driver."""
    end = threading.Timer(PATIENCE_S, os._exit, [exit_codes.TERMINATED])
    end.daemon = True
    end.start()


def worker() -> None:
    """Answer commands of a host program: JSON lines on stdin and stdout."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    # What a library prints to the process's own stdout must not end up among events.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def send(event: dict[str, object]) -> None:
        with lock:
            out.write(json.dumps(event, allow_nan=False) + "\n")
            out.flush()

    try:
        Session(sys.stdin, send, on_gone=end_in_time).serve()
    except BrokenPipeError:
        os._exit(exit_codes.TERMINATED)
