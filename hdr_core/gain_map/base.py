"""The base of a gain map that is written: the plate as a JPEG, and its light."""

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hdr_core.gain_map.profile import make_profile
from hdr_core.plate import PRIMARIES as NUMBERS
from hdr_core.plate import TAG, Pixels, Plate
from hdr_core.primaries import PRIMARIES, Chromaticities

BASE_QUALITY = 95
_EXIF_IFD = 0x8769
_MAIN = {
    "ImageDescription": 0x010E,
    "Make": 0x010F,
    "Model": 0x0110,
    "Artist": 0x013B,
    "Copyright": 0x8298,
}
_CAMERA = {
    "ExposureTime": 0x829A,
    "FNumber": 0x829D,
    "Exif:PhotographicSensitivity": 0x8827,
    "Exif:DateTimeOriginal": 0x9003,
    "Exif:FocalLength": 0x920A,
    "Exif:LensModel": 0xA434,
}


def primaries_of(plate: Plate) -> Chromaticities:
    """Return the primaries that a plate's file names; Rec.709 if it names none."""
    if text := str(plate.metadata.get(NUMBERS, "")):
        return tuple(float(number) for number in text.split())
    parts = str(plate.metadata.get(TAG, "")).split("_")
    return PRIMARIES.get(parts[1] if len(parts) == 3 else "", PRIMARIES["rec709"])


def base_light(encoded: Pixels, plate: Plate) -> Pixels:
    """Return the light of encoded values as a viewer decodes them, 1 = white.

    It is the curve of sRGB, or 2.2 for Adobe RGB.

    Args:
        encoded: Values in [0, 1].
        plate: The plate that they are part of.
    """
    if str(plate.metadata.get(TAG, "")).startswith("g22_"):
        return np.asarray(encoded ** np.float32(2.2), np.float32)
    power = ((encoded + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(encoded <= 0.04045, encoded / np.float32(12.92), power)


def _as_srgb(encoded: Pixels, plate: Plate) -> Pixels:
    """Return encoded values with the curve of sRGB, in [0, 1]."""
    light = np.clip(base_light(np.clip(encoded, 0.0, 1.0), plate), 0.0, 1.0)
    power = np.float32(1.055) * light ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(light <= 0.0031308, light * np.float32(12.92), power)


def make_base(plate: Plate, *, quality: int = BASE_QUALITY) -> bytes:
    """Return a plate of another format as an 8-bit JPEG with its primaries and time.

    Args:
        plate: An encoded plate. Alpha is left out.
        quality: Quality of the JPEG, 1 to 100. Chroma is not reduced.
    """
    from PIL import Image  # noqa: PLC0415 - slow to import

    encoded = plate.visible()
    if str(plate.metadata.get(TAG, "")).startswith("g22_"):
        encoded = _as_srgb(encoded, plate)
    codes: NDArray[np.uint8] = np.rint(np.clip(encoded, 0, 1) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(codes).save(
        buffer,
        "JPEG",
        quality=quality,
        subsampling=0,
        icc_profile=make_profile(primaries_of(plate)),
        exif=make_exif(plate.metadata),
    )
    return buffer.getvalue()


def make_exif(metadata: Mapping[str, object]) -> bytes:
    """Return Exif of what a plate keeps of its header, such as camera and time.

    Args:
        metadata: Metadata by OpenImageIO's names.

    Returns:
        Bytes with their name in front; b"" if nothing is known.
    """
    from PIL import Image  # noqa: PLC0415 - slow to import

    exif = Image.Exif()
    for name, tag in _MAIN.items():
        if name in metadata:
            exif[tag] = metadata[name]
    camera = {tag: metadata[name] for name, tag in _CAMERA.items() if name in metadata}
    if camera:
        exif.get_ifd(_EXIF_IFD).update(camera)
    return exif.tobytes() if len(exif) or camera else b""
