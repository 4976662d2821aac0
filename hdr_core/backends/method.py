"""A digest of what the graphs are captured from, besides the weights of a preset."""

import hashlib
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Folders and files whose code is in the graphs, or makes them, and the weights of
# recognition, which all presets share.
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
    "weights/recognize.safetensors",
)


@lru_cache(maxsize=1)
def method_digest() -> str:
    """Return the SHA-256 of what graphs are captured from, in hexadecimal.

    Graphs of other code may give other pixels, and nothing else would show it.
    """
    sha256 = hashlib.sha256()
    for part in METHOD:
        path = ROOT / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            content = file.read_bytes()
            if file.suffix == ".py":
                # The same on all systems, whatever ends their lines.
                content = content.replace(b"\r\n", b"\n")
            name = file.relative_to(ROOT).as_posix()
            sha256.update(f"{name} {len(content)}\n".encode())
            sha256.update(content)
    return sha256.hexdigest()
