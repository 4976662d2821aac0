"""A digest of the code that the graphs are captured from."""

import hashlib
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Folders and files whose code is in the graphs, or makes them.
METHOD = (
    "camera",
    "color/output_transforms",
    "execution",
    "export",
    "highlights",
    "recognize",
    "stages",
    "config.py",
    "model.py",
    "presets.py",
)


@lru_cache(maxsize=1)
def method_digest() -> str:
    """Return the SHA-256 of the code that graphs are captured from, in hexadecimal.

    Graphs of other code may give other pixels, and nothing else would show it.
    """
    sha256 = hashlib.sha256()
    for name in METHOD:
        path = ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            # The same on all systems, whatever ends their lines.
            text = file.read_bytes().replace(b"\r\n", b"\n")
            sha256.update(f"{file.relative_to(ROOT).as_posix()} {len(text)}\n".encode())
            sha256.update(text)
    return sha256.hexdigest()
