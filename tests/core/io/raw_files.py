"""Tiny raw files: a DNG of a color filter array, as Adobe's specification has it."""

import struct
from pathlib import Path

import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL, SRATIONAL = 1, 2, 3, 4, 5, 10
_LETTERS = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "I", SRATIONAL: "i"}
_PAIRS = (RATIONAL, SRATIONAL)
_STRIP_PLACE, _CFA, _D65 = 273, 32803, 21
# A camera's matrix from XYZ: cameras that exist have such numbers.
TO_CAMERA = ((0.9, -0.3, -0.1), (-0.4, 1.2, 0.2), (-0.05, 0.15, 0.6))


def mosaic_of(light, neutral, *, black, white):
    """Return the codes of a sensor, RGGB, for light (H, W, 3), 1 = clip of green."""
    values = np.clip(light * np.asarray(neutral), 0.0, 1.0)
    sites = np.empty(light.shape[:2])
    for row, column, color in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        sites[row::2, column::2] = values[row::2, column::2, color]
    return np.rint(black + sites * (white - black)).astype(np.uint16)


def write_dng(
    path, codes, *, black, white, neutral, orientation=1, to_camera=TO_CAMERA
):
    """Write codes (H, W) of an RGGB sensor as a DNG; return its path."""
    height, width = codes.shape
    tags = [
        (254, LONG, [0]),
        (256, LONG, [width]),
        (257, LONG, [height]),
        (258, SHORT, [16]),
        (259, SHORT, [1]),
        (262, SHORT, [_CFA]),
        (271, ASCII, b"Maker\0"),
        (272, ASCII, b"Model 1\0"),
        (_STRIP_PLACE, LONG, [0]),
        (274, SHORT, [orientation]),
        (277, SHORT, [1]),
        (278, LONG, [height]),
        (279, LONG, [codes.nbytes]),
        (284, SHORT, [1]),
        (33421, SHORT, [2, 2]),
        (33422, BYTE, [0, 1, 1, 2]),
        (50706, BYTE, [1, 4, 0, 0]),
        (50708, ASCII, b"Maker Model 1\0"),
        (50714, SHORT, [black]),
        (50717, SHORT, [white]),
        (50721, SRATIONAL, _fractions(np.ravel(to_camera))),
        (50728, RATIONAL, _fractions(neutral)),
        (50778, SHORT, [_D65]),
    ]
    bodies = [(tag, kind, *_packed(kind, values)) for tag, kind, values in tags]
    place = 8 + 2 + 12 * len(tags) + 4
    start = place + sum(len(body) for *_, body in bodies if len(body) > 4)
    table, data = b"", b""
    for tag, kind, count, body in bodies:
        held = struct.pack("<I", start) if tag == _STRIP_PLACE else body
        if len(held) > 4:
            held, data = struct.pack("<I", place + len(data)), data + held
        table += struct.pack("<HHI", tag, kind, count) + held.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<IH", 8, len(tags))
    path.write_bytes(head + table + bytes(4) + data + codes.astype("<u2").tobytes())
    return Path(path)


def _packed(kind, values):
    """Return the count and the bytes of a tag's values, of even length."""
    if kind == ASCII:
        return len(values), values + bytes(len(values) % 2)
    body = struct.pack(f"<{len(values)}{_LETTERS[kind]}", *values)
    return len(values) // (2 if kind in _PAIRS else 1), body + bytes(len(body) % 2)


def _fractions(values):
    return [part for value in values for part in (round(value * 10000), 10000)]
