"""Folders of the add-on, and the Python of its engine."""

import os
import sys
from pathlib import Path

import bpy

from .errors import AddonError
from .props import preferences

READY = ".ready"
IS_WINDOWS = os.name == "nt"


def own_folder(name: str) -> Path:
    """Return a folder that stays when the add-on is updated.

    Outside the extension system (in a scripted pipeline) it is in the user's data
    folder.
    """
    try:
        found = bpy.utils.extension_path_user(__package__, path=name, create=True)
    except ValueError:
        found = bpy.utils.user_resource("DATAFILES", path=f"hdr_core/{name}")
    return Path(found)


def environment() -> Path:
    """Return the path of the private environment that "Set Up Engine" makes."""
    return own_folder("engine") / "venv"


def python_of(environment: Path) -> Path:
    """Return the Python of a virtual environment."""
    return environment / ("Scripts/python.exe" if IS_WINDOWS else "bin/python")


def engine_python() -> str:
    """Return the Python of the preferences or the private environment; "" if none."""
    chosen = preferences()
    if chosen is not None and chosen.python:
        return bpy.path.abspath(chosen.python)
    private = python_of(environment())
    return str(private) if (environment() / READY).is_file() else ""


def base_python() -> str:
    """Return Blender's own Python, used to make private environments."""
    return sys.executable


def cache_folder(setting: str) -> Path:
    """Return the folder of a Cache setting; create it if it is missing.

    Args:
        setting: Path of the folder, which may be relative to the .blend ("//").

    Raises:
        AddonError: The folder cannot be written.
    """
    if setting.startswith("//") and not bpy.data.filepath:
        folder = own_folder("cache")
    else:
        folder = Path(bpy.path.abspath(setting))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = f"{folder}: cannot be made ({error.strerror})."
        raise AddonError(f"{text} Choose another Cache folder.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise AddonError(f"{folder}: cannot be written. Choose another Cache folder.")
    return folder


def relative(path: Path) -> str:
    """Return ``path`` relative to the .blend, as Blender stores it, if possible."""
    if not bpy.data.filepath:
        return str(path)
    try:
        return bpy.path.relpath(str(path))
    except ValueError:  # another drive
        return str(path)
