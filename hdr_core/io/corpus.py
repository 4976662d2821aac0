"""Scenes of an HDR corpus: scene-linear EXR files and a manifest beside them.

A packed corpus is one file instead of a folder (packed_corpus.py). It is read without
OpenImageIO.

``manifest.jsonl`` has one object on each line: ``id``, ``file``, ``split``, ``kind``,
``tags`` and ``train_ok``. Scenes with more light than half floats can hold also have
``clamped_to_65504`` and the true ``max_value``.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.io import packed_corpus
from hdr_core.plate import HALF_MAX

NEEDED: dict[str, type] = {
    "id": str,
    "file": str,
    "split": str,
    "kind": str,
    "tags": list,
    "train_ok": bool,
}


@dataclass(frozen=True)
class Scene:
    """One HDR scene.

    Attributes:
        name: The id in the manifest.
        pixels: Linear Rec.709, (3, H, W) float32, of any exposure.
        is_panorama: Whether it is equirectangular, 360 x 180 degrees.
        tags: Words such as indoor, outdoor, night or sun.
    """

    name: str
    pixels: NDArray[np.float32]
    is_panorama: bool
    tags: tuple[str, ...]


def read_manifest(corpus: Path) -> list[dict[str, Any]]:
    """Return the entries of the manifest.

    Args:
        corpus: Folder of the manifest.

    Raises:
        PlateError: There is no manifest, or a line is not a valid entry.
    """
    path = corpus / "manifest.jsonl"
    if not path.is_file():
        raise PlateError(f"{path}: no manifest. Point --corpus at the HDR scenes.")
    with path.open("rb") as lines:
        return [
            _entry(line, f"{path}:{number}")
            for number, line in enumerate(lines, start=1)
            if line.strip()
        ]


def _entry(line: bytes, place: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PlateError(f"{place}: not JSON ({error}).") from error
    if missing := set(NEEDED) - set(entry if isinstance(entry, dict) else ()):
        raise PlateError(f"{place}: lacks {', '.join(sorted(missing))}.")
    for key, kind in NEEDED.items():
        if not isinstance(entry[key], kind):
            found = f"{entry[key]!r}"
            raise PlateError(f"{place}: {key} must be a {kind.__name__}, is {found}.")
    if entry.get("clamped_to_65504") and not _is_peak(entry.get("max_value")):
        raise PlateError(f"{place}: clamped_to_65504, but max_value is below it.")
    return dict(entry)


def _is_peak(value: object) -> bool:
    """Return whether a value is a number that is too large for half floats."""
    most = float(np.finfo(np.float32).max)
    return isinstance(value, int | float) and HALF_MAX <= value <= most


def load_scenes(
    corpus: Path, *, split: str, needs_train_ok: bool = False
) -> list[Scene]:
    """Load all scenes of a split, in the order of the manifest.

    Args:
        corpus: Folder of the manifest, or a packed corpus.
        split: "train" or "val".
        needs_train_ok: Leave out scenes whose license does not clearly allow to ship
            weights trained on them.

    Raises:
        PlateError: There is no manifest or no scene, or a scene cannot be read.
    """
    is_packed = corpus.is_file()
    listed = packed_corpus.read_entries(corpus) if is_packed else read_manifest(corpus)
    entries = [
        entry
        for entry in listed
        if entry["split"] == split and (entry["train_ok"] or not needs_train_ok)
    ]
    if not entries:
        raise PlateError(f"{corpus}: no scene of split {split!r} in the manifest.")
    if is_packed:
        return [
            _scene(entry, packed_corpus.read_scene(corpus, entry["id"]))
            for entry in entries
        ]
    return [load_scene(corpus, entry) for entry in entries]


def read_light(path: Path) -> NDArray[np.float32]:
    """Read a scene-linear picture, (H, W, 3), finite and not negative.

    Raises:
        PlateError: It is missing, damaged, or not RGB.
    """
    import OpenImageIO as oiio  # noqa: PLC0415 - a packed corpus needs none

    image = oiio.ImageBuf(str(path))
    if not image.initialized or image.has_error or image.nchannels < 3:
        raise PlateError(f"{path}: not a readable RGB image.")
    pixels = np.asarray(image.get_pixels(oiio.FLOAT))[..., :3]
    if image.has_error:  # OpenImageIO fills what is missing with black
        reason = image.geterror().partition("\n")[0]
        raise PlateError(f"{path}: damaged or cut short ({reason}).")
    # Wide gamuts give some scenes negative light, which is set to 0.
    return np.asarray(np.maximum(np.nan_to_num(pixels, posinf=HALF_MAX), 0.0))


def load_scene(corpus: Path, entry: dict[str, Any]) -> Scene:
    """Load the scene of one entry of the manifest.

    Raises:
        PlateError: It cannot be read.
    """
    pixels = read_light(corpus / entry["file"])
    if entry.get("clamped_to_65504"):
        pixels = np.where(pixels >= HALF_MAX, entry["max_value"], pixels)
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32)
    return _scene(entry, planes)


def _scene(entry: dict[str, Any], planes: NDArray[np.float32]) -> Scene:
    return Scene(
        name=entry["id"],
        pixels=planes,
        is_panorama=entry["kind"] == "panorama_equirect",
        tags=tuple(entry["tags"]),
    )
