"""The heap of a process that converts plates: what is freed is kept for the next tile.

Networks ask for blocks of some 10 to 100 MB, tile after tile. glibc gives every freed
one back to the system, and its successor comes page by page, zeroed: a tenth of the
time of an 8 megapixel plate. Kept, they are taken again; the peak stays the same.
"""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Of mallopt, from glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
# Larger blocks are whole plates: those go back at once.
KEPT_BYTES = 2**28


def keep_freed_blocks() -> bool:
    """Keep freed blocks of up to ``KEPT_BYTES``; tell whether this system can."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)) and bool(
        mallopt(M_TRIM_THRESHOLD, 2 * KEPT_BYTES)
    )


@contextmanager
def without_collecting() -> Iterator[None]:
    """Seek no garbage meanwhile: imports leave little, and it is a tenth of their time.

    torch makes a quarter of a million objects, and Python looks 380 times for what of
    them may go.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
