"""Exif that lies outside of the formats that OpenImageIO reads: by its names."""

import math
from numbers import Rational

import OpenImageIO as oiio

from hdr_core.headers.damage import DAMAGE

_EXIF_IFD, _INTEROP_IFD, _INTEROP_INDEX = 0x8769, 0xA005, 1
# OpenImageIO's names, by the numbers of tags.
_MAIN = {
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x013B: "Artist",
    0x8298: "Copyright",
}
_CAMERA = {
    0x829A: "ExposureTime",
    0x829D: "FNumber",
    0x8827: "Exif:PhotographicSensitivity",
    0x9003: "Exif:DateTimeOriginal",
    0x920A: "Exif:FocalLength",
    0xA001: "Exif:ColorSpace",
    0xA434: "Exif:LensModel",
}
INTEROP_INDEX = "Exif:InteroperabilityIndex"


def put_exif(spec: oiio.ImageSpec, data: bytes) -> None:
    """Write the camera's part of Exif into a header.

    Args:
        spec: Header of a picture, which is changed.
        data: Exif from its TIFF header on.
    """
    for name, value in read_exif(data).items():
        spec.attribute(name, value)


def read_exif(data: bytes) -> dict[str, str | int | float]:
    """Return the camera's part of Exif; damaged Exif says nothing.

    Args:
        data: Exif from its TIFF header on.

    Returns:
        Values by OpenImageIO's names. Unknown kinds and 0/0 are left out.
    """
    from PIL import Image  # noqa: PLC0415 - slow to import

    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + data.removeprefix(b"Exif\0\0"))
        camera = exif.get_ifd(_EXIF_IFD)
        index = exif.get_ifd(_INTEROP_IFD).get(_INTEROP_INDEX)
        found = {name: exif.get(tag) for tag, name in _MAIN.items()}
    except DAMAGE:
        return {}
    found |= {name: camera.get(tag) for tag, name in _CAMERA.items()}
    values = {name: _plain(held) for name, held in found.items()}
    values[INTEROP_INDEX] = _plain(index)
    return {name: value for name, value in values.items() if value is not None}


def _plain(value: object) -> str | int | float | None:
    """Return one value; None for unknown kinds and 0/0."""
    if isinstance(value, tuple) and value:
        value = value[0]
    if isinstance(value, str):
        return value.strip("\0 ").encode("utf-8", "replace").decode()
    if isinstance(value, int):
        return value
    if isinstance(value, float | Rational) and math.isfinite(float(value)):
        return float(value)
    return None
