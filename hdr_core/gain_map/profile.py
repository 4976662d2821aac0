"""ICC profiles of three primaries and the curve of sRGB.

Source: ICC.1:2022, clauses 7 (layout), 8.3 (display profiles of three components).
"""

import struct

from hdr_core.primaries import (
    D65,
    LABELS,
    Chromaticities,
    adapt,
    find_name,
    to_xyz_d65,
)

_D50 = (0.34570, 0.35854)
# The curve of sRGB as ICC's parametric function 3: gamma, a, b, c, d.
_SRGB = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def make_profile(primaries: Chromaticities) -> bytes:
    """Return the profile of a set of primaries with the curve of sRGB.

    Args:
        primaries: x and y of red, green, blue and white.
    """
    name = find_name(primaries)
    label = LABELS[name] if name else "own primaries"
    rows = adapt(to_xyz_d65(primaries), D65, _D50)
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*_SRGB)
    tags = {
        b"desc": _text(f"{label}, sRGB curve"),
        b"cprt": _text("No copyright"),
        b"wtpt": b"XYZ " + bytes(4) + _fixed(0.9642, 1.0, 0.8249),
        b"rXYZ": b"XYZ " + bytes(4) + _fixed(*rows[0]),
        b"gXYZ": b"XYZ " + bytes(4) + _fixed(*rows[1]),
        b"bXYZ": b"XYZ " + bytes(4) + _fixed(*rows[2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    place = 128 + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for tag, body in tags.items():
        table += tag + struct.pack(">II", place + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    return _head(place + len(bodies)) + table + bodies


def _head(n_bytes: int) -> bytes:
    """Return the 128 bytes before the tags, without time and maker."""
    head = struct.pack(">I4xI4s4s4s", n_bytes, 0x04400000, b"mntr", b"RGB ", b"XYZ ")
    date = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    head += date + b"acsp" + bytes(28) + _fixed(0.9642, 1.0, 0.8249)
    return head + bytes(128 - len(head))


def _fixed(*values: float) -> bytes:
    """Return numbers as signed 15.16."""
    return struct.pack(f">{len(values)}i", *(round(v * 65536) for v in values))


def _text(text: str) -> bytes:
    """Return a text in one language."""
    data = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xII4sII", 1, 12, b"enUS", len(data), 28) + data
