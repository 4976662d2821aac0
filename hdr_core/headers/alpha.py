"""What the fourth channel of a file is: nothing, straight or premultiplied alpha.

OpenImageIO reports straight alpha for PNG, TIFF, WebP and most TGA. The rest follows
from the formats' standards.
"""

from pathlib import Path

import OpenImageIO as oiio

from hdr_core.headers.jxl import is_alpha_associated

# TGA 2.0: the footer's size and signature, and the place of the byte that says what
# alpha is, in the extension area: 0 to 2 unused, 3 straight, 4 premultiplied.
_FOOTER_BYTES, _SIGNATURE = 26, b"TRUEVISION-XFILE.\0"
_KIND_PLACE, _STRAIGHT, _PREMULTIPLIED = 494, 3, 4
_DESCRIPTOR_PLACE, _ALPHA_BITS = 17, 15


def is_unused(path: Path, file_format: str) -> bool:
    """Return whether the fourth channel is only filling, which holds no alpha.

    So says a TGA with no alpha bits in its descriptor. (BMP has its own reader.)

    Args:
        path: Path of a readable picture with four channels.
        file_format: OpenImageIO's name of its format.
    """
    if file_format != "targa":
        return False
    descriptor, kind = _read_tga(path)
    if kind is not None:
        return kind not in {_STRAIGHT, _PREMULTIPLIED}
    return descriptor & _ALPHA_BITS == 0


def is_premultiplied(path: Path, spec: oiio.ImageSpec, file_format: str) -> bool:
    """Return whether color is multiplied by alpha in the file.

    Args:
        path: Path of a readable picture with alpha.
        spec: OpenImageIO's header, of a reader that was asked for straight alpha.
        file_format: OpenImageIO's name of the format.
    """
    if file_format == "jpegxl":
        return is_alpha_associated(path)
    if file_format == "targa":
        return _read_tga(path)[1] == _PREMULTIPLIED
    if file_format in {"bmp", "gif"}:
        return False
    return spec.get_int_attribute("oiio:UnassociatedAlpha") != 1


def _read_tga(path: Path) -> tuple[int, int | None]:
    """Return a TGA's descriptor, and what its extension area says about alpha."""
    data = path.read_bytes()
    footer = data[-_FOOTER_BYTES:]
    start = int.from_bytes(footer[:4], "little")
    if not footer.endswith(_SIGNATURE) or start == 0:
        return data[_DESCRIPTOR_PLACE], None
    place = start + _KIND_PLACE
    return data[_DESCRIPTOR_PLACE], data[place] if place < len(data) else None
