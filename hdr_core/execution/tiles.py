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

from hdr_core.execution.device import side_by_side

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

    def crop(self, image: Array) -> Array:
        """Return the outer pixels of ``image`` (H, W, ...), as a view if it can."""
        return crop_around(image, *self.outer)

    def place(self, result: Array, image: Array) -> None:
        """Write the inner pixels of ``result``, (outer rows, columns), to ``image``."""
        (rows, columns), (outer_rows, outer_columns) = self.inner, self.outer
        top, left = rows.start - outer_rows.start, columns.start - outer_columns.start
        height, width = rows.stop - rows.start, columns.stop - columns.start
        image[self.inner] = result[top : top + height, left : left + width]


def crop_around(image: Array, rows: slice, columns: slice) -> Array:
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
        n_at_once: int = 1,
        on_progress: Callable[[float], None] | None = None,
    ) -> None:
        """Do ``work`` for every tile of a plate; halve the tile when memory runs out.

        Args:
            size: Rows and columns of the plate.
            work: Done again from the first tile after a halving, so it must not
                write what it reads.
            n_at_once: Tiles that are worked on side by side, at most.
            on_progress: Told the share of tiles done after each; may raise to stop.

        Raises:
            torch.OutOfMemoryError: Not even the smallest tile fits (MemoryError or
                RuntimeError where the CPU's memory ran out).
        """
        tiles = list(self.cut(size))
        shares = (n_done / len(tiles) for n_done in range(1, len(tiles) + 1))

        def tell() -> None:
            if on_progress is not None:
                on_progress(next(shares))

        try:
            side_by_side(work, tiles, n_at_once=n_at_once, on_done=tell)
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
        for rows in self._sides(size[0]):
            for columns in self._sides(size[1]):
                yield self.tile(rows, columns, size)

    def tile(self, rows: slice, columns: slice, size: tuple[int, int]) -> Tile:
        """Return the tile that answers for some pixels.

        Args:
            rows: Begin at a multiple of the stride.
            columns: The same.
            size: Rows and columns of the plate.
        """
        outer = self._outer(rows, size[0]), self._outer(columns, size[1])
        return Tile((rows, columns), outer)

    def _sides(self, end: int) -> Iterator[slice]:
        """Yield the inner pixels along one axis, of tiles that are much alike.

        A plate a little larger than a tile would else have a sliver, most of which is
        what it sees beyond itself.
        """
        n_tiles = -(-end // round_up(self.size_px, self.stride_px))
        side_px = round_up(-(-end // n_tiles), self.stride_px)
        for start in range(0, end, side_px):
            yield slice(start, min(start + side_px, end))

    def _outer(self, inner: slice, end: int) -> slice:
        """Return what a tile sees along one axis."""
        overlap_px = round_up(self.overlap_px, self.stride_px)
        if self.is_around:
            # The last cell of the networks may begin within the plate and end beyond.
            beyond = round_up(inner.stop, self.stride_px) + overlap_px
            return slice(inner.start - overlap_px, beyond)
        return slice(
            max(inner.start - overlap_px, 0), min(inner.stop + overlap_px, end)
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether ``error`` says that memory ran out, on any device."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return "out of memory" in text or "can't allocate memory" in text
