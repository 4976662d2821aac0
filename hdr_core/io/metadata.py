"""Metadata that a result keeps from its plate: time code, frame rate, camera.

GPS positions, serial numbers and thumbnails are left out on purpose.
"""

import math
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
# OpenEXR refuses other pixel aspects.
_ASPECTS = (1e-6, 1e6)
_RATE, _TIME_CODE, _ASPECT = "FramesPerSecond", "smpte:TimeCode", "PixelAspectRatio"


def take_metadata(spec: oiio.ImageSpec) -> Metadata:
    """Return the metadata that a plate keeps of its header.

    A frame rate is a text such as "24000/1001". A time code is the two 32-bit words of
    SMPTE 12M in hexadecimal, "01020304 00000000" for 01:02:03:04. Values that are
    unknown by the header or cannot be true (0/0, 1/0, aspect 0) are left out.

    Args:
        spec: Header of the plate file.
    """
    found = {name: spec.get(name) for name in _PLAIN + _PANORAMA}
    kept: Metadata = {name: held for name, held in found.items() if _is_known(held)}
    if (rate := spec.get(_RATE)) is not None and min(rate) > 0:
        kept[_RATE] = f"{rate[0]}/{rate[1]}"
    if (code := spec.get(_TIME_CODE)) is not None and _is_time(code[0]):
        kept[_TIME_CODE] = f"{code[0]:08x} {code[1]:08x}"
    aspect = spec.get_float_attribute(_ASPECT, 1.0)
    if aspect != 1.0 and _ASPECTS[0] <= aspect <= _ASPECTS[1]:
        kept[_ASPECT] = aspect
    return kept


def _is_known(value: object) -> bool:
    """Return whether a header gives a value: Exif writes 0/0 or 0 if unknown."""
    if isinstance(value, str):
        return True
    return isinstance(value, int | float) and math.isfinite(value) and value > 0


def _is_time(word: int) -> bool:
    """Return whether the time word of SMPTE 12M holds a time of the day.

    DPX writes all bits as 1 for an unknown time.
    """
    frames, seconds, minutes, hours = (
        (word >> shift & 15) + 10 * (word >> shift + 4 & tens)
        for shift, tens in ((0, 3), (8, 7), (16, 7), (24, 3))
    )
    units = [word >> shift & 15 for shift in (0, 8, 16, 24)]
    return (
        max(units) <= 9 and frames < 40 and seconds < 60 and minutes < 60 and hours < 24
    )


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
