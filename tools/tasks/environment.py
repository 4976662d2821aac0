"""The project's environment ``.venv``, at the versions of constraints.txt."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tools.tasks.steps import ROOT, VENV, executable, step

STAMP = VENV / ".made-from"
EXTRAS = "plots,metrics,training,av,heif,raw,usd,onnx,onnxruntime,chart,dev"


def make_environment() -> None:
    """Make ``.venv``, or bring it up to date, unless it already is."""
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted and _is_usable():
        return
    STAMP.unlink(missing_ok=True)
    if not _is_usable():
        # Half made, of another Python, or moved here from elsewhere.
        make_venv(VENV, sys.executable)
    install_everything()
    STAMP.write_text(wanted)


def make_venv(venv: Path, python: str) -> None:
    """Make an empty virtual environment, in place of what is there."""
    shutil.rmtree(venv, ignore_errors=True)
    step(f"make {venv.name}", [python, "-m", "venv", str(venv)])


def fingerprint() -> str:
    """Return a digest of all that decides what is installed, and where."""
    files = [
        ROOT / name
        for name in ("pyproject.toml", "constraints.txt", "hdr_core/version.py")
    ]
    facts = [platform.python_version(), str(ROOT), EXTRAS, torch_index()]
    parts = [path.read_bytes() for path in files] + [fact.encode() for fact in facts]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def install_everything() -> None:
    """Install the pinned packages, and hdr-core itself in place."""
    if index := torch_index():
        # Without its dependencies: they come pinned, from the usual index, below.
        pip("torch", "--index-url", index, "--no-deps")
    pip("setuptools")
    pip("--no-build-isolation", "-e", f".[{EXTRAS}]")
    # Without its dependencies: it asks for torchvision, which it does not need.
    pip("cvvdp", "--no-deps")


def pip(*packages: str) -> None:
    """Install ``packages`` (and options) at the versions of constraints.txt."""
    options = ["--disable-pip-version-check", "--no-input", "-c", "constraints.txt"]
    if not sys.stdout.isatty():
        options.append("--quiet")
    install = ["python", "-m", "pip", "install", *options, *packages]
    step(f"install {packages[-1] if '-e' in packages else packages[0]}", install)


def _is_usable() -> bool:
    """Whether ``.venv`` runs, and is of the Python that runs this."""
    ask = "import sys, pip; print(*sys.version_info[:3], sep='.')"
    command = [executable("python"), "-c", ask]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.stdout.strip() == platform.python_version()


def torch_index() -> str:
    """Return the package index to take torch from; "" means the usual one."""
    return os.environ.get("HDR_CORE_TORCH_INDEX", "")
