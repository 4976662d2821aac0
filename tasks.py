"""Every task of the repository: ``python tasks.py --help``."""

import platform
import sys

OLDEST_PYTHON = (3, 11)

if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        found = platform.python_version()
        print(f"tasks.py: needs Python {needed} or newer, this is {found}.")
        sys.exit(2)
    from tools.tasks.command_line import main

    sys.exit(main(sys.argv[1:]))
