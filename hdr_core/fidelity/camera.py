"""The camera of one plate: undo it, hold a result to its codes, find what breaks them.

    linearize   codes -> light        project   light -> light that the codes allow
    is_broken   light -> which values would not photograph back to their code

There are two. ``CurveCamera`` is one increasing curve for all channels: an estimate, a
log, a transfer function. ``ViewCamera`` is an encoding without such a curve, such as an
output transform: OpenColorIO's own conversion decodes and encodes it.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from hdr_core.camera.response import Curve, apply_curve, curve_edges, lift_black
from hdr_core.color.encoding import Encoding
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.fidelity.bins import bounds, find_violations, project, sure_light
from hdr_core.plate import Pixels

Codes = NDArray[np.int32]
Light = NDArray[np.floating]
# Share of a code by which stage 1 may move a value that a view decodes.
WITHIN_CODE = 0.4


class CodeValues(NamedTuple):
    """The encoded values of a plate, each (H, W, 3) in [0, 1], not premultiplied.

    Attributes:
        encoded: As photographed.
        mended: The same, with clip undershoot filled (develop/clip_undershoot.py).
        fine: As photographed, with the values between the codes; the very array
            ``encoded`` where stage 1 did not run.
    """

    encoded: Pixels
    mended: Pixels
    fine: Pixels


class Camera(Protocol):
    """What is known of the camera of a plate.

    Attributes:
        inverse_crf: g, (N,), increasing; of a view that of its greys.
        max_code: Largest code n of the plate.
        tolerance_codes: Codes by which a value may be off.
    """

    @property
    def inverse_crf(self) -> Curve:
        """Return g, (N,)."""

    @property
    def max_code(self) -> int:
        """Return the largest code n."""

    @property
    def tolerance_codes(self) -> float:
        """Return by how many codes a value may be off."""

    def linearize(self, values: CodeValues, scratch: Scratch | None) -> Pixels:
        """Return the light of a plate, (H, W, 3), 1 = clip, in its own primaries."""

    def project(self, hdr: Pixels, values: CodeValues, known: Pixels) -> Pixels:
        """Return ``hdr`` held to the plate's codes, in place.

        Args:
            hdr: Light, (H, W, 3), 1 = clip.
            values: The plate.
            known: The light that ``linearize`` returned.
        """

    def is_broken(self, light: Light, codes: Codes) -> NDArray[np.bool_]:
        """Return which values (..., 3) of light do not photograph back to ``codes``."""


@dataclass(frozen=True)
class CurveCamera:
    """A camera that is one curve for all channels.

    Attributes:
        inverse_crf: g, (N,).
        max_code: Largest code n.
        tolerance_codes: Codes by which a value may be off.
        is_estimated: The curve is an estimate. A known encoding says what code 0 is;
            an estimate does not, and code 0 becomes the light that it most likely was.
    """

    inverse_crf: Curve
    max_code: int
    tolerance_codes: float = 0.0
    is_estimated: bool = True

    def linearize(self, values: CodeValues, scratch: Scratch | None) -> Pixels:
        """Return the light of a plate, (H, W, 3), 1 = clip, in its own primaries."""
        applied = self.inverse_crf
        if self.is_estimated and values.fine is not values.encoded:
            applied = lift_black(applied, max_code=self.max_code)
        light = linearize_by_curve(values.fine, applied, scratch=scratch)
        if values.mended is not values.encoded:
            self._fill_undershoot(light, values)
        return light

    def _fill_undershoot(self, light: Pixels, values: CodeValues) -> None:
        """Set the light of values that were mended, in place."""
        places = np.linspace(0.0, 1.0, len(self.inverse_crf))
        for band in bands(light):
            mended = values.mended[band]
            is_raised = mended > values.encoded[band]
            light[band][is_raised] = np.interp(
                mended[is_raised], places, self.inverse_crf
            )

    def project(self, hdr: Pixels, values: CodeValues, known: Pixels) -> Pixels:
        """Return ``hdr`` held to the plate's codes, in place."""
        del known  # The curve alone decides.
        for band in bands(hdr):
            hdr[band] = project(
                hdr[band],
                plate_codes(values.mended[band], self.max_code),
                self.inverse_crf,
                max_code=self.max_code,
                tolerance_codes=self.tolerance_codes,
            )
        return hdr

    def is_broken(self, light: Light, codes: Codes) -> NDArray[np.bool_]:
        """Return which values (..., 3) of light do not photograph back to ``codes``."""
        return find_violations(
            light,
            codes,
            self.inverse_crf,
            max_code=self.max_code,
            tolerance_codes=self.tolerance_codes,
        )


@dataclass(frozen=True)
class ViewCamera:
    """A known encoding that is no curve: OpenColorIO decodes and encodes it.

    What it would not encode to the plate's code is left as it decodes it.

    Attributes:
        encoding: The encoding; it has ``encode``.
        max_code: Largest code n.
        tolerance_codes: Codes by which a value may be off.
    """

    encoding: Encoding
    max_code: int
    tolerance_codes: float = 0.0

    @property
    def inverse_crf(self) -> Curve:
        """Return g of the greys, (N,)."""
        return self.encoding.curve

    def linearize(self, values: CodeValues, scratch: Scratch | None) -> Pixels:
        """Return the light of a plate, (H, W, 3), 1 = clip, in its own primaries.

        Near the faces of the color cube inverse output transforms go astray by a code
        or so between two codes, but not at a code itself. There the code is taken.
        """
        reach = np.float32(WITHIN_CODE / self.max_code)
        light: Pixels = (scratch or Scratch()).zeros(values.mended.shape)
        for band in bands(light):
            encoded = values.mended[band]
            moved = np.clip(
                values.fine[band],
                np.maximum(encoded - reach, 0.0),
                np.minimum(encoded + reach, 1.0),
            )
            decoded = self.encoding.decode(moved)
            if not np.array_equal(moved, encoded):
                is_kept = self._keeps(decoded, plate_codes(encoded, self.max_code))
                decoded = np.where(is_kept, decoded, self.encoding.decode(encoded))
            light[band] = decoded / np.float32(self.encoding.clip_level)
        return light

    def project(self, hdr: Pixels, values: CodeValues, known: Pixels) -> Pixels:
        """Return ``hdr`` held to the plate's codes, in place."""
        for band in bands(hdr):
            codes = plate_codes(values.mended[band], self.max_code)
            hdr[band] = self._held(hdr[band], known[band], codes)
        return hdr

    def _held(self, hdr: Pixels, known: Pixels, codes: Codes) -> Pixels:
        """Return ``hdr`` where a pixel is clipped and still encodes to its codes.

        All other pixels become ``known``.
        """
        held = known.copy()
        is_clipped = (codes == self.max_code).any(-1)
        if not is_clipped.any():
            return held
        brighter = np.maximum(hdr[is_clipped], known[is_clipped])
        light = brighter * np.float32(self.encoding.clip_level)
        is_kept = self._keeps(light, codes[is_clipped])
        held[is_clipped] = np.where(is_kept, brighter, known[is_clipped])
        return held

    def is_broken(self, light: Light, codes: Codes) -> NDArray[np.bool_]:
        """Return which values (..., 3) of light do not photograph back to ``codes``."""
        encoded = self._encode(light * self.encoding.clip_level)
        shot = np.rint(np.clip(encoded, 0.0, 1.0) * self.max_code)
        return np.asarray(~(np.abs(shot - codes) <= self.tolerance_codes))

    def _keeps(self, light: Light, codes: Codes) -> NDArray[np.bool_]:
        """Return which pixels (..., 1) of decoded light encode to ``codes``."""
        shot = plate_codes(self._encode(light), self.max_code)
        return np.asarray((shot == codes).all(axis=-1, keepdims=True))

    def _encode(self, light: Light) -> Pixels:
        if self.encoding.encode is None:
            raise ValueError(f"{self.encoding.space}: a view camera needs its encode.")
        return self.encoding.encode(light)


def linearize_by_curve(
    encoded: Pixels, inverse_crf: Curve, *, scratch: Scratch | None = None
) -> Pixels:
    """Return encoded values (H, W, 3) through g: scene-linear, 1 = sensor clip."""
    curve = torch.from_numpy(inverse_crf).float()[None]
    linear: Pixels = (scratch or Scratch()).zeros(encoded.shape)
    for rows in bands(encoded):
        band = torch.from_numpy(encoded[rows].copy())
        linear[rows] = apply_curve(band[None], curve)[0].numpy()
    return linear


def surely_unclipped_light(camera: Camera) -> float:
    """Return the light up to which a code is surely below the clip, 1 = clip."""
    return sure_light(
        camera.inverse_crf,
        max_code=camera.max_code,
        tolerance_codes=camera.tolerance_codes,
    )


def allowed_light(camera: Camera) -> tuple[Curve, Curve]:
    """Return the least and the largest light of each code, as ``bounds``."""
    return bounds(
        camera.inverse_crf,
        max_code=camera.max_code,
        tolerance_codes=camera.tolerance_codes,
    )


def half_code_light(camera: Camera) -> float:
    """Return the light of the first edge between codes that is above black."""
    edges = curve_edges(camera.inverse_crf, max_code=camera.max_code)
    return float(edges[edges > 0.0][0])


def plate_codes(encoded: Pixels, max_code: int) -> Codes:
    """Return the codes 0 to ``max_code`` of an encoded plate."""
    return np.rint(np.clip(encoded, 0.0, 1.0) * max_code).astype(np.int32)
