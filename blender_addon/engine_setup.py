"""Make the private environment of the engine: a Python with hdr_core.

The environment is complete or absent: a marker file is written last, and an incomplete
environment is removed if a step fails or the artist cancels.
"""

import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import bpy

from .engine import NO_WINDOW
from .errors import AddonError
from .paths import READY, base_python, environment, python_of

PACKAGE = "hdr-core[plots]"
OWN_WHEELS = Path(__file__).parent / "engine_wheels"


def set_up(wheels: str) -> Iterator[str]:
    """Make a new environment; yield a description of each step.

    Args:
        wheels: Folder of packages that are preferred to those of an index; "" means
            none. Without online access, all packages must be in it.

    Raises:
        AddonError: There is neither online access nor a folder of packages, or a step
            failed.
    """
    if not wheels and not bpy.app.online_access:
        raise AddonError(
            "online access is off. Allow it in Preferences > System > Network, or "
            "choose a folder of Packages."
        )
    if wheels and not Path(wheels).is_dir():
        raise AddonError(
            f"{wheels}: there is no such folder. Choose another folder of Packages."
        )
    venv = environment()
    python = str(python_of(venv))
    # The zip brings hdr_core itself, which is on no index.
    folders = [wheels] if wheels else []
    folders += [str(OWN_WHEELS)] if OWN_WHEELS.is_dir() else []
    sources = [word for folder in folders for word in ("--find-links", folder)]
    sources += [] if bpy.app.online_access else ["--no-index"]
    install = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    install += ["--no-input", "--progress-bar", "off", *sources, PACKAGE]
    try:
        yield "Removing the old engine"
        shutil.rmtree(venv, ignore_errors=True)
        make = [base_python(), "-m", "venv", str(venv)]
        yield from _run(make, "Making an environment")
        yield from _run(install, "Installing")
        (venv / READY).touch()
    finally:
        if not (venv / READY).is_file():
            shutil.rmtree(venv, ignore_errors=True)


def _run(command: list[str], title: str) -> Iterator[str]:
    """Run a program to its end; yield ``title`` and the last line of its output.

    Raises:
        AddonError: The program cannot be started, or failed.
    """
    lines: queue.Queue[str] = queue.Queue()
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            creationflags=NO_WINDOW,
        )
    except OSError as error:
        raise AddonError(f"{command[0]}: {error.strerror}.") from error
    with process:
        read = threading.Thread(target=_drain, args=(process, lines), daemon=True)
        read.start()
        last, output = "", []
        try:
            while read.is_alive() or not lines.empty():
                while not lines.empty():
                    output.append(lines.get().strip())
                    last = output[-1][:80] or last
                yield f"{title}: {last}" if last else title
        except GeneratorExit:
            process.kill()
            raise
    if process.returncode:
        errors = [line for line in output if "ERROR" in line or "Error" in line]
        why = " ".join(errors[:2] or output[-1:])
        raise AddonError(f"{title.lower()} failed: {why}")


def _drain(process: subprocess.Popen, lines: queue.Queue) -> None:
    for line in process.stdout:
        lines.put(line)
