"""Run the programs of the environment, one step after another."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
OUT = Path("out")
IS_WINDOWS = os.name == "nt"
SCRIPTS = VENV / ("Scripts" if IS_WINDOWS else "bin")
SUFFIX = ".exe" if IS_WINDOWS else ""


class TaskError(Exception):
    """A step failed: one line that says so, and the exit code to pass on."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


def step(title: str, command: list[str]) -> None:
    """Run a program of the environment; TaskError if it does not succeed."""
    print(f"== {title}", flush=True)
    if code := run(*command):
        raise TaskError(f"failed: {title} (exit {code}).", code)


def run(program: str, *arguments: str, folder: Path = ROOT) -> int:
    """Run a program of the environment in ``folder`` and return its exit code."""
    command = [executable(program), *arguments]
    try:
        return subprocess.run(command, cwd=folder, check=False).returncode
    except OSError as error:
        raise TaskError(f"cannot run {program}: {error}") from error


def executable(program: str) -> str:
    """Return the path of ``program`` in the environment; a path stays as it is."""
    return program if Path(program).is_absolute() else str(SCRIPTS / program) + SUFFIX
