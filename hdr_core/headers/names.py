"""Names of files that OpenImageIO and OpenEXR cannot open.

It needs no other library, so that the program can print its help without them.
"""

import os
from pathlib import Path

from hdr_core.errors import HdrError, PlateError


def require_utf8_name(path: Path, error: type[HdrError] = PlateError) -> None:
    """Raise for a file name that OpenImageIO and OpenEXR cannot open.

    Args:
        path: Path of the file.
        error: Type of the error.

    Raises:
        HdrError: The name has bytes that are not UTF-8. It is of type ``error``.
    """
    if not _is_plain(str(path)):
        shown = os.fsencode(path).decode("utf-8", "backslashreplace")
        raise error(
            f"{shown}: the name has bytes that are not UTF-8. Rename it, or its folder."
        )


def _is_plain(text: str) -> bool:
    """Return whether ``text`` can be stored as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
