"""Printing: the only file of the library that prints.

Results go to stdout, as text or, with --json, as one JSON object a line. Progress and
errors go to stderr.
"""

import json
import os
import sys
import traceback
from collections.abc import Mapping

from hdr_core.delivery.outcome import describe_unexpected

PROGRAM = "hdr-core"
DEBUG_VARIABLE = "HDR_CORE_DEBUG"

Json = Mapping[str, object]


def line(text: str) -> None:
    """Print one line of a result."""
    print(text, flush=True)


def json_line(content: Json) -> None:
    """Print one JSON object on one line; raise ValueError on NaN and infinity."""
    print(json.dumps(content, allow_nan=False, default=str), flush=True)


def error(text: str) -> None:
    """Print one line about an error; line breaks in ``text`` become spaces."""
    print(f"{PROGRAM}: {' '.join(text.split())}", file=sys.stderr, flush=True)


def fault(found: BaseException) -> str:
    """Return the line on an error that is a fault of the program."""
    return ask_for_report(describe_unexpected(found))


def ask_for_report(text: str) -> str:
    """Return ``text`` with the request to report this fault of the program."""
    return (
        f"{text}. This is a fault of {PROGRAM}: please report it with what "
        f"`{PROGRAM} --debug ...` prints."
    )


def traceback_if_debugging(found: str | None = None) -> None:
    """Print a traceback if --debug was given.

    Args:
        found: The traceback; None means that of the error that is being handled.
    """
    if os.environ.get(DEBUG_VARIABLE, "0") not in {"", "0"}:
        print(found or traceback.format_exc(), file=sys.stderr, flush=True)
