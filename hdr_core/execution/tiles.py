"""Cut a plate into tiles, so that memory does not grow with its size.

A tile reads its outer pixels and writes its inner pixels. The outer pixels are
``overlap_px`` more on every side, as far as the plate goes. Tiles begin at multiples
of the networks' stride, as the cells of their pooling do. So tiles change nothing but
float rounding, if the overlap is at least the reach of the networks.

A panorama has no border. Its first column follows its last one. Beyond a pole, the
meridian continues on the other side, half a turn away.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hdr_core.execution.parallel import SideBySide, in_threads

Array = NDArray[np.float32]
# What torch and onnxruntime say when memory runs out.
_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "failed to allocate memory",
    "bad allocation",
)


class Reach(NamedTuple):
    """How far networks read around a pixel.

    Attributes:
        reach_px: Pixels on each side.
        stride_px: Side of the cells of their pooling, in pixels.
    """

    reach_px: int
    stride_px: int


@dataclass(frozen=True)
class Tile:
    """Rows and columns of one tile, in pixels of the plate.

    Attributes:
        inner: (rows, columns) that the tile writes.
        outer: (rows, columns) that the tile reads. They contain ``inner``, and may
            lie outside of a plate without border.
    """

    inner: tuple[slice, slice]
    outer: tuple[slice, slice]

    def crop(self, image: Array) -> Array:
        """Return the outer pixels of ``image`` (H, W, ...), as a view if possible."""
        return crop_around(image, *self.outer)

    def place(self, result: Array, image: Array) -> None:
        """Write the inner pixels of ``result``, of the outer size, to ``image``."""
        (rows, columns), (outer_rows, outer_columns) = self.inner, self.outer
        top, left = rows.start - outer_rows.start, columns.start - outer_columns.start
        height, width = rows.stop - rows.start, columns.stop - columns.start
        image[self.inner] = result[top : top + height, left : left + width]


def crop_around(image: Array, rows: slice, columns: slice) -> Array:
    """Return a crop of ``image`` (H, W, ...), continued beyond its edges as a panorama.

    Args:
        image: The image. W must be even if ``rows`` lie outside of it.
        rows: Start and stop, which may lie outside of the image.
        columns: Start and stop, which may lie outside of the image.
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
    """How a plate is cut into tiles.

    Attributes:
        size_px: Side of the inner pixels.
        overlap_px: Outer pixels on each side, at least the reach of the networks.
        stride_px: Stride of the networks.
        is_around: Whether the plate is a panorama, which has no border.
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
        side_by_side: SideBySide = in_threads,
        on_progress: Callable[[float], None] | None = None,
    ) -> None:
        """Run ``work`` for every tile of a plate; halve the tiles if memory runs out.

        Args:
            size: Rows and columns of the plate.
            work: Starts again from the first tile after the tiles are halved, so it
                must not write what it reads.
            n_at_once: Most tiles that run at the same time.
            side_by_side: Runs them. Work in torch shares torch's threads.
            on_progress: Called with the share of finished tiles after each tile. It
                may raise an exception to stop.

        Raises:
            torch.OutOfMemoryError: Not even the smallest tile fits. It is a
                MemoryError or RuntimeError if the CPU ran out of memory.
        """
        tiles = list(self.cut(size))
        shares = (n_done / len(tiles) for n_done in range(1, len(tiles) + 1))

        def report() -> None:
            if on_progress is not None:
                on_progress(next(shares))

        try:
            side_by_side(work, tiles, n_at_once=n_at_once, on_done=report)
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
        """Return the tile that writes some pixels.

        Args:
            rows: Inner rows; they begin at a multiple of the stride.
            columns: Inner columns; they begin at a multiple of the stride.
            size: Rows and columns of the plate.
        """
        outer = self._outer(rows, size[0]), self._outer(columns, size[1])
        return Tile((rows, columns), outer)

    def _sides(self, end: int) -> Iterator[slice]:
        """Yield the inner pixels of tiles along one axis, of about the same length.

        Otherwise a plate that is a little larger than a tile would have a very narrow
        tile, which is mostly overlap.
        """
        n_tiles = -(-end // round_up(self.size_px, self.stride_px))
        side_px = round_up(-(-end // n_tiles), self.stride_px)
        for start in range(0, end, side_px):
            yield slice(start, min(start + side_px, end))

    def _outer(self, inner: slice, end: int) -> slice:
        """Return the outer pixels of a tile along one axis."""
        overlap_px = round_up(self.overlap_px, self.stride_px)
        if self.is_around:
            # The last cell of the networks may begin within the plate and end beyond.
            beyond = round_up(inner.stop, self.stride_px) + overlap_px
            return slice(inner.start - overlap_px, beyond)
        return slice(
            max(inner.start - overlap_px, 0), min(inner.stop + overlap_px, end)
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether ``error`` means that a device ran out of memory."""
    # By its name, because torch may not be installed.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return any(words in text for words in _OUT_OF_MEMORY)
