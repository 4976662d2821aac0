"""What a folder holds: sequences, single pictures, movies, and what is left out."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hdr_core.errors import PlateError
from hdr_core.headers.heif import heif_camera, is_heif
from hdr_core.headers.raw_names import RAW_SUFFIXES
from hdr_core.io.sequence import Sequence, group

RESULT_END = "_hdr"
"""What ends the stem of a result."""
_UNREAD = {
    **dict.fromkeys(
        (*RAW_SUFFIXES, ".raw"),
        "is a raw file: develop it first, or install hdr-core[raw]",
    ),
    **dict.fromkeys(
        (".jp2", ".j2k", ".psd", ".exif", ".xcf", ".svg", ".ari", ".r3d"),
        "is not a plate: save it as PNG, TIFF, JPEG or EXR",
    ),
}
# What cameras write beside a raw file.
_PREVIEWS = (".jpg", ".jpeg", ".heic", ".hif")
# Share of pictures of another size that is more than a damaged frame of a shot.
_MANY = 0.1
# Orientations of Exif that swap width and height.
_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True)
class Listing:
    """What a folder holds.

    Attributes:
        plates: Sequences and single files, by name.
        left_out: Files that are not plates, each with the reason, by name.
    """

    plates: list[Sequence | Path]
    left_out: list[tuple[Path, str]]


def list_folder(folder: Path, suffixes: Iterable[str]) -> Listing:
    """Return the sequences of two frames or more, the single files, and what is not.

    Photographs of different sizes or cameras are not a sequence, whatever their names.

    Args:
        folder: Path of the folder; its folders are left out.
        suffixes: Suffixes of plates, in lower case, with their point.

    Raises:
        PlateError: The folder has no plate.
    """
    known, plates = set(suffixes), []
    left_out: list[tuple[Path, str]] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            left_out.append((path, "is a folder: name it to convert what it holds"))
        elif path.suffix.lower() in known:
            plates.append(path)
        else:
            reason = _UNREAD.get(path.suffix.lower(), "is not a picture")
            left_out.append((path, reason))
    plates = _without_results(plates, left_out)
    plates = _without_previews(plates, left_out)
    if not plates:
        raise PlateError(f"{folder}: holds no picture. Name the folder of the frames.")
    found: list[Sequence | Path] = []
    for item in group(plates):
        alone = isinstance(item, Sequence) and not _is_shot(item)
        if isinstance(item, Sequence) and alone:
            found += [item.path(number) for number in item.frames()]
        else:
            found.append(item)
    return Listing(found, sorted(left_out))


def _without_results(
    plates: list[Path], left_out: list[tuple[Path, str]]
) -> list[Path]:
    """Return plates that are not results of others; results go to ``left_out``."""
    stems = {item.stem for item in (*group(plates), *plates)}
    kept = []
    for path in plates:
        # a_hdr.exr, a_hdr.0001.exr, a_hdr_gain.exr, and previews a_hdr_sheet.png.
        found = re.fullmatch(rf"(.+?){RESULT_END}(?:[._].*)?\.(?:exr|png)", path.name)
        is_own_png = path.suffix.lower() == ".png" and path.stem.endswith(RESULT_END)
        if found is not None and found[1] in stems and not is_own_png:
            left_out.append((path, f"is a result of {found[1]}"))
        else:
            kept.append(path)
    return kept


def _without_previews(
    plates: list[Path], left_out: list[tuple[Path, str]]
) -> list[Path]:
    """Return plates without the JPEGs that cameras write beside their raw files."""
    raws = {
        path.stem: path.name for path in plates if path.suffix.lower() in RAW_SUFFIXES
    }
    kept = []
    for path in plates:
        if path.suffix.lower() in _PREVIEWS and path.stem in raws:
            reason = f"is the camera's picture of {raws[path.stem]}, which is converted"
            left_out.append((path, reason))
        else:
            kept.append(path)
    return kept


def _is_shot(sequence: Sequence) -> bool:
    """Return whether numbered pictures can be frames of one shot, by their headers."""
    headers = [_header(sequence.path(number)) for number in sequence.frames()]
    known = [header for header in headers if header is not None]
    if not known:
        return True
    if len({camera for _, camera in known if camera}) > 1:
        return False
    sizes = Counter(size for size, _ in known)
    n_others = len(known) - max(sizes.values())
    is_photographed = any(camera for _, camera in known)
    return n_others == 0 or (n_others <= _MANY * len(known) and not is_photographed)


def _header(path: Path) -> tuple[tuple[int, int], str] | None:
    """Return upright size and camera of a picture; None if it cannot be opened."""
    # Names alone need no decoder.
    import OpenImageIO as oiio  # noqa: PLC0415

    if is_heif(path):
        return heif_camera(path)
    try:
        source = oiio.ImageInput.open(str(path))
    except (TypeError, UnicodeError):
        return None
    if source is None:
        oiio.geterror()
        return None
    spec = source.spec()
    size = (spec.full_width, spec.full_height)
    if spec.get_int_attribute("Orientation", 1) in _SIDEWAYS:
        size = size[::-1]
    parts = (spec.get(name) for name in ("Make", "Model"))
    camera = " ".join(part for part in parts if isinstance(part, str))
    source.close()
    return size, camera
