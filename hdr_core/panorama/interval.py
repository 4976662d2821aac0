"""How far the energy of a light source is known: its median and its 80 % interval.

    E(q) = 2^(d(q)) sum_p w L(q)      L(q) = max(L 2^(u (z(q) - z(b))), F)

L  luminance of a pixel       F  its light in the plate, without what was added
u  its uncertainty: scale of a Laplace law of log2 L, in stops; 0 where it was measured
z  quantile of the law of scale 1      b  boldness with which the result was made
w  solid angle                         d  -e, 0 and e at 0.1, 0.5 and 0.9

The pixels of a source are wrong together: a network that takes a lamp for white paper
is wrong about all of it. So all have the same q, and the interval of a source is as
wide as that of its pixels, not narrower by their number.

e is the error of an estimated curve: how bright the clip is beside the mid-tones. It
was fitted to the val plates (``CURVE_STOPS``), and is 0 for a known encoding.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hdr_core.panorama.light_map import LightMap, Map

SHARE = 0.8
"""Probability of the interval."""
CURVE_STOPS = 0.4
"""e of an estimated curve: with it the interval holds on the val plates."""


@dataclass(frozen=True)
class EnergyInterval:
    """The energy of a light source, as far as it is known.

    Attributes:
        low: The true energy is below it with a probability of 10 %.
        median: It is as likely to be below as above.
        high: It is above it with a probability of 10 %.
    """

    low: float
    median: float
    high: float

    def scaled(self, factor: float, added: float = 0.0) -> "EnergyInterval":
        """Return all energies, at least 0, plus ``added``, times a factor."""
        low, median, high = (
            factor * max(energy + added, 0.0)
            for energy in (self.low, self.median, self.high)
        )
        return EnergyInterval(low, median, high)


@dataclass(frozen=True)
class LightSpan:
    """The luminance of a panorama at 0.1, at the median, and at 0.9.

    Attributes:
        low: Luminance at 0.1.
        median: Luminance at the median.
        high: Luminance at 0.9.
        boldness: b of the result.
        curve_stops: e.
    """

    low: LightMap
    median: LightMap
    high: LightMap
    boldness: float
    curve_stops: float

    @classmethod
    def empty(
        cls, light_map: LightMap, *, boldness: float, curve_stops: float
    ) -> "LightSpan":
        """Return maps without light, with the cells of another map."""
        low, median, high = (
            replace(light_map, light=np.zeros_like(light_map.light)) for _ in range(3)
        )
        return cls(low, median, high, boldness, curve_stops)

    def add(self, luminance: Map, visible: Map, uncertainty: Map, rows: slice) -> None:
        """Add some rows of a panorama, (n, W) each.

        Args:
            luminance: Luminance of the result.
            visible: Luminance of the plate without added light.
            uncertainty: u, in stops.
            rows: Their places in the panorama.
        """
        found = quantiles(luminance, visible, uncertainty, boldness=self.boldness)
        maps = self.low, self.median, self.high
        for light_map, values in zip(maps, found, strict=True):
            light_map.add(values, rows)

    def within(self, cells: NDArray[np.bool_]) -> EnergyInterval:
        """Return the interval of the light of the cells of a mask, (h, w)."""
        low, median, high = (
            float(one.light[cells].sum()) for one in (self.low, self.median, self.high)
        )
        curve = 2.0**self.curve_stops
        return EnergyInterval(low / curve, median, high * curve)


def laplace_quantile(share: float) -> float:
    """Return the quantile of a Laplace law of scale 1; ``share`` is 0.01 to 0.99."""
    share = min(max(share, 0.01), 0.99)
    tail = math.log(2.0 * min(share, 1.0 - share))
    return tail if share < 0.5 else -tail


def quantiles(
    luminance: Map, visible: Map, uncertainty: Map, *, boldness: float = 0.5
) -> tuple[Map, Map, Map]:
    """Return the luminance of pixels at 0.1, at the median, and at 0.9.

    Args:
        luminance: Luminance of the result, of any shape.
        visible: Luminance of the plate without added light, of the same shape.
        uncertainty: u, in stops, of the same shape.
        boldness: b.
    """
    reach, shift = laplace_quantile(0.5 + SHARE / 2), laplace_quantile(boldness)
    low, median, high = (
        np.maximum(luminance * np.exp2(uncertainty * (z - shift)), visible)
        for z in (-reach, 0.0, reach)
    )
    return low, median, high
