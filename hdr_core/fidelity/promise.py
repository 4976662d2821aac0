"""Keep the re-shoot promise in the file: repair rounding errors, count violations.

A result is projected in the camera's primaries, in float32. The file holds it in the
working space, maybe in half floats. So violations are counted on the values that are
read back from the file.
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

# Number of levels that are tried for light above the clip, and their range as a share
# of that light.
_ATTEMPTS = 64
_JITTER = 0.02
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Promise:
    """The promise of a result: it photographs back to the codes of its plate.

    Attributes:
        encoded: The plate with its clip undershoot filled, (H, W, 3), not
            premultiplied.
        camera: Camera that photographs the result.
        exposure_stops: Gain of the result, in stops.
        coverage: Alpha by which the result is premultiplied, (H, W); None means that it
            is not.
        camera_to_stored: Matrix (3, 3) from the camera's light, 1 = clip, to the
            primaries of the result, without the exposure. Pixels are row vectors.
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
        """Return how many values of ``hdr`` break the promise, stored at ``depth``."""
        total = 0
        for band in bands(hdr.pixels):
            stored = as_stored(hdr.pixels[band], depth)
            is_broken = self._find_broken(
                stored, self._codes(band), self._crop_coverage(band)
            )
            total += int(np.count_nonzero(is_broken))
        return total

    def repair(self, hdr: Plate) -> int:
        """Adjust values of ``hdr`` in place that float32 moved to another code.

        In the working space a dim channel of the camera is a difference of bright
        values. Beside red light of 500, one float32 step of red is more than a 16-bit
        code of green. Clipped channels are free to change, so they are tried a little
        brighter or dimmer until all channels keep their code. If the camera has no
        curve, the decoding of the color config is used.

        Returns:
            Number of values that still break the promise.
        """
        total = 0
        for band in bands(hdr.pixels):
            codes, coverage = self._codes(band), self._crop_coverage(band)
            is_broken = self._find_broken(hdr.pixels[band], codes, coverage)
            if is_broken.any():
                places = is_broken.any(axis=-1)
                cover = None if coverage is None else coverage[places]
                stored = hdr.pixels[band][places]
                if isinstance(self.camera, CurveCamera):
                    stored = self._repair_pixels(stored, codes[places], cover)
                else:
                    stored = self._decode_pixels(self.encoded[band][places], cover)
                hdr.pixels[band][places] = stored
                is_broken = self._find_broken(hdr.pixels[band], codes, coverage)
            total += int(np.count_nonzero(is_broken))
        return total

    def _repair_pixels(
        self, stored: Pixels, codes: Codes, coverage: Pixels | None
    ) -> Pixels:
        """Return pixels (n, 3) that keep their codes; others stay if none was found."""
        low, high = allowed_light(self.camera)
        is_open = np.isinf(high[codes])
        middle = np.where(is_open, 0.0, 0.5 * (low[codes] + high[codes]))
        light = self._to_camera_light(stored, coverage)
        repaired = stored.copy()
        is_left = np.full(len(stored), fill_value=True)
        for attempt in range(_ATTEMPTS):
            # Multiples of the golden ratio fill [0, 1) evenly. After half of the
            # attempts, each further one also halves the light above the clip.
            jitter = 1.0 + _JITTER * ((attempt * _GOLDEN) % 1.0 - 0.5)
            excess = np.maximum(light - low[codes], 0.0) * jitter
            excess *= 0.5 ** max(0, attempt - _ATTEMPTS // 2)
            tried = np.where(is_open, low[codes] + excess, middle)
            stored_try = self._to_stored(tried, coverage)
            is_kept = ~self._find_broken(stored_try, codes, coverage).any(axis=-1)
            repaired[is_left & is_kept] = stored_try[is_left & is_kept]
            is_left &= ~is_kept
            if not is_left.any():
                break
        return repaired

    def _decode_pixels(self, encoded: Pixels, coverage: Pixels | None) -> Pixels:
        """Return pixels (n, 3) as the config decodes their codes."""
        if not isinstance(self.camera, ViewCamera):
            return encoded
        encoding = self.camera.encoding
        light = encoding.decode(encoded).astype(np.float64)
        return self._to_stored(light / encoding.clip_level, coverage)

    def light_of(self, stored: Pixels, band: slice) -> NDArray[np.float64]:
        """Return the camera's light, 1 = clip, of rows of the result as stored."""
        return self._to_camera_light(stored, self._crop_coverage(band))

    def _codes(self, band: slice) -> Codes:
        return plate_codes(self.encoded[band], self.max_code)

    def _crop_coverage(self, band: slice) -> Pixels | None:
        return None if self.coverage is None else self.coverage[band]

    def _to_camera_light(
        self, stored: Pixels, coverage: Pixels | None
    ) -> NDArray[np.float64]:
        """Return the camera's light of stored pixels (..., 3)."""
        light = stored.astype(np.float64) * 2.0**-self.exposure_stops
        if coverage is not None:
            light /= coverage[..., None]
        return np.asarray(light @ np.linalg.inv(self.camera_to_stored))

    def _to_stored(
        self, camera_light: NDArray[np.float64], coverage: Pixels | None
    ) -> Pixels:
        """Return float32 pixels of the camera's light."""
        light = camera_light @ self.camera_to_stored * 2.0**self.exposure_stops
        if coverage is not None:
            light *= coverage[..., None]
        return np.asarray(light, dtype=np.float32)

    def _find_broken(
        self, stored: Pixels, codes: Codes, coverage: Pixels | None
    ) -> NDArray[np.bool_]:
        """Return which values do not photograph back to their codes."""
        return self.camera.is_broken(self._to_camera_light(stored, coverage), codes)


def as_stored(pixels: Pixels, depth: Depth) -> Pixels:
    """Return ``pixels`` as they are read back from a file of this depth."""
    if depth == "float":
        return pixels
    halves: NDArray[np.float16] = np.clip(pixels, -HALF_MAX, HALF_MAX).astype(
        np.float16
    )
    return halves.astype(np.float32)
