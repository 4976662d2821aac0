"""Check a file before its decoder gets it: that it is there, and not cut short."""

import re
import zlib
from pathlib import Path

from hdr_core.errors import PlateError
from hdr_core.headers.names import require_utf8_name
from hdr_core.headers.png import SIGNATURE

_UNSUPPORTED = re.compile(
    r"not configured|unsupported|not supported|not implemented|not compiled|"
    r"unknown compression|no decoder",
    re.IGNORECASE,
)


def require_file(path: Path) -> None:
    """Raise unless the file can be opened and is not empty, before it is decoded."""
    require_utf8_name(path)
    if path.is_dir():
        raise PlateError(f"{path}: is a folder, not a picture. Name a file in it.")
    if not path.is_file():
        raise PlateError(f"{path}: no such file. Check the name.")
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise PlateError(
            f"{path}: cannot be opened ({error.strerror}). Check its permissions."
        ) from error
    if not head:
        raise PlateError(f"{path}: empty file (0 bytes). Copy it again.")
    if head == SIGNATURE:
        _require_whole_png(path)


def _require_whole_png(path: Path) -> None:
    """Raise for a damaged PNG here, because libpng writes its errors to stderr."""
    with path.open("rb") as file:
        file.seek(len(SIGNATURE))
        kind = b""
        while kind != b"IEND":
            size, kind = int.from_bytes(file.read(4), "big"), file.read(4)
            body, checksum = file.read(size), file.read(4)
            if zlib.crc32(kind + body).to_bytes(4, "big") != checksum:
                raise damaged(path, f"PNG chunk at byte {file.tell()}")


def is_unsupported(reason: str) -> bool:
    """Return whether a decoder's message means a variant that it does not know."""
    return _UNSUPPORTED.search(reason) is not None


def unsupported(path: Path, reason: str) -> PlateError:
    """Return the error for a whole file of a variant that is not decoded here."""
    return PlateError(
        f"{path}: a variant that is not read here ({reason}). The file may be whole: "
        "save it with another compression, such as TIFF with ZIP or LZW, or as PNG."
    )


def damaged(path: Path, reason: str) -> PlateError:
    """Return the error for a file that cannot be decoded."""
    if is_unsupported(reason):
        return unsupported(path, reason)
    return PlateError(
        f"{path}: damaged or cut short ({reason}). Copy it again or export it anew."
    )
