"""A checkpoint of TensorFlow (version 2 of its format), read without TensorFlow.

    PREFIX.index                  a table (sstable.py): variable -> where it lies
    PREFIX.data-00000-of-00001    the numbers themselves, one variable after another

Nothing in it is code, and nothing is run. The table's values are protocol buffers,
whose fields bear numbers: 1 of a BundleHeader is the number of data files, 2 says
big endian; a BundleEntry has 1 kind, 2 shape, 3 data file, 4 offset, 5 size,
6 checksum, 7 slices.

Source: TensorFlow, tensor_bundle.proto and tensor_shape.proto.
Differs: variables of float32 alone are read, whole ones.
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
# Sizes of fields of a fixed size, by the three bits that tell a field's wire type.
FIXED = {1: "<Q", 5: "<I"}

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Variable:
    """Where a variable lies.

    Attributes:
        kind: TensorFlow's number of its type; 1: float32.
        shape: Its shape.
        shard: Number of its data file.
        offset: First byte in it.
        size: Bytes.
        checksum: CRC-32C of the bytes.
        is_sliced: It lies elsewhere, in pieces.
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
    """What a checkpoint holds.

    Attributes:
        prefix: Path of its files, without what follows the common name.
        n_shards: Number of its data files.
        variables: Its variables by name.
    """

    prefix: Path
    n_shards: int
    variables: Mapping[str, Variable]

    def read(self, name: str) -> Array:
        """Return a variable's numbers.

        Raises:
            WeightsError: It is not float32, or its bytes are missing or changed.
        """
        variable = self.variables[name]
        if variable.kind != FLOAT32 or variable.is_sliced:
            raise WeightsError(f"{self.prefix}: {name} is not a float32 in one piece.")
        count = f"{variable.shard:05d}-of-{self.n_shards:05d}"
        path = self.prefix.with_name(f"{self.prefix.name}.data-{count}")
        if variable.size != 4 * math.prod(variable.shape):
            raise WeightsError(f"{path}: {name} has not the size of its shape.")
        data = _read_part(path, variable, name)
        if crc32c(data) != variable.checksum:
            raise WeightsError(
                f"{path}: damaged, {name} does not match its checksum. Fetch it again."
            )
        return np.frombuffer(data, "<f4").reshape(variable.shape).astype(np.float32)


def _read_part(path: Path, variable: Variable, name: str) -> bytes:
    """Return a variable's bytes, all of them."""
    try:
        with path.open("rb") as file:
            if variable.offset + variable.size <= path.stat().st_size:
                file.seek(variable.offset)
                return file.read(variable.size)
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(f"{path}: cannot be read ({reason}).") from error
    raise WeightsError(f"{path}: cut short, {name} is not all there. Fetch it again.")


def open_checkpoint(path: Path) -> Checkpoint:
    """Return what a checkpoint holds; its numbers are read later.

    Args:
        path: The files' common name, such as ``model.ckpt``, or their index.

    Raises:
        WeightsError: No such checkpoint, or a damaged one.
    """
    prefix = path.with_suffix("") if path.suffix == INDEX else path
    index = prefix.with_name(prefix.name + INDEX)
    try:
        data = index.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(
            f"{index}: cannot be read ({reason}). Name a checkpoint of TensorFlow as "
            f"far as {INDEX}."
        ) from error
    try:
        n_shards, variables = _read_index(data)
    except (DamageError, UnicodeDecodeError, struct.error) as error:
        raise WeightsError(
            f"{index}: damaged or no checkpoint of TensorFlow ({error})."
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
    """Return what a BundleEntry says."""
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
    """Return the numbers of a protocol buffer, and its texts, by their fields."""
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
