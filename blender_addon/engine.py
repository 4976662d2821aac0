"""The engine: a worker process that runs hdr-core's commands.

Blender itself never imports torch. ``hdr-core worker`` is a child process, run by the
Python of the preferences. It takes one command at a time and answers in JSON lines. It
is started again if it has died, and ends with Blender, since its stdin is closed then.
The commands run in Blender's process only if Blender has no window and its Python has
hdr_core, as in a scripted pipeline.

The threads only read lines. Everything else happens in ``pump``, which Blender's main
thread calls.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import bpy

from .errors import AddonError
from .inline import IN_PROCESS, InlineWorker
from .paths import engine_python
from .request import Request

PROTOCOL = 1
# Loading torch from a cold disk takes long; the artist can cancel with Esc.
START_S = 600.0
END_S = 3.0
WHERE = "Edit > Preferences > Add-ons > HDR Reconstruct"
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
# Blender's window must stay responsive while all cores compute.
LOW_PRIORITY = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
LESS_URGENT = 5


class Worker:
    """A running engine.

    Args:
        command: Command that starts it.
        environment: Environment variables of the process.

    Raises:
        AddonError: The command cannot be started.
    """

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self.command = command
        self.hello: dict = {}
        self._events: queue.Queue[dict] = queue.Queue()
        self._last_output: deque[str] = deque(maxlen=20)
        self._requests: dict[int, Request] = {}
        self._n_asked = 0
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                text=True,
                encoding="utf-8",
                errors="replace",
                creationflags=NO_WINDOW | LOW_PRIORITY,
            )
            if hasattr(os, "setpriority"):
                who = os.PRIO_PROCESS, self._process.pid
                os.setpriority(*who, os.getpriority(*who) + LESS_URGENT)
        except OSError as error:
            text = f"{command[0]}: cannot be started ({error.strerror})."
            raise AddonError(f"{text} Choose another Python in {WHERE}.") from error
        self._threads = [
            threading.Thread(target=read, daemon=True)
            for read in (self._read_events, self._read_errors)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the process is still running."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process ID of the engine."""
        return self._process.pid

    def ask(self, arguments: list[str]) -> Request:
        """Send a command; ``pump`` fills the returned Request with the answer."""
        self._n_asked += 1
        request = self._requests[self._n_asked] = Request(self._n_asked)
        self._send({"id": request.number, "arguments": arguments})
        return request

    def cancel(self, request: Request) -> None:
        """Tell the engine to stop ``request`` at the next tile."""
        if request.exit_code is None:
            self._send({"cancel": request.number})

    def pump(self) -> None:
        """Deliver all received events to their requests.

        Raises:
            AddonError: The engine has ended or does not fit this add-on.
        """
        try:
            while True:
                self._take(self._events.get_nowait())
        except queue.Empty:
            pass

    def close(self) -> None:
        """End the engine: close its stdin, and kill it if it does not end."""
        try:
            self._process.stdin.close()
            self._process.wait(END_S)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(END_S)
        self._process.stdout.close()
        self._process.stderr.close()

    def _send(self, content: Mapping) -> None:
        try:
            self._process.stdin.write(json.dumps(content) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise AddonError(self._explain_end()) from error

    def _take(self, event: dict) -> None:
        if event["event"] == "gone":
            raise AddonError(self._explain_end())
        if event["event"] == "hello":
            if event["protocol"] != PROTOCOL:
                raise AddonError(
                    f"the engine ({event['version']}) uses protocol "
                    f"{event['protocol']}, this add-on {PROTOCOL}. Update the older."
                )
            if problem := event.get("problem"):
                raise AddonError(f"the engine is incomplete: {problem}")
            self.hello = event
        elif request := self._requests.get(event.get("id")):
            request.take(event)

    def _explain_end(self) -> str:
        """Return why the engine ended, and what to do."""
        for thread in self._threads:
            thread.join(END_S)
        code = self._process.wait()
        output = " ".join(line for line in self._last_output if line.strip())
        if "No module named" in output:
            return (
                f"{self.command[0]}: no hdr_core in this Python. Set up the engine, or "
                f"choose another Python, in {WHERE}."
            )
        if code in {-9, 137} or "memory" in output.lower():
            return (
                "the engine was ended, most likely because memory ran out. Choose a "
                f"smaller Tile in {WHERE}, or close other programs. It restarts "
                "automatically."
            )
        last = next((line for line in reversed(self._last_output) if line.strip()), "")
        return (
            f"the engine ended (exit {code}) {last.strip()} It restarts automatically."
        )

    def _read_events(self) -> None:
        for line in self._process.stdout:
            try:
                self._events.put(json.loads(line))
            except ValueError:
                self._last_output.append(line)
        self._events.put({"event": "gone"})

    def _read_errors(self) -> None:
        self._last_output.extend(self._process.stderr)


AnyWorker = Worker | InlineWorker
_worker: AnyWorker | None = None


def find_command() -> tuple[list[str], dict[str, str]]:
    """Return the command that starts the engine, and its environment variables.

    Raises:
        AddonError: No Python with hdr_core is known.
    """
    # Blender's own PYTHON variables would make another Python load Blender's library.
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    module = ["-m", "hdr_core.cli.main", "worker"]
    if python := engine_python():
        if not Path(python).is_file():
            text = f"{python}: no such Python."
            raise AddonError(f"{text} Choose another in {WHERE}.")
        return [python, "-I", *module], variables
    if is_importable():
        if bpy.app.background:
            return IN_PROCESS, variables
        variables["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        return [sys.executable, *module], variables
    raise AddonError(f"there is no engine yet. Press Set Up Engine in {WHERE}.")


def is_importable() -> bool:
    """Return whether Blender's own Python can import hdr_core and torch."""
    return all(find_spec(name) is not None for name in ("hdr_core", "torch"))


def started() -> Iterator[AnyWorker]:
    """Yield until the engine answers, then return it (``yield from``).

    A running engine is used again; one that has ended is replaced. The yielded values
    have no meaning.

    Raises:
        AddonError: There is no engine, it cannot be started, or it does not answer.
    """
    global _worker  # noqa: PLW0603  one engine serves all of Blender
    command, variables = find_command()
    if _worker and (not _worker.is_alive or _worker.command != command):
        close()
    if _worker is None:
        is_inline = command == IN_PROCESS
        _worker = InlineWorker() if is_inline else Worker(command, variables)
    worker = _worker
    deadline = time.monotonic() + START_S
    while not worker.hello:
        try:
            worker.pump()
        except AddonError:
            close()
            raise
        if time.monotonic() > deadline:
            close()
            raise AddonError(
                f"the engine did not answer within {START_S:.0f} s. Press Check Engine "
                f"in {WHERE}."
            )
        yield worker
    return worker


def run(arguments: list[str]) -> Iterator[Request]:
    """Run a command; yield its Request until it is done, then return it.

    Closing the generator cancels the command.

    Raises:
        AddonError: There is no engine, the engine ended, or the command failed.
    """
    worker = yield from started()
    request = worker.ask(arguments)
    try:
        while request.exit_code is None:
            worker.pump()
            yield request
    except GeneratorExit:
        worker.cancel(request)
        raise
    except AddonError:
        close()
        raise
    request.require_done()
    return request


def close() -> None:
    """End the engine, if it is running."""
    global _worker  # noqa: PLW0603
    if _worker is not None:
        _worker.close()
        _worker = None
