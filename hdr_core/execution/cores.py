"""How many cores this process may use, without torch."""

import os


def count_cores() -> int:
    """Return the number of cores: by OMP_NUM_THREADS as in torch, else all allowed."""
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
