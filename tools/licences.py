"""``python -m tools.licences``: list what hdr-core depends on, and the licences.

Writes docs/licences.md from the metadata of the installed packages: what an
installation of hdr-core without extras brings, direct and indirect.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "licences.md"
HEAD = """\
# Licences of the dependencies

hdr_core itself, its weights and its documents are under the [Apache License
2.0](../LICENSE). This is what `pip install` brings beside it on Linux, by the metadata
of these packages, or by their licence file where that is said. torch for CUDA also
brings NVIDIA's libraries. Made by `python tasks.py licences`.

| package | version | licence | needed by |
| --- | --- | --- | --- |
"""
# Longer texts are the licence itself, not its name.
LONGEST_NAME = 60
# Whose metadata does not name the licence: read from the licence file of the package.
BY_FILE = {"opencolorio", "openexr", "torch"}
BY_FILE_NAME = "BSD-3-Clause (licence file)"


def main() -> int:
    """Write the list and return the exit code."""
    needed = find_needed("hdr-core")
    rows = [
        f"| {name} | {version_of(name)} | {licence_of(name)} | {by} |"
        for name, by in sorted(needed.items(), key=lambda pair: pair[0].lower())
    ]
    DOCUMENT.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(rows)} packages -> {DOCUMENT.name}")
    return 0


def find_needed(root: str) -> dict[str, str]:
    """Return the packages that ``root`` needs, each with the first that needs it."""
    needed: dict[str, str] = {}
    waiting = [root]
    while waiting:
        parent = waiting.pop(0)
        for line in distribution(parent).requires or ():
            name = re.match(r"[\w.-]+", line)
            if name is None or is_left_out(line):
                continue
            try:
                found = distribution(name.group()).metadata["Name"]
            except PackageNotFoundError:
                # For another system.
                continue
            if found not in needed and found != root:
                needed[found] = parent
                waiting.append(found)
    return needed


def is_left_out(requirement: str) -> bool:
    """Whether a requirement is of an extra, or of CUDA, which is not ours."""
    return "extra ==" in requirement or bool(
        re.match(r"(nvidia|cuda|triton)", requirement)
    )


def version_of(name: str) -> str:
    """Return the version of a package, without the name of its build."""
    return distribution(name).version.partition("+")[0]


def licence_of(name: str) -> str:
    """Return the licence of a package by its metadata."""
    if name.lower() in BY_FILE:
        return BY_FILE_NAME
    metadata = distribution(name).metadata
    for key in ("License-Expression", "License"):
        text = metadata.get(key)
        if text and len(text) <= LONGEST_NAME and "\n" not in text:
            return text
    classifiers = metadata.get_all("Classifier") or ()
    names = [text.rpartition(" :: ")[2] for text in classifiers if "License ::" in text]
    return ", ".join(names) or "not stated in its metadata"


if __name__ == "__main__":
    sys.exit(main())
