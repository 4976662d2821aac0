"""Read files whose names come on stdin, and answer one line of JSON for each.

It runs in a process of its own, because a damaged file may stop a decoder for good. The
system ends the process when a file takes more than ten seconds of its processor.
"""

import contextlib
import json
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from hdr_core.errors import HdrError
from hdr_core.execution.scratch import Scratch
from hdr_core.io.folder import list_folder
from hdr_core.io.read import read_plate
from hdr_core.io.rows import open_linear

HANG_SECONDS = 10
# One file in so many goes through the commands as well, which takes far longer.
COMMANDS_EVERY = 200


def main() -> None:
    """Answer until stdin ends. Arguments: memory in GiB."""
    memory_gib = float(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w")
    # What libraries print must not mix with the answers.
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    _warm_up(memory_gib)
    base = _peak_mib()
    _answer(answers, {"ready": True})
    for number, line in enumerate(sys.stdin):
        path = Path(json.loads(line))
        signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
        findings = _readers(path, memory_gib)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if number % COMMANDS_EVERY == COMMANDS_EVERY - 1:
            findings += _commands(path)
        grown = _peak_mib() - base
        if grown > memory_gib * 1024:
            findings.append(f"memory: {grown:.0f} MiB more than before")
        _answer(answers, {"findings": findings})


def _warm_up(memory_gib: float) -> None:
    """Import what readers import late, so that it does not count as memory."""
    for path in sys.argv[2:]:
        _readers(Path(path), memory_gib)


def _readers(path: Path, memory_gib: float) -> list[str]:
    """Return what is wrong with the ways in which a file is read."""
    scratch = Scratch(memory_gib)
    suffix = path.suffix.lower()
    ways = {
        "read": lambda: read_plate(path, scratch=scratch),
        "forced": lambda: read_plate(path, force=True, scratch=scratch),
        "folder": lambda: list_folder(path.parent, {suffix}),
    }
    if suffix in {".exr", ".hdr"}:
        ways["light"] = lambda: _all_light(path)
    findings = []
    for name, way in ways.items():
        try:
            way()
        except HdrError as error:
            if "\n" in str(error) or not str(error).startswith(str(path.parent)):
                findings.append(f"{name}: not one line with its file: {error!r}")
        except Exception:
            findings.append(f"{name}: {traceback.format_exc()}")
    return findings


def _all_light(path: Path) -> None:
    with open_linear(path) as picture:
        for rows in picture.bands():
            picture.read(rows)


def _commands(path: Path) -> list[str]:
    """Return what is wrong with ``info`` and ``convert``, and what they leave."""
    # It brings torch, which readers do not need.
    from hdr_core.cli.main import run  # noqa: PLC0415

    findings = []
    with TemporaryDirectory() as folder, contextlib.redirect_stderr(sys.stderr):
        result = Path(folder, "a.exr")
        codes = [run(["info", str(path)])]
        codes.append(run(["convert", str(path), "-o", str(result), "--shot", "none"]))
        left = sorted(held.name for held in Path(folder).iterdir())
        allowed = [["a.exr"], sorted(f"a.{n:04}.exr" for n in range(1, 4))]
        if codes[1] != 0 and left and left not in allowed:
            findings.append(f"convert: exit code {codes[1]}, but it left {left}")
        if not set(codes) <= {0, 1, 2}:
            findings.append(f"commands: exit codes {codes}")
        findings += [f"partial file: {name}" for name in left if name.startswith(".")]
    return findings


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _answer(answers: TextIO, content: dict) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
