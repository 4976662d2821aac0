"""What rides from a plate's header into the result's: time code, rate, camera.

Places (GPS), serial numbers and thumbnails stay behind on purpose.
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
# Asked for while reading; a result is no photograph that a viewer should open in 360.
_PANORAMA = (
    "GPano:ProjectionType",
    "GPano:FullPanoWidthPixels",
    "GPano:CroppedAreaImageWidthPixels",
)
_RATE, _TIME_CODE, _ASPECT = "FramesPerSecond", "smpte:TimeCode", "PixelAspectRatio"


def take_metadata(spec: oiio.ImageSpec) -> Metadata:
    """Return what is carried of a header.

    A frame rate is text, "24000/1001"; a time code the two 32-bit words of SMPTE
    12M in hexadecimal, "01020304 00000000" for 01:02:03:04.
    """
    found = {name: spec.get(name) for name in _PLAIN + _PANORAMA}
    carried: Metadata = {
        name: value
        for name, value in found.items()
        if isinstance(value, str | int | float)
    }
    if (rate := spec.get(_RATE)) is not None:
        carried[_RATE] = f"{rate[0]}/{rate[1]}"
    if (code := spec.get(_TIME_CODE)) is not None:
        carried[_TIME_CODE] = f"{code[0]:08x} {code[1]:08x}"
    if (aspect := spec.get_float_attribute(_ASPECT, 1.0)) != 1.0:
        carried[_ASPECT] = aspect
    return carried


def put_metadata(spec: oiio.ImageSpec, metadata: Mapping[str, object]) -> None:
    """Write the camera's part of ``metadata`` into a header."""
    for name in _PLAIN:
        if name in metadata:
            spec.attribute(name, metadata[name])


def put_timing(spec: oiio.ImageSpec, metadata: Mapping[str, object]) -> None:
    """Write what all parts of an EXR must agree on: rate, time code, aspect."""
    if _RATE in metadata:
        rate = tuple(int(number) for number in str(metadata[_RATE]).split("/"))
        spec.attribute("framesPerSecond", oiio.TypeRational, rate)
    if _TIME_CODE in metadata:
        code = tuple(int(word, 16) for word in str(metadata[_TIME_CODE]).split())
        spec.attribute(_TIME_CODE, oiio.TypeTimeCode, code)
    if _ASPECT in metadata:
        spec.attribute(_ASPECT, metadata[_ASPECT])
