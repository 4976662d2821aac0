"""The heap of a process that converts plates: blocks are kept for the next tile.

Networks ask for blocks of some 10 to 100 MB, tile after tile. glibc gives every freed
one back to the system, and its successor comes page by page, zeroed: a tenth of the
time of an 8 megapixel plate. Kept, they are taken again; the peak stays the same.
"""

import ctypes
import sys

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
