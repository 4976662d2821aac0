"""Cut a plate into tiles, so that memory does not grow with it.

A tile answers for its inner pixels and sees its outer ones: ``overlap_px`` more on
every side, as far as the plate goes. Tiles begin at multiples of the networks' stride,
where pooling would cut the whole plate too, so tiling changes nothing beyond float
rounding as long as the overlap is at least the networks' reach.

A panorama has no border: beyond its last column comes its first, and beyond a pole
the same meridian goes down on the other side, half a turn away.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Tile:
    """Rows and columns of one tile, in pixels of the plate.

    Attributes:
        inner: (rows, columns) that the tile answers for.
        outer: (rows, columns) that it sees; holds ``inner``, and begins and ends
            beyond a plate without border.
    """

    inner: tuple[slice, slice]
    outer: tuple[slice, slice]

    def see(self, image: Array) -> Array:
        """Return the outer pixels of ``image`` (H, W, ...), as a view if it can."""
        return look_around(image, *self.outer)

    def place(self, result: Array, image: Array) -> None:
        """Write the inner pixels of ``result``, (outer rows, columns), to ``image``."""
        (rows, columns), (outer_rows, outer_columns) = self.inner, self.outer
        top, left = rows.start - outer_rows.start, columns.start - outer_columns.start
        height, width = rows.stop - rows.start, columns.stop - columns.start
        image[self.inner] = result[top : top + height, left : left + width]


def look_around(image: Array, rows: slice, columns: slice) -> Array:
    """Return pixels of ``image`` (H, W, ...); what lies beyond it, as of a panorama.

    Args:
        image: W even where rows lie beyond it.
        rows: First and last but one, from minus infinity to infinity.
        columns: The same.
    """
    height, width = image.shape[:2]
    if min(rows.start, columns.start) >= 0 and (
        rows.stop <= height and columns.stop <= width
    ):
        return image[rows, columns]
    row = np.arange(rows.start, rows.stop) % (2 * height)
    is_across = row >= height
    row = np.where(is_across, 2 * height - 1 - row, row)
    turned = np.where(is_across, width // 2, 0)
    column = np.arange(columns.start, columns.stop) + turned[:, None]
    around: Array = image[row[:, None], column % width]
    return around


def round_up(length: int, step: int) -> int:
    """Return the smallest multiple of ``step`` that is not below ``length``."""
    return -(-length // step) * step


@dataclass(frozen=True)
class Cutter:
    """How the tiles of one pass are cut.

    Attributes:
        size_px: Side of the inner pixels.
        overlap_px: Outer pixels beyond them, at least the networks' reach.
        stride_px: Stride of the networks.
        is_around: The plate has no border: tiles see beyond it, as of a panorama.
    """

    size_px: int
    overlap_px: int
    stride_px: int
    is_around: bool = False

    def run(
        self,
        size: tuple[int, int],
        work: Callable[[Tile], None],
        *,
        on_progress: Callable[[float], None] | None = None,
    ) -> None:
        """Do ``work`` for every tile of a plate; halve the tile when memory runs out.

        Args:
            size: Rows and columns of the plate.
            work: Done again from the first tile after a halving, so it must not
                write what it reads.
            on_progress: Told the share of tiles done after each; may raise to stop.

        Raises:
            torch.OutOfMemoryError: Not even the smallest tile fits (MemoryError or
                RuntimeError where the CPU's memory ran out).
        """
        try:
            tiles = list(self.cut(size))
            for n_done, tile in enumerate(tiles, start=1):
                work(tile)
                if on_progress is not None:
                    on_progress(n_done / len(tiles))
        except (RuntimeError, MemoryError) as error:
            if self.size_px <= self.stride_px or not is_out_of_memory(error):
                raise
        else:
            return
        # Outside of the handler, whose traceback keeps the failed tile in memory.
        halved = replace(self, size_px=self.size_px // 2)
        halved.run(size, work, on_progress=on_progress)

    def cut(self, size: tuple[int, int]) -> Iterator[Tile]:
        """Yield tiles whose inner pixels cover a plate once."""
        height, width = size
        side_px = round_up(self.size_px, self.stride_px)
        for top in range(0, height, side_px):
            rows = self._side(top, side_px, height)
            for left in range(0, width, side_px):
                columns = self._side(left, side_px, width)
                yield Tile((rows[0], columns[0]), (rows[1], columns[1]))

    def _side(self, start: int, side_px: int, end: int) -> tuple[slice, slice]:
        """Return inner and outer pixels of a tile along one axis."""
        overlap_px = round_up(self.overlap_px, self.stride_px)
        stop = min(start + side_px, end)
        if self.is_around:
            # The last cell of the networks may begin within the plate and end beyond.
            beyond = round_up(stop, self.stride_px) + overlap_px
            return slice(start, stop), slice(start - overlap_px, beyond)
        outer = slice(max(start - overlap_px, 0), min(stop + overlap_px, end))
        return slice(start, stop), outer


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether ``error`` says that memory ran out, on any device."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return "out of memory" in text or "can't allocate memory" in text
