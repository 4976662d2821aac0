"""The exit codes of the program."""

from hdr_core.delivery.outcome import Summary

DONE = 0
SOME_FAILED = 1
# Wrong usage or unreadable input: nothing was done.
NOTHING_DONE = 2
# Ctrl-C, and SIGTERM or a host program's "cancel".
INTERRUPTED, TERMINATED = 130, 143


def exit_code(summary: Summary) -> int:
    """Return the exit code of a batch of plates."""
    if summary.is_terminated:
        return TERMINATED
    if not (n_failed := summary.count("failed")):
        return DONE
    return NOTHING_DONE if n_failed == len(summary.outcomes) else SOME_FAILED
