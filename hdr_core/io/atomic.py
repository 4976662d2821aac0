"""Files that appear whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hdr_core.errors import OutputError


@contextmanager
def whole_file(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a hidden name beside ``path``, which becomes ``path`` if all goes well.

    The folder is made if it is missing. On any exception, Ctrl-C too, the hidden
    file is removed; a process killed outright may leave it, but never ``path``.

    Args:
        path: The file wanted.
        overwrite: Replace a file that is already there.

    Yields:
        ``.{name}.{token}.tmp{suffix}`` in the same folder, to be written.

    Raises:
        OutputError: ``path`` exists or cannot be written.
    """
    require_free(path, overwrite=overwrite)
    # Two machines of a farm may share the folder, and the number of the process.
    token = f"{os.getpid()}-{secrets.token_hex(4)}"
    hidden = path.with_name(f".{path.name}.{token}.tmp{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield hidden
            _flush(hidden)
            hidden.replace(path)
        finally:
            hidden.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(
            f"{path}: cannot be written ({reason}). Choose another folder."
        ) from error


@contextmanager
def whole_folder(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a hidden folder beside ``path``, whose content goes there if all goes well.

    On any exception the hidden folder is removed. What lies in ``path`` under other
    names stays.

    Args:
        path: The folder wanted.
        overwrite: Replace what is there under the same names.

    Yields:
        ``.{name}.{pid}.tmp`` beside ``path``, empty.

    Raises:
        OutputError: ``path`` is a file, holds files already, or cannot be written.
    """
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path}: is a file. Name a folder.")
    if not overwrite and path.is_dir() and any(path.iterdir()):
        raise OutputError(
            f"{path}: holds files already. Choose --overwrite to replace those of "
            "the same names."
        )
    hidden = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        hidden.mkdir()
        try:
            yield hidden
            path.mkdir(exist_ok=True)
            for child in sorted(hidden.iterdir()):
                _move(child, path / child.name)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(
            f"{path}: cannot be written ({reason}). Choose another folder."
        ) from error


def _move(child: Path, target: Path) -> None:
    """Move a file or folder to ``target``, replacing what is there."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    child.replace(target)


def require_free(path: Path, *, overwrite: bool) -> None:
    """Raise OutputError if ``path`` is a folder, or is there and must stay."""
    if path.is_dir():
        raise OutputError(f"{path}: is a folder. Name a file in it.")
    if not overwrite and path.exists():
        raise OutputError(f"{path}: exists already. Choose --overwrite to replace it.")


def _flush(path: Path) -> None:
    """Wait until the file's bytes are on the disk, not only in memory."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
