"""Make a gain map from two renditions of a picture.

    s = log2((A + a) / (B + b))            G = round(n (s - l) / (u - l))

A, B  light of alternate and base, each the mean over an area, 1 = the base's white
s     gain in stops of an area            a, b  offsets, both 1 / 64
l, u  least and largest s of the picture  G, n  code of the map; its largest code

The mean comes before the logarithm, so that the light of each area is kept.

Source: ISO 21496-1:2025; Adobe, Gain Map Specification 1.0.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.execution.scratch import CACHE_PIXELS, bands
from hdr_core.known_light import GainFormula, GainMap, Pixels

OFFSET = 1.0 / 64.0
MAX_CODE = 255
# Least range of a map in stops, so that a picture without gain divides by no 0.
_LEAST_RANGE = 1e-3
# Fewer pixels cost more calls, more of them leave the cache.
_BAND_PX = 2 * CACHE_PIXELS

Read = Callable[[slice], Pixels]
"""Returns the light of some rows, (n, W, 3)."""


def encode_gain_map(
    base: Read,
    alternate: Read,
    size: tuple[int, int],
    *,
    to_base: NDArray[np.float64],
    area_px: int,
    most_light: float,
    kind: str,
) -> GainMap:
    """Return the map that turns a base into its alternate rendition, in 3 channels.

    Args:
        base: Light B of some rows of the base.
        alternate: Light of some rows of the alternate, in its own primaries.
        size: Height and width of both.
        to_base: Matrix from these primaries to the base's, for rows.
        area_px: Side of the area that one sample of the map stands for.
        most_light: Largest light that is kept; more is clipped.
        kind: The standard of the metadata, in words.

    Raises:
        PlateError: The light is NaN or infinite.
    """
    samples, brightest = [], 1.0
    # Light is clipped before the mean: the display cannot show more of a small sun.
    most = np.float32(most_light)
    n_rows = area_px * max(1, _BAND_PX // (size[1] * area_px))
    for top in range(0, size[0], n_rows):
        rows = slice(top, min(top + n_rows, size[0]))
        above = mean_areas(np.minimum(alternate(rows), most), area_px) @ to_base
        above = np.clip(above.astype(np.float32), np.float32(0.0), most)
        brightest = max(brightest, float(above.max()))
        below = mean_areas(base(rows), area_px)
        samples.append(np.log2((above + OFFSET) / (below + OFFSET)))
    stops = np.concatenate(samples)
    if not np.isfinite(stops).all():
        raise PlateError("a gain map needs finite light, found NaN or infinite values.")
    least, largest = float(stops.min()), float(stops.max())
    largest = max(largest, least + _LEAST_RANGE)
    share = (stops - least) / np.float32(largest - least)
    codes = np.rint(np.clip(share, 0.0, 1.0) * MAX_CODE).astype(np.uint8)
    formula = GainFormula(
        least=(least, least, least),
        most=(largest, largest, largest),
        base_offset=(OFFSET, OFFSET, OFFSET),
        alternate_offset=(OFFSET, OFFSET, OFFSET),
        alternate_headroom=max(math.log2(brightest), _LEAST_RANGE),
    )
    return GainMap(codes, formula, kind)


def mean_areas(light: Pixels, area_px: int) -> Pixels:
    """Return the means of light over areas, (h, w, 3); those at the end are smaller.

    Args:
        light: Some rows, (n, W, 3); n is a multiple of ``area_px`` but for the last.
        area_px: Side of an area.
    """
    if area_px == 1:
        return light
    height, width = light.shape[:2]
    if height % area_px:
        sums = np.add.reduceat(light, np.arange(0, height, area_px), axis=0)
    else:
        # Many times as fast as a sum over parts of any length.
        sums = light.reshape(-1, area_px, light[0].size).sum(axis=1)
        sums = sums.reshape(-1, *light.shape[1:])
    sums = _sum_columns(sums, area_px)
    n_rows, n_columns = _lengths(height, area_px), _lengths(width, area_px)
    return sums / (n_rows[:, None, None] * n_columns[:, None])


def _sum_columns(rows: Pixels, area_px: int) -> Pixels:
    """Return the sums over ``area_px`` columns, (n, w, 3); the last may have fewer."""
    n, width, n_channels = rows.shape
    if width % area_px:
        return np.add.reduceat(rows, np.arange(0, width, area_px), axis=1)
    # Several times as fast as ``reduceat``, and added in its order.
    parts = rows.reshape(n, width // area_px, area_px, n_channels)
    sums = np.empty((n, width // area_px, n_channels), np.float32)
    for channel in range(n_channels):
        total = parts[:, :, 1, channel]
        for column in range(2, area_px):
            total = total + parts[:, :, column, channel]
        np.add(parts[:, :, 0, channel], total, out=sums[:, :, channel])
    return sums


@lru_cache(maxsize=8)
def _lengths(n_pixels: int, area_px: int) -> Pixels:
    """Return how many pixels each area has along one axis."""
    starts = np.arange(0, n_pixels, area_px)
    return np.diff(np.append(starts, n_pixels)).astype(np.float32)


def mean_error(found: GainMap, wanted: GainMap) -> float:
    """Return the mean error of a map that was read back, in half codes.

    Args:
        found: The map of the file.
        wanted: The map that was written, of the same size.
    """
    scale, total = np.float32(1.0 / MAX_CODE), 0.0
    for band in bands(wanted.codes, most_px=CACHE_PIXELS):
        stops = [one.formula.stops(one.codes[band] * scale) for one in (found, wanted)]
        total += float(np.abs(stops[0] - stops[1]).sum())
    half = 0.5 * max(wanted.formula.most) - 0.5 * min(wanted.formula.least)
    return total / wanted.codes.size / (half / MAX_CODE)
