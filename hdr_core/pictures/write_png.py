"""Write a result as a 16-bit PNG: PQ, BT.2020, full range, with its light level.

The chunk cICP says how the codes are meant, and cLLI how bright the picture gets.

Source: W3C, Portable Network Graphics (PNG) Specification, third edition, 11.3.2.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from hdr_core.errors import OutputError
from hdr_core.headers.text import error_line
from hdr_core.io.atomic import advice, whole_file
from hdr_core.io.metadata import put_metadata
from hdr_core.pictures.display_light import LightLevel, LightOptions, pq_codes
from hdr_core.plate import Plate

# BT.2020, PQ, R'G'B', full range, by ITU-T H.273.
CICP = (9, 16, 0, 1)
_MAX_CODE = 65535
# zlib's fast levels make such pictures hardly larger.
_LEVEL = 3
_HEAD_BYTES = 8 + 25
_NITS_SCALE = 10000


def write_pq_png(
    path: Path,
    hdr: Plate,
    *,
    light: LightOptions = LightOptions(),  # noqa: B008 - frozen
    overwrite: bool = False,
) -> LightLevel:
    """Write a result as a picture for HDR displays.

    Args:
        path: Path of the file, which ends in .png.
        hdr: The result, in a space of ``INTEROP_IDS``. Alpha is left out.
        light: Reference white and peak.
        overwrite: Replace an existing file.

    Returns:
        MaxCLL and MaxFALL, and how many values were clipped at the peak.

    Raises:
        OutputError: The file exists, cannot be written, or reads back damaged.
        OptionError: The space of ``hdr`` has no known primaries.
        PlateError: ``hdr`` has NaN or infinite values.
    """
    if path.suffix.lower() != ".png":
        raise OutputError(f"{path}: this picture is a PNG. End the name in .png.")
    codes, level = pq_codes(hdr, light, _MAX_CODE)
    spec = oiio.ImageSpec(hdr.width, hdr.height, 3, "uint16")
    spec.attribute("CICP", oiio.TypeDesc("int[4]"), CICP)
    spec.attribute("oiio:ColorSpace", "pq_rec2020_display")
    spec.attribute("png:compressionLevel", _LEVEL)
    put_metadata(spec, hdr.metadata)
    image = oiio.ImageBuf(spec)
    image.set_pixels(image.roi, codes)
    with whole_file(path, overwrite=overwrite) as hidden:
        # The PNG writer succeeds on a full disk, and leaves only a message.
        if not image.write(str(hidden)) or image.has_error:
            reason = error_line(image) or "no reason given"
            raise OutputError(f"{path}: cannot be written ({reason}). {advice(hidden)}")
        _put_level(hidden, level)
        found = oiio.ImageBuf(str(hidden))
        held = found.get_pixels(oiio.UINT16) if found.initialized else None
        cicp = found.spec().get("CICP")
        if held is None or not np.array_equal(held, codes) or tuple(cicp or ()) != CICP:
            raise OutputError(f"{path}: reads back with other values. Not kept.")
    return level


def _put_level(path: Path, level: LightLevel) -> None:
    """Insert cLLI behind the head of a PNG."""
    data = path.read_bytes()
    numbers = (round(nits * _NITS_SCALE) for nits in level[:2])
    body = b"cLLI" + struct.pack(">II", *numbers)
    chunk = struct.pack(">I", 8) + body + struct.pack(">I", zlib.crc32(body))
    path.write_bytes(data[:_HEAD_BYTES] + chunk + data[_HEAD_BYTES:])
