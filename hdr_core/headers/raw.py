"""Recognize raw files of cameras, whose first picture is only a thumbnail.

Most raw files are TIFF files: the first picture is small and developed, and the values
of the sensor lie in further directories.

Source: Adobe, Digital Negative Specification 1.7; TIFF 6.0 and its NewSubfileType.
"""

from pathlib import Path

import OpenImageIO as oiio

from hdr_core.errors import PlateError
from hdr_core.headers.damage import DAMAGE
from hdr_core.headers.raw_names import RAW_SUFFIXES

# First bytes of raw files that are not TIFF, and where they lie.
_SIGNATURES = (
    (0, b"FUJIFILMCCD-RAW"),
    (0, b"IIU\0"),
    (0, b"IIRO"),
    (0, b"IIRS"),
    (0, b"MMOR"),
    (0, b"FOVb"),
    (0, b"\0MRM"),
    (4, b"ftypcrx "),
    (8, b"CR\x02\0"),
    (6, b"HEAPCCDR"),
)
TIFF_HEADS = (b"II*\0", b"MM\0*")
_PHOTOMETRIC, _SUB_DIRECTORIES, _DNG_VERSION = 262, 330, 50706
_SENSOR_PHOTOMETRICS = (32803, 34892)  # color filter array, linear raw
_REDUCED = 1


def is_raw(path: Path) -> bool:
    """Return whether a file is a raw file of a camera, by its bytes or its suffix.

    Args:
        path: Path of a file that can be opened.
    """
    with path.open("rb") as file:
        head = file.read(24)
    has_signature = any(head.startswith(sign, at) for at, sign in _SIGNATURES)
    is_named = path.suffix.lower() in RAW_SUFFIXES
    return (
        has_signature
        or is_named
        or (head[:4] in TIFF_HEADS and _holds_sensor(path, head[:8]))
    )


def refuse_raw(path: Path) -> PlateError:
    """Return the error for a raw file without rawpy."""
    return PlateError(
        f"{path}: a raw file of a camera, not a developed picture. Develop it to a "
        "16-bit TIFF first, or install rawpy with `pip install hdr-core[raw]`."
    )


def require_no_thumbnail(path: Path, spec: oiio.ImageSpec) -> None:
    """Raise PlateError if the first picture is a reduced copy of another one.

    Args:
        path: Path of the file.
        spec: Header of its first picture.
    """
    if spec.get_int_attribute("tiff:subfiletype") & _REDUCED:
        raise PlateError(
            f"{path}: its first picture is a thumbnail of {spec.width}x{spec.height}. "
            "Save the full picture as a file of its own; develop a raw file first."
        )


def _holds_sensor(path: Path, head: bytes) -> bool:
    """Return whether a TIFF holds a sensor's values in one of its directories."""
    # Slow to import.
    from PIL.TiffImagePlugin import ImageFileDirectory_v2  # noqa: PLC0415

    try:
        first = ImageFileDirectory_v2(head)
        with path.open("rb") as file:
            file.seek(first.next)
            first.load(file)
            places = first.get(_SUB_DIRECTORIES, ())
            directories = [first]
            for place in places if isinstance(places, tuple) else (places,):
                file.seek(int(place))
                directories.append(ImageFileDirectory_v2(head))
                directories[-1].load(file)
    except DAMAGE:
        return False  # A damaged TIFF gets a better reason from its decoder.
    return _DNG_VERSION in first or any(
        held.get(_PHOTOMETRIC) in _SENSOR_PHOTOMETRICS for held in directories
    )
