"""A checkpoint of TensorFlow's own, one written here, and an EMoR file."""

import shutil
import struct
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest

from hdr_core.interop.crc32c import crc32c
from hdr_core.interop.sstable import MAGIC, MASK_DELTA

TINY = Path(__file__).parent / "tiny"


@pytest.fixture
def a_tiny_checkpoint(tmp_path):
    """A copy of what TensorFlow wrote; tiny/README.md says of what."""
    shutil.copytree(TINY, tmp_path / "tiny")
    return tmp_path / "tiny" / "model.ckpt"


@pytest.fixture
def a_basis_file(tmp_path):
    """Mean x^2 and 25 components of 1024 numbers, laid out as invemor.txt is."""
    x = np.linspace(0.0, 1.0, 1024)
    curves = {"B = ": x, "g0 = ": x**2}
    curves |= {f"hinv({k})=": np.sin(np.pi * k * x) * 0.04 for k in range(1, 26)}
    path = tmp_path / "invemor.txt"
    lines = []
    for name, curve in curves.items():
        lines.append(name)
        rows = curve.reshape(-1, 4)
        lines += ["   ".join(f"{number:.6e}" for number in row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def masked(data):
    checksum = crc32c(data)
    turned = (checksum >> 15 | checksum << 17) & 0xFFFFFFFF
    return struct.pack("<I", (turned + MASK_DELTA) & 0xFFFFFFFF)


def varint(value):
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def field(number, value):
    """A field of a protocol buffer: a number or bytes."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def block(pairs, compression=0):
    """Entries that share what their keys have in common, and one restart."""
    found, before = b"", b""
    for key, value in pairs:
        same = takewhile(lambda it: it[0] == it[1], zip(before, key, strict=False))
        shared = len(list(same))
        found += varint(shared) + varint(len(key) - shared) + varint(len(value))
        found += key[shared:] + value
        before = key
    found += struct.pack("<II", 0, 1) + bytes([compression])
    return found + masked(found)


def table(pairs, *, block_size=3, compression=0):
    """A LevelDB table of blocks of a few entries."""
    found, index = b"", []
    entries = sorted(pairs.items())
    for first in range(0, len(entries), block_size):
        some = entries[first : first + block_size]
        made = block(some, compression)
        index.append((some[-1][0], varint(len(found)) + varint(len(made) - 5)))
        found += made
    handles = b""
    for made in (block([]), block(index)):
        handles += varint(len(found)) + varint(len(made) - 5)
        found += made
    return found + handles.ljust(40, b"\0") + MAGIC


def entry(array, offset, kind=1):
    """A BundleEntry."""
    data = array.tobytes()
    shape = b"".join(field(2, field(1, size)) for size in array.shape)
    found = field(1, kind) + field(2, shape) + field(4, offset) + field(5, len(data))
    return found + varint(6 << 3 | 5) + masked(data)


def write_checkpoint(prefix, arrays, *, kind=1, big_endian=0, compression=0):
    header = field(1, 1) + field(2, big_endian) + field(3, field(1, 1))
    pairs, data = {b"": header}, b""
    for name, array in arrays.items():
        pairs[name.encode()] = entry(array, len(data), kind)
        data += array.tobytes()
    prefix.parent.mkdir(parents=True, exist_ok=True)
    index = table(pairs, compression=compression)
    prefix.with_name(prefix.name + ".index").write_bytes(index)
    prefix.with_name(prefix.name + ".data-00000-of-00001").write_bytes(data)
    return prefix


@pytest.fixture
def a_checkpoint_of(tmp_path):
    """Write arrays as a checkpoint; returns its prefix."""

    def write(arrays, **options):
        return write_checkpoint(tmp_path / "written" / "model.ckpt", arrays, **options)

    return write
