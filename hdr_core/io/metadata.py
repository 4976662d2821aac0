"""Metadata that a result keeps from its plate: time code, frame rate, camera.

GPS positions, serial numbers and thumbnails are left out on purpose.
"""

from collections.abc import Mapping

import OpenImageIO as oiio

Metadata = dict[str, str | int | float]

_PLAIN = (
    "Artist",
    "Copyright",
    "ExposureTime",
    "FNumber",
    "ImageDescription",
    "Make",
    "Model",
    "Exif:DateTimeOriginal",
    "Exif:FocalLength",
    "Exif:LensModel",
    "Exif:PhotographicSensitivity",
)
# Read to detect panoramas, but not written: viewers would open a result as a photograph
# of 360 degrees.
_PANORAMA = (
    "GPano:ProjectionType",
    "GPano:FullPanoWidthPixels",
    "GPano:CroppedAreaImageWidthPixels",
)
_RATE, _TIME_CODE, _ASPECT = "FramesPerSecond", "smpte:TimeCode", "PixelAspectRatio"


def take_metadata(spec: oiio.ImageSpec) -> Metadata:
    """Return the metadata that a plate keeps of its header.

    A frame rate is a text such as "24000/1001". A time code is the two 32-bit words of
    SMPTE 12M in hexadecimal, "01020304 00000000" for 01:02:03:04.

    Args:
        spec: Header of the plate file.
    """
    found = {name: spec.get(name) for name in _PLAIN + _PANORAMA}
    kept: Metadata = {
        name: value
        for name, value in found.items()
        if isinstance(value, str | int | float)
    }
    if (rate := spec.get(_RATE)) is not None:
        kept[_RATE] = f"{rate[0]}/{rate[1]}"
    if (code := spec.get(_TIME_CODE)) is not None:
        kept[_TIME_CODE] = f"{code[0]:08x} {code[1]:08x}"
    if (aspect := spec.get_float_attribute(_ASPECT, 1.0)) != 1.0:
        kept[_ASPECT] = aspect
    return kept


def put_metadata(spec: oiio.ImageSpec, metadata: Mapping[str, object]) -> None:
    """Write the camera's part of ``metadata`` into a header.

    Args:
        spec: Header of the result, which is changed.
        metadata: As ``take_metadata`` returns it.
    """
    for name in _PLAIN:
        if name in metadata:
            spec.attribute(name, metadata[name])


def put_timing(spec: oiio.ImageSpec, metadata: Mapping[str, object]) -> None:
    """Write frame rate, time code and pixel aspect, equal in all parts of an EXR.

    Args:
        spec: Header of one part, which is changed.
        metadata: As ``take_metadata`` returns it.
    """
    if _RATE in metadata:
        rate = tuple(int(number) for number in str(metadata[_RATE]).split("/"))
        spec.attribute("framesPerSecond", oiio.TypeRational, rate)
    if _TIME_CODE in metadata:
        code = tuple(int(word, 16) for word in str(metadata[_TIME_CODE]).split())
        spec.attribute(_TIME_CODE, oiio.TypeTimeCode, code)
    if _ASPECT in metadata:
        spec.attribute(_ASPECT, metadata[_ASPECT])
