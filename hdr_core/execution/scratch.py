"""Arrays of whole plates: in memory up to a limit, beyond it in temporary files.

A plate of 16384x8192 pixels takes 1.5 GiB in float32, and a conversion holds seven
arrays of this size. Arrays that do not fit are memory-mapped temporary files. Their
pages are released after every few megabytes, so only pages in use count as memory.
The files have no name, so nothing is left on the disk, however the process ends.
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

# Memory for torch, the networks, one tile, the pages in use and fragments of the heap.
OVERHEAD_GIB = 1.5
# Memory for each further tile at the same time, and the share of the remaining memory
# that further tiles may take.
TILE_GIB, TILES_SHARE = 0.375, 0.75
# Share of the remaining memory for arrays of whole plates. The rest is for their bands,
# codes and mapped pages.
PLATE_SHARE = 0.5
LEAST_GIB = 1.0
# Bytes of mapped arrays in use before their pages are released.
PAGES_BYTES = 2**27
# Linux maps this many bytes around a page that is read.
AROUND_BYTES = 2**16
BAND_PIXELS = 2**19
CACHE_PIXELS = 2**14
"""Pixels of a band of which a few arrays of 3 channels stay in a core's own cache."""


class Scratch:
    """Allocates the arrays of one plate.

    Args:
        memory_gib: Most memory of the process, in GiB. None means a quarter of the
            free memory, from 1 to 4 GiB.
        n_at_once: Plates that share this memory.
        tiles_at_once: Tiles that run at the same time, see ``tiles_within``.
    """

    def __init__(
        self,
        memory_gib: float | None = None,
        *,
        n_at_once: int = 1,
        tiles_at_once: int = 1,
    ) -> None:
        left_gib = _left_gib(memory_gib) - TILE_GIB * (tiles_at_once - 1)
        plates_gib = max(0.0, left_gib) * PLATE_SHARE / n_at_once
        self._left = int(plates_gib * 2**30)
        self._maps: list[mmap.mmap] = []
        self._touched = 0

    def fits(self, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> bool:
        """Return whether an array fits into the remaining memory."""
        return _n_bytes(shape, dtype) <= self._left

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> Array:
        """Return an array of zeros, in memory or on disk.

        Raises:
            OutputError: There is not enough space on the disk.
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
                # Space is reserved now: a disk that fills up later is a bus error.
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, n_bytes)
                else:
                    file.truncate(n_bytes)
                held = mmap.mmap(file.fileno(), n_bytes)
        except OSError as error:
            raise OutputError(
                f"{folder}: no space for {n_bytes / 2**30:.1f} GiB of scratch files "
                f"({error.strerror}). Set TMPDIR to a larger disk, or raise --memory."
            ) from error
        self._maps.append(held)
        return np.frombuffer(held, np.uint8)

    def touch(self, n_bytes: int) -> None:
        """Count the bytes of a mapped array in use; release pages above a limit."""
        self._touched += n_bytes
        if self._touched > PAGES_BYTES and hasattr(mmap, "MADV_DONTNEED"):
            self._touched = 0
            for held in self._maps:
                held.madvise(mmap.MADV_DONTNEED)


class Spooled(np.ndarray[Any, np.dtype[Any]]):
    """A memory-mapped array; indexing it returns a plain array.

    Process it by tiles or ``bands``: an operation on all of it loads all of it into
    memory.
    """

    scratch: Scratch | None = None

    def __array_finalize__(self, parent: Array | None) -> None:
        """Keep the scratch of the array that this is a view of."""
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
    """Return how many tiles may run at the same time, at least 1.

    Args:
        memory_gib: Most memory of the process, as in ``Scratch``.
    """
    return 1 + int(TILES_SHARE * max(0.0, _left_gib(memory_gib)) / TILE_GIB)


def _left_gib(memory_gib: float | None) -> float:
    """Return the memory for plates and further tiles; below 0 if it is too little."""
    limit = default_memory_gib() if memory_gib is None else memory_gib
    return limit - OVERHEAD_GIB


def bands(image: Array, *, most_px: int = BAND_PIXELS) -> Iterator[slice]:
    """Yield slices of rows of ``image``: large enough to be fast, small in memory.

    Args:
        image: (H, W, ...).
        most_px: Pixels of a band, if a row has no more. ``CACHE_PIXELS`` is faster
            for long chains of NumPy operations: their results stay in the cache.
    """
    height, width = image.shape[:2]
    n_rows = max(1, most_px // max(1, width))
    for top in range(0, height, n_rows):
        yield slice(top, min(top + n_rows, height))


def extent(image: Array) -> tuple[float, float]:
    """Return the least and the largest value; NaN if ``image`` has NaN."""
    ends = np.array([(image[b].min(), image[b].max()) for b in bands(image)])
    return float(ends[:, 0].min()), float(ends[:, 1].max())


def default_memory_gib() -> float:
    """Return a quarter of the free memory, from 1 to 4 GiB."""
    return min(max(_free_gib() / 4, LEAST_GIB), MOST_GIB)


def _free_gib() -> float:
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:  # not Linux
        return 2 * MOST_GIB
    found = [line.split() for line in text.splitlines()]
    free = {words[0]: int(words[1]) for words in found if len(words) > 1}
    return free.get("MemAvailable:", 0) / 2**20


def _mapped_bytes(part: Array) -> int:
    """Return the bytes of a mapped array that are loaded when a part is read.

    The rows of a tile are not contiguous: each loads the pages around it.
    """
    run = part.itemsize
    for n, stride in zip(part.shape[::-1], part.strides[::-1], strict=True):
        if stride != run:
            return part.nbytes // run * min(stride, run + AROUND_BYTES)
        run *= n
    return run


def scratch_folder() -> Path:
    """Return the folder of scratch files: $TMPDIR, else a folder on a disk."""
    on_disk = Path("/var/tmp")
    if "TMPDIR" not in os.environ and on_disk.is_dir():
        return on_disk
    return Path(tempfile.gettempdir())


def _n_bytes(shape: tuple[int, ...], dtype: DTypeLike) -> int:
    return int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
