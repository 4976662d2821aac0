"""Mend DPX files whose image element does not say where its pixels begin.

OpenImageIO takes an element's offset of 0 for the start of the file, and fails on an
undefined one. The generic header has the offset, too, and FFmpeg takes it from there.

Source: SMPTE 268M, file information header (bytes 4 to 7) and image element 1 (bytes
808 to 811).
"""

import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hdr_core.errors import PlateError

_ORDERS = {b"SDPX": ">", b"XPDS": "<"}
_GENERIC_PLACE, _ELEMENT_PLACE = 4, 808
_UNDEFINED = 0xFFFFFFFF
# File and image information, which every DPX has, are before any pixel.
_HEADER_BYTES = 1408


@contextmanager
def with_offset(path: Path) -> Iterator[Path]:
    """Yield a file whose element has an offset: ``path``, or a mended copy of it.

    Args:
        path: Path of a file of any format.

    Raises:
        PlateError: A DPX says nowhere where its pixels begin.
    """
    with path.open("rb") as file:
        head = file.read(_ELEMENT_PLACE + 4)
    order = _ORDERS.get(head[:4])
    if order is None or len(head) < _ELEMENT_PLACE + 4:
        yield path
        return
    generic, element = (
        struct.unpack_from(f"{order}I", head, place)[0]
        for place in (_GENERIC_PLACE, _ELEMENT_PLACE)
    )
    if _HEADER_BYTES <= element < _UNDEFINED:
        yield path
        return
    if not _HEADER_BYTES <= generic < path.stat().st_size:
        raise PlateError(
            f"{path}: a DPX that does not say where its pixels begin. Save it again."
        )
    with TemporaryDirectory() as folder:
        copy = Path(folder, "mended.dpx")
        shutil.copyfile(path, copy)
        with copy.open("r+b") as file:
            file.seek(_ELEMENT_PLACE)
            file.write(struct.pack(f"{order}I", generic))
        yield copy
