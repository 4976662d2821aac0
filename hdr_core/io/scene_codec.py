"""Scenes in few bytes: light as a wavelet of codes, with a stated error.

    v = 255 f(L / c)              L <= c     f  the encoding of sRGB
    v = 255 + ln(L / c) / s       L > c      c  light that a 5 % share of pixels exceeds

So v counts 8-bit codes of a plate that clips at c, and above it steps of s of the
light. v is turned into a brightness and two differences of colors, then into a wavelet
(wavelet.py), whose numbers are rounded to multiples of a step. Each is stored among the
numbers whose neighbors are as large, which are known by then: the one at its place in
the coarser level, those of other directions, and those of the brightness.

The rounded numbers are packed by LZMA. Nothing but NumPy and the standard library is
needed to read them.
"""

import lzma
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.io.wavelet import Details, restore, transform

Light = NDArray[np.float32]
Numbers = NDArray[np.int32]
Level = tuple[Numbers, Numbers, Numbers]
Classes = NDArray[np.uint8]

STEP = 1.2
"""Step of the brightness in codes, over ``_BRIGHTNESS``: 144 scenes have 57 MB."""
LEVELS = 5
CLIPPED_SHARE = 0.05
# s. The same slope as that of the encoding at the clip.
_SLOPE = 0.009
# Steps of the brightness and the colors. Errors of all add up to those of a channel.
_BRIGHTNESS, _COLOR = 0.8, 1.4
# Below this share of a step, a detail counts as none.
_LEAST_DETAIL = 0.58
_TO_PLANES = np.array([[0.25, 0.5, 0.25], [1, 0, -1], [-0.5, 1, -0.5]], np.float32)
_TO_LIGHT = np.linalg.inv(_TO_PLANES.astype(np.float64)).astype(np.float32)
N_CLASSES = 12
_LARGE = 255
_HEAD = "<IIff"
_FILTERS: list[dict[str, Any]] = [
    {"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 0, "lp": 0, "pb": 0}
]


def reference_clip(light: Light) -> float:
    """Return c of a scene (3, H, W): the light that 5 % of its pixels exceed."""
    clip = float(np.quantile(light.max(axis=0), 1.0 - CLIPPED_SHARE))
    return clip if clip > 0.0 else max(float(light.max()), 1.0)


def to_codes(light: Light, clip: float) -> Light:
    """Return v of light, of any shape."""
    level = light / np.float32(clip)
    below = np.minimum(level, np.float32(1.0))
    power = 1.055 * below ** np.float32(1 / 2.4) - 0.055
    codes = 255 * np.where(below <= 0.0031308, 12.92 * below, power)
    above = np.log(np.maximum(level, 1.0)) / _SLOPE
    return np.asarray(codes + above, np.float32)


def to_light(codes: Light, clip: float) -> Light:
    """Return the light of v, of any shape."""
    below = np.clip(codes / np.float32(255), 0.0, 1.0)
    power = ((below + 0.055) / 1.055) ** np.float32(2.4)
    level = np.where(below <= 0.04045, below / 12.92, power)
    above = np.exp(np.maximum(codes - np.float32(255), 0.0) * np.float32(_SLOPE))
    return np.asarray(level * above * clip, np.float32)


def encode_scene(light: Light, *, step: float = STEP) -> bytes:
    """Return a scene in few bytes.

    Args:
        light: Scene-linear, (3, H, W), finite and not negative.
        step: Step in codes; the error grows with it.
    """
    clip = reference_clip(light)
    side = 2**LEVELS
    height, width = light.shape[1:]
    padding = [(0, 0), (0, -height % side), (0, -width % side)]
    codes = np.pad(to_codes(light, clip), padding, mode="edge")
    planes = np.einsum("ij,jhw->ihw", _TO_PLANES, codes)
    steps = _steps(step)
    coarse, details = transform(planes, levels=LEVELS)
    rounded = np.rint(coarse / steps).astype(np.int32)
    levels = [
        (_round(both, steps), _round(flat, steps), _round(upright, steps))
        for both, flat, upright in details
    ]
    classes: list[list[Numbers]] = [[rounded.ravel()], *([] for _ in range(N_CLASSES))]
    for numbers, context in _walk(levels):
        for number in range(N_CLASSES):
            classes[number + 1].append(numbers[context == number])
    head = struct.pack(_HEAD, height, width, clip, step)
    return head + b"".join(_pack(np.concatenate(held)) for held in classes)


def decode_scene(data: bytes) -> Light:
    """Return the light that ``encode_scene`` was given, (3, H, W).

    Raises:
        PlateError: The bytes are damaged.
    """
    try:
        return _decode(data)
    except (struct.error, lzma.LZMAError, ValueError, IndexError, EOFError) as error:
        raise PlateError(f"packed scene: damaged ({error}). Pack it again.") from error


def _decode(data: bytes) -> Light:
    height, width, clip, step = struct.unpack_from(_HEAD, data)
    side = 2**LEVELS
    rows, columns = -(-height // side), -(-width // side)
    place = struct.calcsize(_HEAD)
    classes = []
    for _ in range(N_CLASSES + 1):
        numbers, place = _unpack(data, place)
        classes.append(numbers)
    coarse = classes[0].reshape(3, rows, columns)
    sizes = [(3, rows << n, columns << n) for n in reversed(range(LEVELS))]
    levels: list[Level] = [
        (np.zeros(size, np.int32), np.zeros(size, np.int32), np.zeros(size, np.int32))
        for size in sizes
    ]
    used = [0] * N_CLASSES
    for numbers, context in _walk(levels):
        for number in range(N_CLASSES):
            is_here = context == number
            count = int(np.count_nonzero(is_here))
            start = used[number]
            numbers[is_here] = classes[number + 1][start : start + count]
            used[number] = start + count
    steps = _steps(step)
    details: list[Details] = [
        (both * steps, flat * steps, upright * steps) for both, flat, upright in levels
    ]
    planes = restore((coarse * steps).astype(np.float32), details)
    codes = np.einsum("ij,jhw->ihw", _TO_LIGHT, planes[:, :height, :width])
    return to_light(codes, clip)


def _steps(step: float) -> Light:
    """Return the steps of the three planes, (3, 1, 1)."""
    steps = step * np.array([_BRIGHTNESS, _COLOR, _COLOR])
    return steps.astype(np.float32)[:, None, None]


def _round(details: Light, steps: Light) -> Numbers:
    """Return details in steps, rounded; small ones to 0."""
    shares = np.abs(details) / steps
    return (np.sign(details) * np.floor(shares + 1 - _LEAST_DETAIL)).astype(np.int32)


def _walk(levels: list[Level]) -> Iterator[tuple[Numbers, Classes]]:
    """Yield each plane of details, the coarsest first, and the class of its numbers.

    What is yielded must be known before the next one is asked for: the classes depend
    on it.
    """
    coarser = None
    for level in reversed(levels):
        for way in range(3):
            for plane in range(3):
                yield level[way][plane], _classes(level, coarser, way, plane)
        coarser = level


def _classes(level: Level, coarser: Level | None, way: int, plane: int) -> Classes:
    """Return how large the known neighbors of each number are, as a class."""
    around = np.zeros(level[way][plane].shape, np.float32)
    if coarser is not None:
        around += np.abs(coarser[way][plane]).repeat(2, axis=0).repeat(2, axis=1)
    for other in range(plane):
        around += np.float32(0.8) * np.abs(level[way][other])
    for other in range(way):
        around += np.abs(level[other][plane])
    # Sums are multiples of 0.2, none of which is near a border between two classes: so
    # every machine finds the same class.
    size = np.rint(2 * np.log2(1 + around))
    return np.asarray(np.minimum(size, N_CLASSES - 1), np.uint8)


def _pack(numbers: Numbers) -> bytes:
    """Return signed numbers as bytes: one each, and four for those that are large."""
    unsigned = (numbers << 1) ^ (numbers >> 31)
    is_large = unsigned >= _LARGE
    small = np.where(is_large, _LARGE, unsigned).astype(np.uint8)
    packed = [
        lzma.compress(part, format=lzma.FORMAT_RAW, filters=_FILTERS)
        for part in (small.tobytes(), unsigned[is_large].astype("<i4").tobytes())
    ]
    return struct.pack("<II", *map(len, packed)) + b"".join(packed)


def _unpack(data: bytes, place: int) -> tuple[Numbers, int]:
    """Return the numbers at a place, and the place behind them."""
    sizes = struct.unpack_from("<II", data, place)
    place += 8
    parts = []
    for size in sizes:
        part = data[place : place + size]
        parts.append(lzma.decompress(part, lzma.FORMAT_RAW, filters=_FILTERS))
        place += size
    unsigned = np.frombuffer(parts[0], np.uint8).astype(np.int32)
    unsigned[unsigned == _LARGE] = np.frombuffer(parts[1], "<i4")
    return (unsigned >> 1) ^ -(unsigned & 1), place
