"""The camera of a plate whose file states its light by a gain map.

    L = A(g(e), G) / c              N = max(min(L, q), q + (1 - q) o k)  if o k > 0
                                    N = min(L, q)                        else

g  curve of the base's encoding     A  formula of the gain map (known_light.py)
c  light of white under the largest gain, the clip of this camera
L  light, 1 = c                     N  what stage 3 receives
o  openness: where the map is at its largest code over an area, 0 at the area's border
k  how clipped a channel of the base is, in [0, 1]    q  ``CLOSED``

The map states the light of every pixel, so nothing is estimated below the clip. Where
both the map and the base are at their end, light may be missing still: there, and only
there, stage 3 receives clipped pixels.

The promise: base and map, written again from the result, give the file back. A value
is held within half a code of the map. Open values may only be brighter.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.execution.scratch import CACHE_PIXELS, Scratch, bands
from hdr_core.fidelity.camera import Codes, CodeValues, Light
from hdr_core.known_light import GainMap, interpolate, light_of_codes
from hdr_core.plate import Pixels

CLOSED = 0.85
"""Most of N in pixels that are not open: below every preset's clip threshold."""
# Rounding to half floats, as a share of the light, and the smallest half floats.
_ROUNDING, _LEAST = 1e-3, 1e-6


@dataclass(frozen=True)
class MapCamera:
    """A base and its gain map.

    Attributes:
        inverse_crf: g, (N,), the curve of the base's encoding.
        max_code: Largest code n of the base.
        gain_map: The map.
        clip_codes: Codes below n at which the base's codec may have left a clipped
            value.
        tolerance_codes: 0: the light of every code is stated.
    """

    inverse_crf: Curve
    max_code: int
    gain_map: GainMap
    clip_codes: float = 0.0
    tolerance_codes: float = 0.0

    @cached_property
    def _table(self) -> Pixels:
        """Light of each code of the base, (n + 1,), 1 = the base's white."""
        codes = np.arange(self.max_code + 1) / self.max_code
        places = curve_grid(len(self.inverse_crf))
        return np.interp(codes, places, self.inverse_crf).astype(np.float32)

    @cached_property
    def _saturation(self) -> Pixels | None:
        """Where the map is saturated, (h, w, 1); None if it is nowhere."""
        found = self.gain_map.saturation()
        return found[..., None] if found.any() else None

    def linearize(self, values: CodeValues, scratch: Scratch | None) -> Pixels:
        """Return L of a plate, (H, W, 3), 1 = clip, in the base's primaries."""
        light: Pixels = (scratch or Scratch()).zeros(values.encoded.shape)
        scale = np.float32(1.0 / self.gain_map.ceiling)
        for band in bands(light, most_px=CACHE_PIXELS):
            base = self._base(values.encoded[band])
            stated = self.gain_map.light(base, band, light.shape[:2])
            np.multiply(stated, scale, out=light[band])
        return light

    def mark_open(
        self, linear: Pixels, values: CodeValues, scratch: Scratch | None
    ) -> Pixels:
        """Return N, (H, W, 3), of light in the networks' primaries, in [0, 1]."""
        marked: Pixels = (scratch or Scratch()).zeros(linear.shape)
        for band in bands(marked, most_px=CACHE_PIXELS):
            np.minimum(linear[band], np.float32(CLOSED), out=marked[band])
            if self._saturation is not None:
                openness = self._openness(band, values.encoded.shape[:2])
                share = openness * self._clip_share(values.encoded[band])
                opened = np.float32(CLOSED) + np.float32(1.0 - CLOSED) * share
                np.maximum(marked[band], opened, out=marked[band], where=share > 0.0)
        return marked

    def project(self, hdr: Pixels, values: CodeValues, known: Pixels) -> Pixels:
        """Return ``hdr`` held to the light that the file states, in place."""
        for band in bands(hdr, most_px=CACHE_PIXELS):
            is_open = self._is_open(values.encoded[band], band, hdr.shape[:2])
            brighter = np.maximum(hdr[band], known[band])
            hdr[band] = np.where(is_open, brighter, known[band])
        return hdr

    def is_off(
        self, light: Light, encoded: Pixels, rows: slice, size: tuple[int, int]
    ) -> NDArray[np.bool_]:
        """Return which values are further than half a code of the map from the file.

        Args:
            light: Light of these rows, (n, W, 3), 1 = clip.
            encoded: The base's encoded values of these rows.
            rows: Rows of the plate.
            size: Height and width of the plate.
        """
        base = self._base(encoded)
        low, high = self.gain_map.bounds(base, rows, size)
        found = light * np.float32(self.gain_map.ceiling)
        least, most = np.minimum(low, high), np.maximum(low, high)
        slack = _ROUNDING * np.abs(most) + _LEAST
        is_above = (found > most + slack) & ~self._is_open(encoded, rows, size)
        return np.asarray(~(found >= least - slack) | is_above)

    def is_broken(self, light: Light, codes: Codes) -> NDArray[np.bool_]:
        """Return which values (..., 3) are darker than the base under the least gain.

        The map is not known here: ``is_off`` is exact.
        """
        least = np.array(self.gain_map.formula.least, np.float32)
        darkest = self.gain_map.formula.apply(self._table[codes], least)
        slack = _ROUNDING * darkest + _LEAST
        return np.asarray(~(light * self.gain_map.ceiling >= darkest - slack))

    def _base(self, encoded: Pixels) -> Pixels:
        """Return the light B of encoded values, 1 = the base's white."""
        return light_of_codes(encoded, self._table)

    def _clip_share(self, encoded: Pixels) -> Pixels:
        """Return k: 0 two tolerances of the codec below n, 1 from one on."""
        tolerance = np.float32(max(self.clip_codes, 0.5) / self.max_code)
        share = (encoded - np.float32(1.0)) / tolerance + np.float32(2.0)
        return np.asarray(np.clip(share, np.float32(0.0), np.float32(1.0)), np.float32)

    def _openness(self, rows: slice, size: tuple[int, int]) -> Pixels:
        """Return o of some rows, (n, W, 1)."""
        if self._saturation is None:
            return np.zeros((rows.stop - rows.start, size[1], 1), np.float32)
        return interpolate(self._saturation, rows, size)

    def _is_open(
        self, encoded: Pixels, rows: slice, size: tuple[int, int]
    ) -> NDArray[np.bool_]:
        """Return which pixels of some rows are open, (n, W, 1)."""
        if self._saturation is None:
            return np.zeros((*encoded.shape[:2], 1), np.bool_)
        is_clipped = (self._clip_share(encoded) > 0.0).any(axis=2, keepdims=True)
        return np.asarray(is_clipped & (self._openness(rows, size) > 0.0))
