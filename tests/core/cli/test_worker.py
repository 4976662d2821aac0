"""``hdr-core worker``: the conversation with a host program."""

import io
import json
import queue
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from hdr_core import __version__
from hdr_core.cli.worker import Lines, Session, WarmHost, run_request

COMMAND = [sys.executable, "-m", "hdr_core.cli.main", "worker"]
PATIENCE_S = 60.0


class Worker:
    """A worker process, as its host sees it."""

    def __init__(self):
        self.process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._events.put(json.loads(line))

    def say(self, content):
        text = content if isinstance(content, str) else json.dumps(content)
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def hear(self, name):
        """Return the events up to the next one called ``name``."""
        heard = []
        while not heard or heard[-1]["event"] != name:
            heard.append(self._events.get(timeout=PATIENCE_S))
        return heard


@pytest.fixture(scope="module")
def a_worker():
    worker = Worker()
    worker.first = worker.hear("hello")[0]
    yield worker
    worker.process.stdin.close()
    worker.process.wait(PATIENCE_S)
    worker.process.stdout.close()


@pytest.fixture
def ask(a_worker, some_weights):
    """Send a convert request; return its events."""

    def send(number, plate, output, *options):
        told = ["convert", str(plate), "-o", str(output), "--json", *options]
        a_worker.say({"id": number, "arguments": [*told, "--weights", some_weights]})
        return a_worker.hear("done")

    some_weights = str(some_weights)
    return send


@pytest.fixture
def a_large_picture(tmp_path, write_picture):
    """A plate of many tiles, for something to be cancelled in the middle of."""
    codes = np.random.default_rng(0).integers(0, 256, (256, 2048, 3), np.uint8)
    return write_picture(tmp_path / "large.png", codes)


class TestWorker:
    def test_when_it_starts_then_it_says_who_it_is(self, a_worker):
        hello = a_worker.first

        assert hello["version"] == __version__
        assert hello["protocol"] == 1
        assert hello["device"] in {"cpu", "cuda", "mps"}
        assert len(hello["weights_sha256"]) == 64
        assert "problem" not in hello
        assert {"convert", "info"} <= set(hello["commands"])
        assert {"--aov-files", "-o", "plates"} <= set(hello["convert_options"])
        tile = hello["convert_options"]["--tile"]
        assert tile == {"default": 1024, "help": "Side of a tile."}

    def test_when_asked_then_it_writes_the_same_bytes_as_the_command(
        self, ask, convert, a_picture, tmp_path
    ):
        heard = ask(1, a_picture, tmp_path / "worker.exr")

        convert(a_picture, "-o", tmp_path / "command.exr", "--quiet")
        made = [tmp_path / name for name in ("worker.exr", "command.exr")]
        assert made[0].read_bytes() == made[1].read_bytes()
        shares = [one["share"] for one in heard if one["event"] == "progress"]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        plate = next(one["result"] for one in heard if one["event"] == "result")
        assert plate["output"] == str(tmp_path / "worker.exr")
        assert heard[-1] == {"event": "done", "id": 1, "exit_code": 0}

    def test_when_a_plate_is_bad_then_one_line_says_so_and_the_next_is_done(
        self, ask, a_picture, tmp_path
    ):
        bad = ask(2, tmp_path / "missing.png", tmp_path / "bad.exr")
        good = ask(3, a_picture, tmp_path / "good.exr")

        errors = [one["message"] for one in bad if one["event"] == "error"]
        assert len(errors) == 1
        assert "missing.png" in errors[0]
        assert bad[-1]["exit_code"] == 2
        assert good[-1]["exit_code"] == 0

    def test_when_cancelled_then_it_stops_at_once_and_leaves_nothing(
        self, a_worker, some_weights, a_large_picture, tmp_path
    ):
        output = tmp_path / "out" / "large.exr"
        told = ["convert", str(a_large_picture), "-o", str(output), "--tile", "64"]
        a_worker.say({"id": 4, "arguments": [*told, "--weights", str(some_weights)]})
        a_worker.hear("progress")

        a_worker.say({"cancel": 4})

        heard = a_worker.hear("done")
        assert heard[-1] == {"event": "done", "id": 4, "exit_code": 143}
        assert not output.parent.exists() or not list(output.parent.iterdir())

    @pytest.mark.parametrize(
        "line",
        ["no JSON", "7", '{"id": 5}', '{"id": 5, "arguments": ["worker"]}'],
        ids=["no JSON", "a number", "no arguments", "another worker"],
    )
    def test_when_a_request_is_none_then_it_says_so_and_goes_on(self, a_worker, line):
        a_worker.say(line)

        (error,) = a_worker.hear("error")
        assert error["id"] is None
        assert error["message"].startswith("request: ")

    def test_when_another_command_is_asked_for_then_it_is_run_too(
        self, a_worker, some_weights, a_picture
    ):
        told = ["info", str(a_picture), "--json", "--weights", str(some_weights)]

        a_worker.say({"id": 6, "arguments": told})

        heard = a_worker.hear("done")
        assert heard[0]["result"]["width"] == 48

    def test_when_its_host_is_gone_then_it_ends(
        self, some_weights, a_large_picture, tmp_path
    ):
        worker = Worker()
        told = ["convert", str(a_large_picture), "-o", str(tmp_path / "out" / "a.exr")]
        told += ["--tile", "64", "--weights", str(some_weights)]
        worker.say({"id": 1, "arguments": told})
        worker.hear("progress")

        worker.process.stdin.close()

        started = time.monotonic()
        worker.process.wait(PATIENCE_S)
        worker.process.stdout.close()
        assert time.monotonic() - started < 20.0
        assert not list(tmp_path.rglob("*.exr"))


class TestSession:
    @pytest.mark.parametrize("first", [[{"cancel": 1}], []], ids=["cancelled", "gone"])
    def test_when_nobody_waits_for_a_request_then_it_is_never_begun(self, first):
        requests = [*first, {"id": 1, "arguments": ["--version"]}]
        lines = io.StringIO("".join(json.dumps(one) + "\n" for one in requests))
        heard, gone = [], threading.Event()

        class Started(Session):
            def _begin(self, number):
                gone.wait(PATIENCE_S)
                return super()._begin(number)

        Started(lines, heard.append, on_gone=gone.set).serve()

        assert heard[1:] == [{"event": "done", "id": 1, "exit_code": 143}]


class TestWarmHost:
    def test_when_networks_are_asked_for_again_then_they_are_kept(self, some_weights):
        host = WarmHost(lambda share: None)

        first = host.model(str(some_weights), "cpu")
        again = host.model(str(some_weights), "cpu")
        some_weights.touch()
        renewed = host.model(str(some_weights), "cpu")

        assert again is first
        assert renewed is not first


class TestRunRequest:
    def test_when_a_command_prints_text_then_it_is_told_as_text(self):
        heard = []
        host = WarmHost(lambda share: None)

        run_request("a", ["--version"], host=host, send=heard.append)

        assert heard == [
            {"event": "text", "id": "a", "text": __version__},
            {"event": "done", "id": "a", "exit_code": 0},
        ]


class TestLines:
    def test_when_lines_come_in_pieces_then_they_are_handed_over_whole(self):
        heard = []
        lines = Lines(heard.append)

        for piece in ("on", "e\ntw", "o\n", "three"):
            lines.write(piece)

        assert heard == ["one", "two"]
