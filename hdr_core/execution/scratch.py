"""Room for whole plates: in memory up to a limit, beyond it in files without a name.

A plate of 16384x8192 pixels is 1.5 GiB in float32, and a conversion holds seven arrays
of its size. What does not fit lies in a temporary file that is mapped into memory;
after every few megabytes the mapping is let go of, so that only the pages in use count.
The files have no name: nothing of them is left, however the process ends.
"""

import mmap
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hdr_core.errors import OutputError
from hdr_core.options import MOST_GIB

Array = NDArray[Any]

# What torch, the networks, a tile and the pages in use need besides whole plates: 0.8
# GiB for a tiny plate, measured, and a tile of 1024 pixels; the rest is fragments.
OVERHEAD_GIB = 1.5
# What each further tile takes that is worked on at the same time: 0.33 to 0.37 GiB,
# measured; and the share of what is left that such tiles may take.
TILE_GIB, TILES_SHARE = 0.375, 0.75
# Share of what is left that whole plates may take: their bands, codes and mapped pages
# follow. With 0.8, a plate of 16384x8192 took 4.0 to 4.6 of 4 GiB.
PLATE_SHARE = 0.5
LEAST_GIB = 1.0
# Bytes of mapped arrays in use before the pages are let go of.
PAGES_BYTES = 2**27
# What one page that is looked at brings with it (Linux maps what is around it).
AROUND_BYTES = 2**16
BAND_PIXELS = 2**19


class Scratch:
    """Where the arrays of one plate lie.

    Args:
        memory_gib: Most memory of the process; None: a quarter of what is free, but 4
            GiB at most.
        n_at_once: Plates that share it.
        tiles_at_once: Tiles that are worked on side by side (``tiles_within``).
    """

    def __init__(
        self,
        memory_gib: float | None = None,
        *,
        n_at_once: int = 1,
        tiles_at_once: int = 1,
    ) -> None:
        left_gib = _left_gib(memory_gib) - TILE_GIB * (tiles_at_once - 1)
        room_gib = max(0.0, left_gib) * PLATE_SHARE / n_at_once
        self._left = int(room_gib * 2**30)
        self._maps: list[mmap.mmap] = []
        self._touched = 0

    def fits(self, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> bool:
        """Return whether an array fits into what is left of the memory."""
        return _n_bytes(shape, dtype) <= self._left

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> Array:
        """Return an array of zeros, in memory or on disk.

        Raises:
            OutputError: There is no room on disk.
        """
        if self.fits(shape, dtype):
            self._left -= _n_bytes(shape, dtype)
            return np.zeros(shape, dtype)
        array = self._mapped(_n_bytes(shape, dtype)).view(dtype)
        spooled = array.reshape(shape).view(Spooled)
        spooled.scratch = self
        return spooled

    def _mapped(self, n_bytes: int) -> NDArray[np.uint8]:
        folder = scratch_folder()
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                # Room is taken now: a full disk found later would be a bus error.
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, n_bytes)
                else:
                    file.truncate(n_bytes)
                held = mmap.mmap(file.fileno(), n_bytes)
        except OSError as error:
            raise OutputError(
                f"{folder}: no room for {n_bytes / 2**30:.1f} GiB of scratch "
                f"({error.strerror}). Set TMPDIR to a larger disk, or raise --memory."
            ) from error
        self._maps.append(held)
        return np.frombuffer(held, np.uint8)

    def touch(self, n_bytes: int) -> None:
        """Take note that so much of a mapped array is used; let go of what was."""
        self._touched += n_bytes
        if self._touched > PAGES_BYTES and hasattr(mmap, "MADV_DONTNEED"):
            self._touched = 0
            for held in self._maps:
                held.madvise(mmap.MADV_DONTNEED)


class Spooled(np.ndarray[Any, np.dtype[Any]]):
    """A mapped array; what is taken of it is a plain array.

    Go through it by tiles or ``bands``: what looks at all of it at once has all of it
    in memory.
    """

    scratch: Scratch | None = None

    def __array_finalize__(self, parent: Array | None) -> None:
        """Stay with the scratch of the array that this is a view of."""
        self.scratch = getattr(parent, "scratch", None)

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401
        """Return a plain view or copy."""
        found = super().__getitem__(key)
        if not isinstance(found, np.ndarray):
            return found
        if self.scratch is not None:
            self.scratch.touch(_mapped_bytes(found))
        return found.view(np.ndarray)

    def __setitem__(self, key: Any, value: Any) -> None:  # noqa: ANN401
        """Write a part."""
        super().__setitem__(key, value)
        if self.scratch is not None:
            self.scratch.touch(_mapped_bytes(np.asarray(super().__getitem__(key))))


def tiles_within(memory_gib: float | None) -> int:
    """Return how many tiles may be worked on side by side, at least 1.

    Args:
        memory_gib: As of ``Scratch``.
    """
    return 1 + int(TILES_SHARE * max(0.0, _left_gib(memory_gib)) / TILE_GIB)


def _left_gib(memory_gib: float | None) -> float:
    """Return what is left for plates and further tiles; below 0: less than needed."""
    limit = default_memory_gib() if memory_gib is None else memory_gib
    return limit - OVERHEAD_GIB


def bands(image: Array) -> Iterator[slice]:
    """Yield slices of rows of ``image``: fast at once, and small in memory."""
    height, width = image.shape[:2]
    n_rows = max(1, BAND_PIXELS // max(1, width))
    for top in range(0, height, n_rows):
        yield slice(top, min(top + n_rows, height))


def extent(image: Array) -> tuple[float, float]:
    """Return the least and the largest value, band by band; NaN if there is one."""
    ends = np.array([(image[b].min(), image[b].max()) for b in bands(image)])
    return float(ends[:, 0].min()), float(ends[:, 1].max())


def default_memory_gib() -> float:
    """Return a quarter of the memory that is free, within 1 and 4 GiB."""
    return min(max(_free_gib() / 4, LEAST_GIB), MOST_GIB)


def _free_gib() -> float:
    try:
        told = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:  # not Linux
        return 2 * MOST_GIB
    found = [line.split() for line in told.splitlines()]
    free = {words[0]: int(words[1]) for words in found if len(words) > 1}
    return free.get("MemAvailable:", 0) / 2**20


def _mapped_bytes(part: Array) -> int:
    """Return the bytes of a mapped array that are mapped when a part is looked at.

    Rows of a tile lie apart: each brings what is around it.
    """
    run = part.itemsize
    for n, stride in zip(part.shape[::-1], part.strides[::-1], strict=True):
        if stride != run:
            return part.nbytes // run * min(stride, run + AROUND_BYTES)
        run *= n
    return run


def scratch_folder() -> Path:
    """Return where scratch files lie: $TMPDIR, else a folder that is no memory."""
    on_disk = Path("/var/tmp")
    if "TMPDIR" not in os.environ and on_disk.is_dir():
        return on_disk
    return Path(tempfile.gettempdir())


def _n_bytes(shape: tuple[int, ...], dtype: DTypeLike) -> int:
    return int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
