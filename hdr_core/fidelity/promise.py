"""Keep the re-shoot promise in the file: repair what rounding broke, count breaches.

A result is projected in the camera's primaries, in float32. The file holds it in the
working space, perhaps in half floats. Only what is read back from there may be counted.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hdr_core.execution.scratch import bands
from hdr_core.fidelity.camera import (
    Camera,
    Codes,
    CurveCamera,
    ViewCamera,
    allowed_light,
    plate_codes,
)
from hdr_core.plate import HALF_MAX, Depth, Pixels, Plate

# Brightnesses that are tried for light above clip, and how far they reach.
_ATTEMPTS = 64
_JITTER = 0.02
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Promise:
    """What a result was promised: to photograph back to its plate.

    Attributes:
        encoded: The plate, (H, W, 3), not premultiplied.
        camera: The camera that it photographs back through.
        exposure_stops: Gain that the result was given.
        coverage: What the result is multiplied by, (H, W); None means nothing.
        camera_to_stored: The camera's light, 1 = clip, to the result's primaries, for
            rows; without the exposure.
    """

    encoded: Pixels
    camera: Camera
    exposure_stops: float
    coverage: Pixels | None = None
    camera_to_stored: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))

    @property
    def max_code(self) -> int:
        """Largest code of the plate."""
        return self.camera.max_code

    @property
    def tolerance_codes(self) -> float:
        """Codes by which a value may be off."""
        return self.camera.tolerance_codes

    def count_violations(self, hdr: Plate, *, depth: Depth) -> int:
        """Return how many values of ``hdr``, stored so, break the promise."""
        total = 0
        for band in bands(hdr.pixels):
            stored = as_stored(hdr.pixels[band], depth)
            is_broken = self._broken(stored, self._codes(band), self._cover(band))
            total += int(np.count_nonzero(is_broken))
        return total

    def repair(self, hdr: Plate) -> int:
        """Nudge values of ``hdr``, in place, which float32 moved to another code.

        In the working space a value shares its digits with brighter ones: beside a
        red lamp of 500, one float32 step of red is more than a code of 16 bits of
        green. What was clipped has room: it is tried a little brighter or dimmer
        until the others fall into place. Where the camera is no curve, the config's
        own decoding is taken.

        Returns:
            Values that still break the promise.
        """
        total = 0
        for band in bands(hdr.pixels):
            codes, coverage = self._codes(band), self._cover(band)
            is_broken = self._broken(hdr.pixels[band], codes, coverage)
            if is_broken.any():
                places = is_broken.any(axis=-1)
                cover = None if coverage is None else coverage[places]
                stored = hdr.pixels[band][places]
                if isinstance(self.camera, CurveCamera):
                    stored = self._repaired(stored, codes[places], cover)
                else:
                    stored = self._decoded(self.encoded[band][places], cover)
                hdr.pixels[band][places] = stored
                is_broken = self._broken(hdr.pixels[band], codes, coverage)
            total += int(np.count_nonzero(is_broken))
        return total

    def _repaired(
        self, stored: Pixels, codes: Codes, coverage: Pixels | None
    ) -> Pixels:
        """Return pixels (n, 3) that keep their codes, as far as one was found."""
        low, high = allowed_light(self.camera)
        is_open = np.isinf(high[codes])
        middle = np.where(is_open, 0.0, 0.5 * (low[codes] + high[codes]))
        light = self._camera_light(stored, coverage)
        repaired = stored.copy()
        is_left = np.full(len(stored), fill_value=True)
        for attempt in range(_ATTEMPTS):
            # Multiples of the golden ratio fill [0, 1) evenly; then ever less light.
            jitter = 1.0 + _JITTER * ((attempt * _GOLDEN) % 1.0 - 0.5)
            excess = np.maximum(light - low[codes], 0.0) * jitter
            excess *= 0.5 ** max(0, attempt - _ATTEMPTS // 2)
            tried = np.where(is_open, low[codes] + excess, middle)
            stored_try = self._stored(tried, coverage)
            is_kept = ~self._broken(stored_try, codes, coverage).any(axis=-1)
            repaired[is_left & is_kept] = stored_try[is_left & is_kept]
            is_left &= ~is_kept
            if not is_left.any():
                break
        return repaired

    def _decoded(self, encoded: Pixels, coverage: Pixels | None) -> Pixels:
        """Return pixels (n, 3) as the config decodes their codes."""
        if not isinstance(self.camera, ViewCamera):
            return encoded
        encoding = self.camera.encoding
        light = encoding.decode(encoded).astype(np.float64)
        return self._stored(light / encoding.clip_level, coverage)

    def _codes(self, band: slice) -> Codes:
        return plate_codes(self.encoded[band], self.max_code)

    def _cover(self, band: slice) -> Pixels | None:
        return None if self.coverage is None else self.coverage[band]

    def _camera_light(
        self, stored: Pixels, coverage: Pixels | None
    ) -> NDArray[np.float64]:
        """Return the camera's light of stored pixels (..., 3)."""
        light = stored.astype(np.float64) * 2.0**-self.exposure_stops
        if coverage is not None:
            light /= coverage[..., None]
        return np.asarray(light @ np.linalg.inv(self.camera_to_stored))

    def _stored(
        self, camera_light: NDArray[np.float64], coverage: Pixels | None
    ) -> Pixels:
        """Return float32 pixels of the camera's light."""
        light = camera_light @ self.camera_to_stored * 2.0**self.exposure_stops
        if coverage is not None:
            light *= coverage[..., None]
        return np.asarray(light, dtype=np.float32)

    def _broken(
        self, stored: Pixels, codes: Codes, coverage: Pixels | None
    ) -> NDArray[np.bool_]:
        """Return which values do not photograph back to their codes."""
        return self.camera.is_broken(self._camera_light(stored, coverage), codes)


def as_stored(pixels: Pixels, depth: Depth) -> Pixels:
    """Return what is read back of ``pixels`` from a file of this depth."""
    if depth == "float":
        return pixels
    halves: NDArray[np.float16] = np.clip(pixels, -HALF_MAX, HALF_MAX).astype(
        np.float16
    )
    return halves.astype(np.float32)
