"""Read a TensorFlow checkpoint (version 2 of the format) without TensorFlow.

    PREFIX.index                  a table (sstable.py): variable -> its place
    PREFIX.data-00000-of-00001    the numbers, one variable after another

The files hold no code, and nothing is executed. The values of the table are protocol
buffers with numbered fields: in a BundleHeader, 1 is the number of data files and 2
the byte order; in a BundleEntry, 1 is the type, 2 the shape, 3 the data file, 4 the
offset, 5 the size, 6 the checksum, 7 the slices.

Source: TensorFlow, tensor_bundle.proto and tensor_shape.proto.
Differs: only unsliced variables of type float32 are read.
"""

import math
import struct
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import WeightsError
from hdr_core.interop.crc32c import crc32c
from hdr_core.interop.sstable import DamageError, read_table, take, unmask, varint

INDEX = ".index"
FLOAT32 = 1
# Formats of the fields of fixed size, by wire type.
FIXED = {1: "<Q", 5: "<I"}

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Variable:
    """The place of a variable in the data files.

    Attributes:
        kind: TensorFlow's number of the type; 1 means float32.
        shape: Shape of the variable.
        shard: Number of the data file.
        offset: Offset of the first byte in the data file.
        size: Size in bytes.
        checksum: CRC-32C of the bytes.
        is_sliced: Whether the variable is stored in pieces elsewhere.
    """

    kind: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    is_sliced: bool


@dataclass(frozen=True)
class Checkpoint:
    """Contents of a checkpoint.

    Attributes:
        prefix: Path of the files, up to the common part of their names.
        n_shards: Number of data files.
        variables: Variables by name.
    """

    prefix: Path
    n_shards: int
    variables: Mapping[str, Variable]

    def read(self, name: str) -> Array:
        """Return the numbers of a variable.

        Args:
            name: Name of the variable.

        Raises:
            WeightsError: The variable is not an unsliced float32, or its bytes are
                missing or damaged.
        """
        variable = self.variables[name]
        if variable.kind != FLOAT32 or variable.is_sliced:
            raise WeightsError(f"{self.prefix}: {name} is not a float32 in one piece.")
        count = f"{variable.shard:05d}-of-{self.n_shards:05d}"
        path = self.prefix.with_name(f"{self.prefix.name}.data-{count}")
        if variable.size != 4 * math.prod(variable.shape):
            raise WeightsError(
                f"{path}: damaged, the size of {name} does not match its shape. "
                "Download it again."
            )
        data = _read_part(path, variable, name)
        if crc32c(data) != variable.checksum:
            raise WeightsError(
                f"{path}: damaged, {name} does not match its checksum. Download it "
                "again."
            )
        return np.frombuffer(data, "<f4").reshape(variable.shape).astype(np.float32)


def _read_part(path: Path, variable: Variable, name: str) -> bytes:
    """Return the bytes of a variable."""
    try:
        with path.open("rb") as file:
            if variable.offset + variable.size <= path.stat().st_size:
                file.seek(variable.offset)
                return file.read(variable.size)
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(f"{path}: cannot be read ({reason}).") from error
    raise WeightsError(f"{path}: cut short, {name} is incomplete. Download it again.")


def open_checkpoint(path: Path) -> Checkpoint:
    """Return the contents of a checkpoint; the numbers are read later.

    Args:
        path: Common part of the files' names, such as ``model.ckpt``, or the path of
            the index file.

    Raises:
        WeightsError: The checkpoint is missing or damaged.
    """
    prefix = path.with_suffix("") if path.suffix == INDEX else path
    index = prefix.with_name(prefix.name + INDEX)
    try:
        data = index.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(
            f"{index}: cannot be read ({reason}). Give the path of a TensorFlow "
            f"checkpoint without {INDEX}."
        ) from error
    try:
        n_shards, variables = _read_index(data)
    except (DamageError, UnicodeDecodeError, struct.error) as error:
        raise WeightsError(
            f"{index}: damaged, or not a TensorFlow checkpoint ({error}). Download it "
            "again."
        ) from error
    return Checkpoint(prefix, n_shards, variables)


def _read_index(data: bytes) -> tuple[int, dict[str, Variable]]:
    """Return the number of data files, and the variables."""
    table = read_table(data)
    numbers, _ = _fields(table.pop(b"", b""))
    if numbers.get(2):
        raise DamageError("its numbers are big endian")
    variables = {key.decode(): _variable(value) for key, value in table.items()}
    return numbers.get(1, 1), variables


def _variable(entry: bytes) -> Variable:
    """Return the variable that a BundleEntry describes."""
    numbers, parts = _fields(entry)
    shapes = [_fields(shape)[1][2] for shape in parts[2]]
    sizes = [_fields(size)[0].get(1, 0) for shape in shapes for size in shape]
    return Variable(
        kind=numbers.get(1, 0),
        shape=tuple(sizes),
        shard=numbers.get(3, 0),
        offset=numbers.get(4, 0),
        size=numbers.get(5, 0),
        checksum=unmask(numbers.get(6, 0)),
        is_sliced=bool(parts[7]),
    )


def _fields(message: bytes) -> tuple[dict[int, int], defaultdict[int, list[bytes]]]:
    """Return the numbers and the byte strings of a protocol buffer, by field."""
    numbers: dict[int, int] = {}
    parts: defaultdict[int, list[bytes]] = defaultdict(list)
    at = 0
    while at < len(message):
        tag, at = varint(message, at)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            numbers[field], at = varint(message, at)
        elif wire == 2:
            size, at = varint(message, at)
            parts[field].append(take(message, at, size))
            at += size
        elif wire in FIXED:
            size = struct.calcsize(FIXED[wire])
            (numbers[field],) = struct.unpack(FIXED[wire], take(message, at, size))
            at += size
        else:
            raise DamageError(f"a field of unknown type {wire}")
    return numbers, parts
