"""Whether a picture is the first of an animation, which OpenImageIO does not say.

Source: W3C, PNG, third edition, 11.3.6 (acTL); Google, WebP Container Specification
(VP8X, its animation flag).
"""

from pathlib import Path

from hdr_core.headers.png import SIGNATURE

_HEAD_BYTES = 32
_ANIMATION_FLAG, _FLAGS_PLACE = 2, 20


def is_animated(path: Path) -> bool:
    """Return whether a PNG or WebP holds an animation; False for other formats.

    Args:
        path: Path of a readable picture.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X":
            return bool(head[_FLAGS_PLACE] & _ANIMATION_FLAG)
        if not head.startswith(SIGNATURE):
            return False
        file.seek(len(SIGNATURE))
        while len(start := file.read(8)) == 8 and start[4:] not in {b"IDAT", b"IEND"}:
            if start[4:] == b"acTL":
                return True
            file.seek(int.from_bytes(start[:4], "big") + 4, 1)
    return False
