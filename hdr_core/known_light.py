"""Gain maps: light that a picture file states itself, beside the codes of its base.

    A = (B + b) 2^s(G) - a            s(G) = l + (u - l) G^(1 / gamma)

A  light of the alternate rendition     B  light of the base, 1 = the base's white
G  code of the map, in [0, 1], interpolated between its samples
s  gain in stops                        l, u  least and largest gain
b, a  offsets of base and alternate     gamma  of the map

Source: ISO 21496-1:2025; Adobe, Gain Map Specification 1.0. The same in XMP
(Ultra HDR 1.0) and in ISO's binary form.

Apple's older maps have another gain, and no offsets:

    A = B (1 + (h - 1) v(G))          h = 2^u

v  inverse of the camera encoding of ITU-R BT.709    h  headroom

Source: Apple, Applying Apple HDR effect to your photos.

Samples lie at the centers of equal areas of the picture, and are interpolated
linearly, as encoders average areas and as graphics hardware reads textures.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SOFT = 4
"""Samples of a map over which its saturation begins."""

Pixels = NDArray[np.float32]
Codes = NDArray[np.uint8] | NDArray[np.uint16]
Triple = tuple[float, float, float]
Law = Literal["log2", "apple"]


@dataclass(frozen=True)
class GainFormula:
    """The numbers of the formula, each for red, green and blue.

    Attributes:
        least: l, in stops.
        most: u, in stops; not below ``least``.
        gamma: Exponent with which G was encoded, above 0.
        base_offset: b.
        alternate_offset: a.
        base_headroom: Log2 of the base's largest light over its white.
        alternate_headroom: The same of the alternate rendition.
        law: The gain's formula: "log2" or "apple".
    """

    least: Triple
    most: Triple
    gamma: Triple = (1.0, 1.0, 1.0)
    base_offset: Triple = (0.0, 0.0, 0.0)
    alternate_offset: Triple = (0.0, 0.0, 0.0)
    base_headroom: float = 0.0
    alternate_headroom: float = 0.0
    law: Law = "log2"

    @property
    def is_base_larger(self) -> bool:
        """Whether the base is the rendition with more headroom."""
        return self.base_headroom > self.alternate_headroom

    def stops(self, codes: Pixels) -> Pixels:
        """Return the gain s of codes G in [0, 1], (..., 1) or (..., 3)."""
        n = codes.shape[-1]
        least = _wide(self.least[:n], codes.shape)
        most = _wide(self.most[:n], codes.shape)
        if self.law == "apple":
            headroom = np.exp2(most)
            light = _inverse_rec709(codes)
            return np.asarray(np.log2(1.0 + (headroom - 1.0) * light), np.float32)
        gamma = _wide(self.gamma[:n], codes.shape)
        shares = codes if (gamma == 1.0).all() else codes ** (1.0 / gamma)
        return np.asarray(least + (most - least) * shares, np.float32)

    def apply(self, base: Pixels, stops: Pixels) -> Pixels:
        """Return A, at least 0, of the light B and the gain s, (..., 3).

        If the base is the larger rendition, its own light is returned.
        """
        if self.is_base_larger:
            return base
        if not any(self.base_offset + self.alternate_offset):
            return np.asarray(base * np.exp2(stops), np.float32)
        light = base + _wide(self.base_offset, base.shape)
        light *= np.exp2(stops)
        light -= _wide(self.alternate_offset, base.shape)
        return np.asarray(np.maximum(light, np.float32(0.0), out=light), np.float32)

    @property
    def ceiling(self) -> float:
        """Light of the base's white under the largest gain, 1 = the base's white."""
        white = np.ones(3, np.float32)
        return float(self.apply(white, np.array(self.most, np.float32)).max())


def _wide(values: tuple[float, ...], shape: tuple[int, ...]) -> Pixels:
    """Return one number for each channel, for pixels of this shape (..., C)."""
    # NumPy is ten times as fast with a row of pixels, or with one number for all.
    if len(set(values)) == 1:
        return np.array(values[0], np.float32)
    if len(shape) == 3:
        return _row(values, shape[1])
    return np.array(values, np.float32)


@lru_cache(maxsize=32)
def _row(values: tuple[float, ...], width: int) -> Pixels:
    """Return one number for each channel as a row of pixels, (W, C)."""
    return np.tile(np.array(values, np.float32), (width, 1))


def _inverse_rec709(encoded: Pixels) -> Pixels:
    """Return v: light of values that ITU-R BT.709 encoded."""
    power = ((np.maximum(encoded, 0.081) + 0.099) / 1.099) ** (1.0 / 0.45)
    return np.where(encoded < 0.081, encoded / 4.5, power).astype(np.float32)


@dataclass(frozen=True)
class GainMap:
    """A gain map, upright as its plate.

    Attributes:
        codes: Samples of the map, (h, w, 1) or (h, w, 3), whole codes.
        formula: What they mean.
        kind: The standard of its metadata, in words.
        to_map_space: Matrix from the base's primaries to those in which the gain
            counts, for rows; None means that they are the base's.
    """

    codes: Codes
    formula: GainFormula
    kind: str
    to_map_space: NDArray[np.float64] | None = None

    @property
    def max_code(self) -> int:
        """Largest code of the map."""
        return int(np.iinfo(self.codes.dtype).max)

    @property
    def ceiling(self) -> float:
        """Largest light of the base's white, 1 = the base's white."""
        return self.formula.ceiling

    @property
    def headroom_stops(self) -> float:
        """Log2 of the larger rendition's largest light over the base's white."""
        return max(self.formula.base_headroom, self.formula.alternate_headroom)

    def describe(self) -> str:
        """Return kind, size and headroom in words."""
        height, width, n = self.codes.shape
        channels = "1 channel" if n == 1 else f"{n} channels"
        size = f"{width}x{height}, {channels}"
        return f"{self.kind}, {size}, {self.headroom_stops:.2f} stops"

    def samples(self, rows: slice, size: tuple[int, int]) -> Pixels:
        """Return G at the pixels of some rows of the picture, (n, W, 1 or 3).

        Args:
            rows: Rows of the picture.
            size: Height and width of the picture.
        """
        scaled = np.float32(1.0 / self.max_code)
        height, width = self.codes.shape[:2]
        if (height, width) == size:
            return self.codes[rows] * scaled
        return interpolate(self.codes, rows, size) * scaled

    def light(self, base: Pixels, rows: slice, size: tuple[int, int]) -> Pixels:
        """Return A of some rows, (n, W, 3), 1 = the base's white.

        Args:
            base: B of these rows, (n, W, 3).
            rows: Rows of the picture.
            size: Height and width of the picture.
        """
        return self._applied(base, self.formula.stops(self.samples(rows, size)))

    def bounds(
        self, base: Pixels, rows: slice, size: tuple[int, int]
    ) -> tuple[Pixels, Pixels]:
        """Return the least and the largest A within half a code of the map.

        Args:
            base: B of these rows, (n, W, 3).
            rows: Rows of the picture.
            size: Height and width of the picture.
        """
        found, half = self.samples(rows, size), np.float32(0.5 / self.max_code)
        low = self.formula.stops(np.maximum(found - half, np.float32(0.0)))
        high = self.formula.stops(np.minimum(found + half, np.float32(1.0)))
        return self._applied(base, low), self._applied(base, high)

    def _applied(self, base: Pixels, stops: Pixels) -> Pixels:
        if self.to_map_space is None:
            return self.formula.apply(base, stops)
        there = base @ self.to_map_space.astype(np.float32)
        light = self.formula.apply(there, stops)
        back = np.linalg.inv(self.to_map_space).astype(np.float32)
        return np.asarray(light @ back, np.float32)

    def saturation(self) -> Pixels:
        """Return where the map ends at its largest code over an area, (h, w).

        Returns:
            0 outside of areas in which every channel has the largest code, and at
            their border; 1 from ``SOFT`` samples inside. A map with one gain for all is
            not saturated.
        """
        full = (self.codes == self.max_code).all(axis=2)
        formula = self.formula
        share = np.zeros(full.shape, np.float32)
        is_fixed = formula.least == formula.most or formula.is_base_larger
        if is_fixed or full.all():
            return share
        for _ in range(SOFT):
            if not full.any():
                break
            full = ~_dilate(~full)
            share += full / np.float32(SOFT)
        return share

    def turned(self, codes: Codes) -> "GainMap":
        """Return the same map with its samples turned upright."""
        return replace(self, codes=codes)


def light_of_codes(encoded: Pixels, table: Pixels) -> Pixels:
    """Return the light of the codes nearest to encoded values of any shape.

    ``table`` is the light of each code, (n + 1,). Values are clipped to [0, 1].
    """
    scaled = np.clip(encoded, np.float32(0.0), np.float32(1.0))
    scaled *= np.float32(len(table) - 1)
    scaled += np.float32(0.5)
    # NumPy's own index type. Without "clip", ``take`` copies.
    return table.take(scaled.astype(np.intp), mode="clip")


def _dilate(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where any of 3 x 3 samples is set; none is set beyond the border."""
    for axis in (0, 1):
        wide = np.pad(mask, [(1, 1) if at == axis else (0, 0) for at in (0, 1)])
        n = mask.shape[axis]
        parts = [np.take(wide, np.arange(skip, skip + n), axis) for skip in range(3)]
        mask = parts[0] | parts[1] | parts[2]
    return mask


def interpolate(
    samples: NDArray[np.generic], rows: slice, size: tuple[int, int]
) -> Pixels:
    """Return samples at the pixels of some rows of a picture, by linear weights.

    Args:
        samples: (h, w, C), at the centers of h x w equal areas of the picture.
        rows: Rows of the picture.
        size: Height and width of the picture.

    Returns:
        (n, W, C), float32.
    """
    height, width, n = samples.shape
    above, below, share = _neighbors(height, size[0])
    left, right, _ = _neighbors(width, size[1])
    upper, lower = (samples[at[rows]].astype(np.float32) for at in (above, below))
    line = upper + (lower - upper) * share[rows, None, None]
    # In place, and with a weight for each channel: several times as fast.
    first, pixels = line.take(left, axis=1), line.take(right, axis=1)
    pixels -= first
    pixels *= _column_weights(width, size[1], n)
    pixels += first
    return pixels


@lru_cache(maxsize=8)
def _column_weights(n_samples: int, n_pixels: int, n_channels: int) -> Pixels:
    """Return the share of the second sample at each column, (W, C)."""
    return np.repeat(_neighbors(n_samples, n_pixels)[2][:, None], n_channels, axis=1)


@lru_cache(maxsize=8)
def _neighbors(
    n_samples: int, n_pixels: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Pixels]:
    """Return both samples around each pixel, and the share of the second one."""
    place = (np.arange(n_pixels) + 0.5) * (n_samples / n_pixels) - 0.5
    place = np.clip(place, 0.0, n_samples - 1.0)
    first = np.floor(place).astype(np.intp)
    second = np.minimum(first + 1, n_samples - 1)
    return first, second, (place - first).astype(np.float32)
