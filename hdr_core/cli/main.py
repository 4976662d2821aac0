"""The entry point of ``hdr-core``: the program and its command ``worker``.

Exit codes: 0 all done, 1 some plates failed, 2 usage or unreadable input, 130 after
Ctrl-C, 143 after SIGTERM.
"""

import sys

from hdr_core.cli.heap import keep_freed_blocks
from hdr_core.cli.program import app, run
from hdr_core.cli.worker import worker

app.command("worker")(worker)


def main() -> None:
    """Run the program with the arguments of the process."""
    keep_freed_blocks()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
