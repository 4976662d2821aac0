"""Memory of the process: keep freed blocks, and import without garbage collection.

The networks allocate blocks of 10 to 100 MB for every tile. By default, glibc returns
each freed block to the system, and clears every page of the next one. Keeping the
blocks avoids this work and does not raise the peak.
"""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Options of mallopt, from glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
# Larger blocks hold whole plates: the system gets them back at once.
KEPT_BYTES = 2**28


def keep_freed_blocks() -> bool:
    """Keep freed blocks of up to ``KEPT_BYTES``; return whether the system can."""
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
    """Turn garbage collection off within the block, to import faster.

    An import makes many objects and little garbage. The collector would search the
    objects again and again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
