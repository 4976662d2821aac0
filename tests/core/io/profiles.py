"""Small ICC profiles, made of a matrix and curves."""

import struct

import numpy as np

from hdr_core.primaries import adapt

D50 = (0.34570, 0.35854)


def icc(name, primaries, *, gamma=2.2, table=None, cicp=None):
    """Return a small profile of a matrix and curves, as ICC.1 has it."""
    pairs = np.array(primaries[:6]).reshape(3, 2)
    rows = np.column_stack([pairs, 1.0 - pairs.sum(axis=1)])
    x, y = primaries[6:]
    white = np.array([x, y, 1.0 - x - y]) / y
    rows *= np.linalg.solve(rows.T, white)[:, None]
    colorants = adapt(rows, (x, y), D50)
    text = name.encode("utf-16-be")
    curve = (
        struct.pack(">4s4xI", b"curv", len(table)) + np.array(table, ">u2").tobytes()
        if table is not None
        else struct.pack(">4s4xHxxi", b"para", 0, round(gamma * 65536))
    )
    tags = {
        b"desc": struct.pack(">4s4xIIIII", b"mluc", 1, 12, 0x656E5553, len(text), 28)
        + text,
        b"wtpt": struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061),
    }
    for letter, color in zip("rgb", colorants, strict=True):
        numbers = np.rint(color * 65536).astype(int)
        tags[f"{letter}XYZ".encode()] = struct.pack(">4s4x3i", b"XYZ ", *numbers)
        tags[f"{letter}TRC".encode()] = curve
    if cicp:
        tags[b"cicp"] = struct.pack(">4s4x4B", b"cicp", *cicp)
    place, table_, data = 128 + 4 + 12 * len(tags), b"", b""
    for tag, content in tags.items():
        body = content + bytes(-len(content) % 4)
        table_ += struct.pack(">4sII", tag, place + len(data), len(body))
        data += body
    size = place + len(data)
    head = struct.pack(
        ">I4xI4s4s4s", size, 0x04400000, b"mntr", b"RGB ", b"XYZ "
    ) + bytes(12)
    head += b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table_ + data
