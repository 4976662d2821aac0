"""Store whole numbers of an image in few bytes, so that a browser can read them fast.

    d = v - p        z = 2 d, or -2 d - 1 if d < 0        bytes = deflate(z)
    p = base, left, up, or clip(left + up - corner, min(left, up), max(left, up))

v  numbers of a channel, modulo 2^16 or 2^8    base  the middle of their range
p  the filter of each row and channel: the one whose d are the smallest

Numbers of 16 bits are stored as two planes, high bytes and low bytes, because the high
bytes hardly change. The red and blue channel may be stored as differences to green.

Source: the filters of PNG (W3C, PNG 3, 9); Weinberger, Seroussi & Sapiro 2000, LOCO-I.
"""

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
# Stronger deflate saves 1 % of noisy pictures, and takes three times as long.
LEVEL = 6


@dataclass(frozen=True)
class Packed:
    """An image as bytes.

    Attributes:
        width: Number of columns.
        height: Number of rows.
        bits: 8 or 16.
        is_green_taken: Whether red and blue are stored as differences to green.
        channels: For each channel the deflated filters of the rows, then its planes
            from high to low.
    """

    width: int
    height: int
    bits: int
    is_green_taken: bool
    channels: list[list[bytes]]

    @property
    def n_bytes(self) -> int:
        """Size of all planes, in bytes."""
        return sum(len(plane) for planes in self.channels for plane in planes)


def pack(values: Numbers) -> Packed:
    """Return an image as bytes, without loss.

    Args:
        values: (H, W, C), uint8 or uint16, C 1 or 3.
    """
    bits = 8 * values.dtype.itemsize
    is_green_taken = values.shape[2] == 3 and _is_smaller_without_green(values)
    if is_green_taken:
        values = take_green(values)
    places = range(values.shape[2])
    channels = [_pack_channel(values[..., place]) for place in places]
    height, width = values.shape[:2]
    return Packed(width, height, bits, is_green_taken, channels)


def take_green(values: Numbers) -> Numbers:
    """Return (H, W, 3) with red and blue as differences to green, plus the middle."""
    base = values.dtype.type(_base(8 * values.dtype.itemsize))
    taken = values.copy()
    for place in (0, 2):
        taken[..., place] += base - values[..., 1]
    return taken


def cost(values: Numbers) -> float:
    """Return about how many bits an image needs, per number, from a few of its rows.

    Args:
        values: (H, W, C), uint8 or uint16.
    """
    bits = 8 * values.dtype.itemsize
    height = values.shape[0]
    starts = np.linspace(0, max(0, height - 16), 8).astype(int)
    found = [
        np.log2(1.0 + _filtered(values[top : top + 16, :, place], bits)[1]).mean()
        for top in starts
        for place in range(values.shape[2])
    ]
    return float(np.mean(found))


def _is_smaller_without_green(values: Numbers) -> bool:
    return cost(take_green(values)) < cost(values)


def _base(bits: int) -> int:
    return int(2 ** (bits - 1))


def _pack_channel(channel: Numbers) -> list[bytes]:
    bits = 8 * channel.dtype.itemsize
    chosen, zigzag = _filtered(channel, bits)
    planes = [chosen]
    if bits == 16:
        planes.append((zigzag >> 8).astype(np.uint8))
    planes.append((zigzag & 255).astype(np.uint8))
    return [zlib.compress(plane.tobytes(), LEVEL) for plane in planes]


def _filtered(channel: Numbers, bits: int) -> tuple[Numbers, Numbers]:
    """Return the filter of each row, (H,), and z, (H, W)."""
    v = channel.astype(np.int32)
    base = _base(bits)
    left, up, corner = (np.full_like(v, base) for _ in range(3))
    left[:, 1:], up[1:], corner[1:, 1:] = v[:, :-1], v[:-1], v[:-1, :-1]
    middle = np.clip(left + up - corner, np.minimum(left, up), np.maximum(left, up))
    best = _wrapped(v - base, base)
    chosen = np.zeros(len(v), np.uint8)
    least = np.abs(best).sum(axis=1, dtype=np.int64)
    for number, predicted in enumerate((left, up, middle), start=1):
        d = _wrapped(v - predicted, base)
        total = np.abs(d).sum(axis=1, dtype=np.int64)
        is_better = total < least
        best[is_better], chosen[is_better] = d[is_better], number
        least[is_better] = total[is_better]
    return chosen, np.where(best < 0, -2 * best - 1, 2 * best)


def _wrapped(d: Numbers, base: int) -> Numbers:
    """Return differences modulo the range of the numbers, around 0."""
    return np.asarray((d + base) % (2 * base) - base)
