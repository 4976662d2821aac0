"""Text that OpenImageIO returns from files whose bytes are not UTF-8.

OpenImageIO gives such bytes to Python as lone surrogates, which cannot be written or
printed again. Here they become plain text, so that a header never stops a plate.
"""

from typing import Protocol

import OpenImageIO as oiio

LATIN_1_FORMATS = frozenset(["png"])
"""Formats whose standard says Latin-1: PNG's tEXt and zTXt. Exif's text is ASCII."""


class _HasErrors(Protocol):
    """OpenImageIO itself, or one of its readers or writers."""

    def geterror(self) -> str: ...


def plain_text(text: str, file_format: str = "") -> str:
    """Return ``text`` without lone surrogates.

    Args:
        text: Text as OpenImageIO gives it. Each byte that is not UTF-8 is a surrogate.
        file_format: OpenImageIO's name of the format.

    Returns:
        ``text`` itself if it is plain. Else its bytes as Latin-1 for formats whose
        standard says so, else as UTF-8 with U+FFFD for each byte that does not fit.
    """
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        is_latin = file_format in LATIN_1_FORMATS
        return raw.decode("latin-1") if is_latin else raw.decode("utf-8", "replace")


def plain_header(spec: oiio.ImageSpec, file_format: str) -> oiio.ImageSpec:
    """Return a copy of a header, all texts of which are plain.

    Args:
        spec: Header as OpenImageIO gives it.
        file_format: OpenImageIO's name of the format.
    """
    plain = oiio.ImageSpec(spec)
    for held in spec.extra_attribs:
        if isinstance(held.value, str):
            text = plain_text(held.value, file_format)
            if text != held.value:
                plain.attribute(held.name, text)
    return plain


def error_line(owner: _HasErrors) -> str:
    """Return the first line of OpenImageIO's last message, without its full stop.

    Args:
        owner: The module ``OpenImageIO``, a reader or a writer. Its message is cleared.

    Returns:
        "" if there is no message.
    """
    try:
        message = owner.geterror()
    except UnicodeDecodeError as error:
        message = error.object.decode("utf-8", "replace")
    return one_line(plain_text(message))


def one_line(message: str) -> str:
    """Return the first line of another library's message, without its full stop.

    Args:
        message: The message; "" gives "".
    """
    lines = message.strip().splitlines()
    return lines[0].rstrip(". ") if lines else ""
