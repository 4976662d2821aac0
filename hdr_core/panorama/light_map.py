"""The luminance of a panorama as a map of moderate size, with exact sums."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr_core.panorama.angles import (
    pixel_directions,
    polar_angle,
    polar_edges,
    row_solid_angles,
)

Map = NDArray[np.float64]


@dataclass(frozen=True)
class LightMap:
    """Luminance of a panorama, reduced by an integer factor; its sum is exact.

    Attributes:
        light: Luminance times solid angle of each cell, (h, w).
        solid_angle: Solid angle of a cell of each row, (h, 1), in steradian.
        factor: Pixels along the side of a cell.
    """

    light: Map
    solid_angle: Map
    factor: int
    _pixel_sr: Map

    @classmethod
    def empty(cls, height: int, width: int, most_width: int) -> "LightMap":
        """Return a map without light, of at most ``most_width`` columns."""
        factor = max(1, math.ceil(width / most_width))
        size = math.ceil(height / factor), math.ceil(width / factor)
        edges = np.minimum(np.arange(size[0] + 1) * factor, height)
        cells = row_solid_angles(polar_angle(edges, height), size[1])
        return cls(
            light=np.zeros(size),
            solid_angle=cells[:, None],
            factor=factor,
            _pixel_sr=row_solid_angles(polar_edges(height), width),
        )

    def add(self, luminance: Map, rows: slice) -> None:
        """Add some rows of a panorama.

        Args:
            luminance: Luminance of the rows, (n, W).
            rows: Their places in the panorama.
        """
        weighted = luminance * self._pixel_sr[rows, None]
        starts = np.arange(0, luminance.shape[1], self.factor)
        columns = np.add.reduceat(weighted, starts, axis=1)
        np.add.at(self.light, np.arange(rows.start, rows.stop) // self.factor, columns)

    @property
    def luminance(self) -> Map:
        """Mean luminance of each cell, (h, w)."""
        return self.light / self.solid_angle

    def total(self) -> float:
        """Return the luminance integrated over the sphere."""
        return float(self.light.sum())

    def directions(self) -> Map:
        """Return the direction of each cell, unit vectors (h, w, 3)."""
        return pixel_directions(*self.light.shape)
