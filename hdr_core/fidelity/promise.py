"""Keep the re-shoot promise in the file: tolerance, depth, and the count of breaches.

A result is projected in the primaries of the networks, in float32. The file holds it
in the working space, perhaps in half floats: only what is read back from there may be
counted.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.response import Curve
from hdr_core.color.encoding import Encoding
from hdr_core.execution.scratch import bands, extent
from hdr_core.fidelity.bins import bounds, find_violations
from hdr_core.plate import HALF_MAX, Depth, Pixels, Plate

# Half floats tell all codes of so many bits apart, whatever the curve.
HALF_BITS = 10
# Light, as a multiple of the clip, which only suns and bare lamps reach. What lights a
# scene is to be exposed up and down without meeting the end of half floats.
SUN = 1000.0
# Brightnesses that are tried for light above clip, and how far they reach.
_ATTEMPTS = 64
_JITTER = 0.02
_GOLDEN = 0.6180339887498949
# Codes by which a decoded JPEG strays from what was encoded, by its quality: the 95th
# percentile over views of the training scenes at 4:2:0, measured by
# benchmarks/jpeg_tolerance.py.
TOLERANCE_BY_QUALITY = (
    (50, 11.0),
    (60, 10.0),
    (75, 9.0),
    (85, 8.0),
    (90, 7.0),
    (92, 6.0),
    (95, 5.0),
    (98, 4.0),
)


def tolerance_for_quality(quality: int) -> float:
    """Return the tolerance, in codes, of a JPEG of ``quality``.

    Measured: 4 codes at quality 98 and above, 11 at 50 and below, linear between.
    """
    qualities, codes = zip(*TOLERANCE_BY_QUALITY, strict=True)
    return float(np.interp(quality, qualities, codes))


def choose_tolerance(plate: Plate, asked: float | None) -> float:
    """Return the tolerance for ``plate``, in codes: what was asked, or by its file."""
    if asked is not None:
        return asked
    if plate.lossy_quality is None:
        return 0.0
    # Measured on 8 bits; the same share of the range for more.
    return tolerance_for_quality(plate.lossy_quality) * plate.max_code / 255


@dataclass(frozen=True)
class Promise:
    """What a result was promised: to photograph back to its plate.

    Attributes:
        encoded: The plate, (H, W, 3), not premultiplied.
        max_code: Its largest code.
        inverse_crf: g of its camera, (N,).
        tolerance_codes: Codes by which a value may be off.
        exposure_stops: Gain that the result was given.
        coverage: What the result is multiplied by, (H, W); None: nothing.
        camera_to_stored: The camera's light, 1 = clip, to the result's primaries, for
            rows; without the exposure.
        encoding: The camera, where that is no curve but knows how to encode; None:
            ``inverse_crf`` is the camera.
    """

    encoded: Pixels
    max_code: int
    inverse_crf: Curve
    tolerance_codes: float
    exposure_stops: float
    coverage: Pixels | None = None
    camera_to_stored: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    encoding: Encoding | None = None

    def count_violations(self, hdr: Plate, *, depth: Depth) -> int:
        """Return how many values of ``hdr``, stored so, break the promise."""
        total = 0
        for band in bands(hdr.pixels):
            stored = as_stored(hdr.pixels[band], depth)
            is_broken = self._broken(stored, self._encoded_of(band), self._cover(band))
            total += int(np.count_nonzero(is_broken))
        return total

    def settle(self, hdr: Plate) -> int:
        """Nudge values of ``hdr``, in place, which float32 moved to another code.

        In the working space a value shares its digits with brighter ones: beside a
        red lamp of 500, one float32 step of red is more than a code of 16 bits of
        green. What was clipped has room, and is tried a little brighter or dimmer
        until the others fall into place. Where the camera is no curve, the config's
        own decoding is taken.

        Returns:
            Values that break the promise still.
        """
        total = 0
        for band in bands(hdr.pixels):
            codes, coverage = self._encoded_of(band), self._cover(band)
            is_broken = self._broken(hdr.pixels[band], codes, coverage)
            if is_broken.any():
                places = is_broken.any(axis=-1)
                cover = None if coverage is None else coverage[places]
                stored = hdr.pixels[band][places]
                if self.encoding is None:
                    stored = self._settled(stored, codes[places], cover)
                else:
                    stored = self._decoded(self.encoded[band][places], cover)
                hdr.pixels[band][places] = stored
                is_broken = self._broken(hdr.pixels[band], codes, coverage)
            total += int(np.count_nonzero(is_broken))
        return total

    def _settled(
        self, stored: Pixels, codes: NDArray[np.int32], coverage: Pixels | None
    ) -> Pixels:
        """Return pixels (n, 3) that keep their codes, as far as one was found."""
        low, high = bounds(
            self.inverse_crf,
            max_code=self.max_code,
            tolerance_codes=self.tolerance_codes,
        )
        is_open = np.isinf(high[codes])
        middle = np.where(is_open, 0.0, 0.5 * (low[codes] + high[codes]))
        light = self._camera_light(stored, coverage)
        settled = stored.copy()
        is_left = np.full(len(stored), fill_value=True)
        for attempt in range(_ATTEMPTS):
            # Multiples of the golden ratio fill [0, 1) evenly; then ever less light.
            jitter = 1.0 + _JITTER * ((attempt * _GOLDEN) % 1.0 - 0.5)
            excess = np.maximum(light - low[codes], 0.0) * jitter
            excess *= 0.5 ** max(0, attempt - _ATTEMPTS // 2)
            tried = np.where(is_open, low[codes] + excess, middle)
            stored_try = self._stored(tried, coverage)
            is_kept = ~self._broken(stored_try, codes, coverage).any(axis=-1)
            settled[is_left & is_kept] = stored_try[is_left & is_kept]
            is_left &= ~is_kept
            if not is_left.any():
                break
        return settled

    def _decoded(self, encoded: Pixels, coverage: Pixels | None) -> Pixels:
        """Return pixels (n, 3) as the config decodes their codes."""
        if self.encoding is None:
            return encoded
        light = self.encoding.decode(encoded).astype(np.float64)
        return self._stored(light / self.encoding.clip_level, coverage)

    def _encoded_of(self, band: slice) -> NDArray[np.int32]:
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
        self, stored: Pixels, codes: NDArray[np.int32], coverage: Pixels | None
    ) -> NDArray[np.bool_]:
        """Return which values do not photograph back to their codes."""
        light = self._camera_light(stored, coverage)
        if self.encoding is None or self.encoding.encode is None:
            return find_violations(
                light,
                codes,
                self.inverse_crf,
                max_code=self.max_code,
                tolerance_codes=self.tolerance_codes,
            )
        light *= self.encoding.clip_level
        shot = self.encoding.encode(light)
        difference = np.rint(np.clip(shot, 0.0, 1.0) * self.max_code) - codes
        return np.asarray(~(np.abs(difference) <= self.tolerance_codes))


class DepthChoice(NamedTuple):
    """How deep pixels are stored.

    Attributes:
        depth: Half or float.
        reason: Why.
        violations: Values that break the promise at this depth; None: not counted.
    """

    depth: Depth
    reason: str
    violations: int | None = None


def choose_depth(
    hdr: Plate, promise: Promise | None, *, is_panorama: bool = False
) -> DepthChoice:
    """Return the smallest depth which keeps the promise.

    Args:
        hdr: The result.
        promise: What it must keep; None: nothing.
        is_panorama: It lights a scene.
    """
    _, brightest = extent(hdr.pixels)
    if brightest > HALF_MAX:
        why = f"light of {brightest:.0f} is more than half floats hold"
        return DepthChoice("float", why)
    if is_panorama and brightest > SUN:
        why = f"a panorama with light of {brightest:.0f}, as of a sun"
        return DepthChoice("float", why)
    if promise is None:
        return DepthChoice("half", "no code is promised")
    if promise.max_code >= 2**HALF_BITS:
        why = f"half floats do not hold more than {HALF_BITS} bits"
        return DepthChoice("float", why)
    if n_broken := promise.count_violations(hdr, depth="half"):
        why = f"half floats would move {n_broken} values to another code"
        return DepthChoice("float", why)
    return DepthChoice("half", "half floats keep every code", violations=0)


def plate_codes(encoded: Pixels, max_code: int) -> NDArray[np.int32]:
    """Return the codes 0 to ``max_code`` of an encoded plate."""
    return np.rint(np.clip(encoded, 0.0, 1.0) * max_code).astype(np.int32)


def as_stored(pixels: Pixels, depth: Depth) -> Pixels:
    """Return what is read back of ``pixels`` from a file of this depth."""
    if depth == "float":
        return pixels
    halves: NDArray[np.float16] = np.clip(pixels, -HALF_MAX, HALF_MAX).astype(
        np.float16
    )
    return halves.astype(np.float32)
