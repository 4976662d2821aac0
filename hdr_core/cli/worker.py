"""``hdr-core worker``: run commands for a host program, and keep the networks loaded.

Messages are JSON objects, one a line. Input, on stdin:

    {"id": 1, "arguments": ["convert", "plate.png", "-o", "plate.exr", "--json"]}
    {"cancel": 1}

Output, on stdout: first one hello; then, for each request, any number of the events in
the middle, and exactly one done:

    {"event": "hello", "protocol": 1, "version": ..., "device": ..., "commands": [...],
     "convert_options": {"--tile": {"default": 1024, "help": "..."}, ...}}
    {"event": "progress", "id": 1, "share": 0.4}      share of the plates
    {"event": "result", "id": 1, "result": {...}}     what the command prints as JSON
    {"event": "text", "id": 1, "text": "..."}         what it prints otherwise
    {"event": "error", "id": 1, "message": "..."}     one line for people
    {"event": "done", "id": 1, "exit_code": 0}        143: cancelled

Requests run one after the other. The worker ends when stdin ends, because the host
closed it or died. It finishes the current tile first and leaves no half-written file.
"""

import io
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, TextIO

from hdr_core.cli import exit_codes, report
from hdr_core.cli.hello import hello
from hdr_core.cli.host import Host
from hdr_core.cli.program import run
from hdr_core.cli.progress import Bar
from hdr_core.delivery.stop import Stop

if TYPE_CHECKING:
    from pathlib import Path

    from hdr_core.backends.onnx_model import LoadTorch, OnnxModel
    from hdr_core.model import HdrModel

# Time for the current tile to finish after the host is gone.
PATIENCE_S = 20.0
Send = Callable[[dict[str, object]], None]


class WarmHost(Host):
    """A host that stops on request and keeps the last networks.

    Args:
        on_share: Called with the share of the plates that is done, in [0, 1].
    """

    def __init__(self, on_share: Callable[[float], None]) -> None:
        self.stop = Stop()
        self._on_share = on_share
        self._kept: tuple[tuple[object, ...], HdrModel] | None = None
        self._graphs: tuple[tuple[object, ...], OnnxModel] | None = None

    @contextmanager
    def listen(self) -> Iterator[Stop]:
        """Give the Stop that a cancel message sets."""
        yield self.stop

    @contextmanager
    def bar(
        self, n_plates: int, *, is_shown: bool, is_openjd: bool = False
    ) -> Iterator[Bar]:
        """Give a bar that reports the share of the plates."""
        yield Bar(lambda n_done, _: self._on_share(n_done / max(n_plates, 1)))

    def model(self, weights: str, device: str) -> "HdrModel":
        """Return networks: those in memory, if their file has not changed."""
        from hdr_core.weights_file import weights_path

        path = weights_path(weights)
        state = path.stat()
        key = (path, state.st_mtime_ns, state.st_size, device)
        if self._kept is None or self._kept[0] != key:
            self._kept = None
            self._kept = key, super().model(weights, device)
        return self._kept[1]

    def graphs(
        self,
        weights_sha256: str,
        folder: "Path | None",
        load_torch: "LoadTorch | None",
    ) -> "OnnxModel":
        """Return graphs: those in memory, if they have not been written again."""
        from hdr_core.backends.onnx_model import MANIFEST, find_graphs

        manifest = find_graphs(folder) / MANIFEST
        written = manifest.stat().st_mtime_ns if manifest.is_file() else None
        key = (weights_sha256, manifest, written)
        if self._graphs is None or self._graphs[0] != key:
            self._graphs = None
            self._graphs = key, super().graphs(weights_sha256, folder, load_torch)
        return self._graphs[1]


class Lines(io.TextIOBase):
    """A text stream that calls ``on_line`` with each whole line."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = ""

    def write(self, text: str) -> int:
        """Add text; report the lines that are now complete."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._on_line(line)
        return len(text)


def run_request(
    number: object, arguments: list[str], *, host: WarmHost, send: Send
) -> int:
    """Run one command, send its output as events, and return its exit code.

    Args:
        number: Id of the request; every event carries it.
        arguments: Arguments as on the command line.
        host: Provides the networks and the stop.
        send: Called with each event.
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
    """The conversation with one host program.

    Args:
        lines: Stream of its messages.
        send: Called with each event.
        on_gone: Called when the host program is gone.
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
        self.host = WarmHost(self._send_share)

    def serve(self) -> None:
        """Run requests until the host program is gone."""
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
        """Make ``number`` the running request; False if it was cancelled before."""
        with self._lock:
            self._running = number
            self.host.stop.is_asked = False
            return number not in self._cancelled and not self._is_over

    def _listen(self) -> None:
        """Read messages until there are no more; runs in a thread of its own."""
        for line in self._lines:
            if line.strip():
                self._take(line)
        with self._lock:
            self._is_over = self.host.stop.is_asked = True
        self._requests.put(None)
        self._on_gone()

    def _take(self, line: str) -> None:
        """Queue a request or cancel one; send an error if the message is neither."""
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

    def _send_share(self, share: float) -> None:
        event = {"event": "progress", "id": self._running, "share": round(share, 4)}
        self._send(event)


def _arguments(found: object) -> list[str]:
    """Return the arguments of a request; ValueError if they are not valid."""
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("arguments must be a list of texts")
    if not found or found[0] == "worker":
        raise ValueError("arguments must begin with another command than worker")
    return found


def end_in_time() -> None:
    """End this process after ``PATIENCE_S``, even if a tile hangs in a driver."""
    end = threading.Timer(PATIENCE_S, os._exit, [exit_codes.TERMINATED])
    end.daemon = True
    end.start()


def worker() -> None:
    """Run the commands of a host program: JSON lines on stdin and stdout."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    # Libraries may print to the stdout of the process: that goes to stderr instead.
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
