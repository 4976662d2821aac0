"""A corpus in one file: safetensors with one packed scene in each tensor of bytes.

The header has ``format``, ``version`` and ``scenes``: a JSON list with what the
manifest says of each scene (``KEPT``). The bytes of a scene are the tensor "scene/ID"
(scene_codec.py). The tensor "display_curves" has the curves of today's display
transforms, (n, 1024), which training draws.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from hdr_core.errors import PlateError
from hdr_core.io.atomic import whole_file
from hdr_core.io.scene_codec import decode_scene

FORMAT, VERSION = "hdr_core packed corpus", "1"
KEPT = ("id", "split", "kind", "tags", "train_ok", "licence")
CURVES = "display_curves"


def write_packed(
    path: Path,
    scenes: Iterable[tuple[Mapping[str, Any], bytes]],
    display_curves: NDArray[np.float64],
    *,
    overwrite: bool = False,
) -> int:
    """Write a packed corpus and return its size in bytes.

    Args:
        path: Path of the file.
        scenes: Entry in the manifest and bytes of each scene.
        display_curves: Curves of display transforms, (n, 1024).
        overwrite: Replace an existing file.

    Raises:
        OutputError: The file exists or cannot be written.
    """
    entries, tensors = [], {CURVES: np.ascontiguousarray(display_curves)}
    for entry, data in scenes:
        entries.append({key: entry[key] for key in KEPT if key in entry})
        tensors[f"scene/{entry['id']}"] = np.frombuffer(data, np.uint8)
    metadata = {"format": FORMAT, "version": VERSION, "scenes": json.dumps(entries)}
    content = save(tensors, metadata)
    with whole_file(path, overwrite=overwrite) as hidden:
        hidden.write_bytes(content)
    return len(content)


def read_entries(path: Path) -> list[dict[str, Any]]:
    """Return the entry of each scene.

    Raises:
        PlateError: The file is not a packed corpus, or of another version.
    """
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
        entries = json.loads(metadata.get("scenes", "null"))
    except (OSError, ValueError, SafetensorError) as error:
        raise PlateError(f"{path}: is not a packed corpus ({error}).") from error
    if metadata.get("format") != FORMAT or not isinstance(entries, list):
        raise PlateError(
            f"{path}: is not a packed corpus. Make one with tools/pack_corpus.py."
        )
    if metadata.get("version") != VERSION:
        raise PlateError(
            f"{path}: a packed corpus of version {metadata.get('version')}, this "
            f"hdr-core reads {VERSION}. Pack it again."
        )
    return entries


def read_scene(path: Path, name: str) -> NDArray[np.float32]:
    """Return the light of a scene, (3, H, W).

    Raises:
        PlateError: There is no such scene, or it is damaged.
    """
    return decode_scene(_tensor(path, f"scene/{name}").tobytes())


def read_display_curves(path: Path) -> NDArray[np.float64]:
    """Return the curves of display transforms, (n, 1024).

    Raises:
        PlateError: The file has none.
    """
    return _tensor(path, CURVES)


def _tensor(path: Path, name: str) -> NDArray[Any]:
    try:
        with safe_open(path, framework="np") as file:
            return np.asarray(file.get_tensor(name))
    except (OSError, SafetensorError) as error:
        raise PlateError(f"{path}: {name} cannot be read ({error}).") from error
