"""Write files completely or not at all."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hdr_core.errors import OutputError
from hdr_core.headers.names import require_utf8_name

# More than one chunk of a written file: a disk that has this much room is not full.
_PROBE_BYTES = 2**24


@contextmanager
def whole_file(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a hidden file beside ``path``, which is renamed to ``path`` at the end.

    A missing folder is created. On any exception, also Ctrl-C, the hidden file is
    removed. If the process is killed, the hidden file may stay, but an incomplete
    ``path`` never exists.

    Args:
        path: Path of the file to write.
        overwrite: Replace an existing file.

    Yields:
        ``.{name}.{token}.tmp{suffix}`` in the same folder, to be written.

    Raises:
        OutputError: ``path`` exists already or cannot be written.
    """
    require_free(path, overwrite=overwrite)
    # Two machines of a farm may write to this folder with the same process number.
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
    """Yield a hidden folder beside ``path``; its files move to ``path`` at the end.

    On any exception, the hidden folder is removed. Other files in ``path`` stay.

    Args:
        path: Path of the folder to write.
        overwrite: Replace existing files of the same names.

    Yields:
        ``.{name}.{pid}.tmp`` beside ``path``, empty.

    Raises:
        OutputError: ``path`` is a file, already contains files, or cannot be written.
    """
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path}: is a file. Name a folder.")
    if not overwrite and path.is_dir() and any(path.iterdir()):
        raise OutputError(
            f"{path}: already contains files. Choose --overwrite to replace those of "
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
    """Move a file or folder to ``target``, and replace an existing one."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    child.replace(target)


def require_free(path: Path, *, overwrite: bool) -> None:
    """Raise OutputError if ``path`` cannot be used or must not be replaced."""
    require_utf8_name(path, OutputError)
    if path.is_dir():
        raise OutputError(f"{path}: is a folder. Name a file in it.")
    if not overwrite and path.exists():
        raise OutputError(f"{path}: exists already. Choose --overwrite to replace it.")


def advice(hidden: Path) -> str:
    """Return what to do about a file that a library could not write.

    OpenImageIO does not say why a write failed, so a few more bytes are written here:
    the operating system gives the reason.

    Args:
        hidden: Path of the incomplete file, which will be removed.
    """
    try:
        with hidden.open("ab") as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return "The disk is full: free some space."
        return f"{error.strerror}: choose another folder."
    return "The disk is not full: check the plate's header and the options."


def _flush(path: Path) -> None:
    """Wait until the bytes of the file are on the disk, not only in memory."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
