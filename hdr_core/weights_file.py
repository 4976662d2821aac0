"""Find the file of some weights, and its hash; without torch."""

import hashlib
from pathlib import Path

from hdr_core.errors import WeightsError
from hdr_core.presets import PRESETS

SHIPPED = Path(__file__).parent / "weights"


def weights_path(name_or_path: str | Path) -> Path:
    """Return the weights file of a preset, or the path itself.

    Raises:
        WeightsError: The preset has no shipped weights, or there is no such file.
    """
    if str(name_or_path) in PRESETS:
        path = SHIPPED / f"{name_or_path}.safetensors"
        if not path.is_file():
            raise WeightsError(
                f"preset {name_or_path!r}: no weights are shipped for it. "
                "Train or import them, and point --weights at the file."
            )
        return path
    path = Path(name_or_path)
    if not path.is_file():
        raise WeightsError(f"{path}: no such weights file.")
    return path


def weights_hash(path: Path) -> str:
    """Return the SHA-256 of the whole weights file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
