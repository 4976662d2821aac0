"""The camera of one plate: linearize it, and hold a result to its codes.

    linearize   codes -> light        project   light -> light that the codes allow
    is_broken   light -> which values do not photograph back to their code

There are four cameras:

- ``CurveCamera`` has one increasing curve for all channels, such as an estimate, a log
  encoding or a transfer function.
- ``ViewCamera`` has an encoding without such a curve, such as an output transform,
  which decodes and encodes itself.
- ``BracketCamera`` (bracket_camera.py) is a CurveCamera that also knows the light of
  other exposures.
- ``MapCamera`` (map_camera.py) has the light that a gain map states.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curve_move import CurveMove
from hdr_core.camera.curves import Curve, curve_edges, follow_curve, lift_black
from hdr_core.color.encoding import Encoding
from hdr_core.execution.scratch import CACHE_PIXELS, Scratch, bands
from hdr_core.fidelity.bins import bounds, find_violations, project, sure_light
from hdr_core.plate import Pixels

Codes = NDArray[np.int32]
Light = NDArray[np.floating]
# Largest change by stage 1 of a value that a view decodes, as a share of a code.
WITHIN_CODE = 0.4


class CodeValues(NamedTuple):
    """The encoded values of a plate, each (H, W, 3) in [0, 1], not premultiplied.

    Attributes:
        encoded: Values as photographed.
        mended: Values with the clip undershoot filled (develop/clip_undershoot.py). If
            there was none, this is the same array as ``encoded``.
        fine: Values between the codes, estimated by stage 1. If stage 1 did not run,
            this is the same array as ``encoded``.
    """

    encoded: Pixels
    mended: Pixels
    fine: Pixels


class Camera(Protocol):
    """The camera of a plate, known or estimated.

    Attributes:
        inverse_crf: g, (N,), increasing; for a view, the g of grey pixels.
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
            hdr: Light of the result, (H, W, 3), 1 = clip.
            values: Encoded values of the plate.
            known: Light that ``linearize`` returned, (H, W, 3), 1 = clip.
        """

    def is_broken(self, light: Light, codes: Codes) -> NDArray[np.bool_]:
        """Return which values (..., 3) of light do not photograph back to ``codes``."""


@dataclass(frozen=True)
class CurveCamera:
    """A camera with one curve for all channels.

    Attributes:
        inverse_crf: g, (N,).
        max_code: Largest code n.
        tolerance_codes: Codes by which a value may be off.
        lifts_black: Whether code 0 becomes its likeliest light instead of 0, if stage 1
            ran (docs/decisions/012). A known encoding defines the light of code 0; an
            estimate does not.
        spread: Standard deviation of g, (N,); None means that it is not known.
        moved: How far anchors moved g; None means that there were none.
    """

    inverse_crf: Curve
    max_code: int
    tolerance_codes: float = 0.0
    lifts_black: bool = True
    spread: Curve | None = None
    moved: CurveMove | None = None

    def linearize(self, values: CodeValues, scratch: Scratch | None) -> Pixels:
        """Return the light of a plate, (H, W, 3), 1 = clip, in its own primaries."""
        applied = self.inverse_crf
        if self.lifts_black and values.fine is not values.encoded:
            applied = lift_black(applied, max_code=self.max_code)
        light = linearize_by_curve(values.fine, applied, scratch=scratch)
        if values.mended is not values.encoded:
            self._fill_undershoot(light, values)
        return light

    def _fill_undershoot(self, light: Pixels, values: CodeValues) -> None:
        """Set the light of the values that were raised, in place."""
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
    """A known encoding without one curve, which decodes and encodes itself.

    If light would not encode to the plate's code, the decoded light of the code is
    kept.

    Attributes:
        encoding: Encoding of the plate. Its ``encode`` is not None.
        max_code: Largest code n.
        tolerance_codes: Codes by which a value may be off.
    """

    encoding: Encoding
    max_code: int
    tolerance_codes: float = 0.0

    @property
    def inverse_crf(self) -> Curve:
        """Return g of grey pixels, (N,)."""
        return self.encoding.curve

    def linearize(self, values: CodeValues, scratch: Scratch | None) -> Pixels:
        """Return the light of a plate, (H, W, 3), 1 = clip, in its own primaries.

        Near the faces of the color cube, inverse output transforms have errors of about
        a code between two codes, but not at a code itself. There the code is decoded
        without the change by stage 1.
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
            hdr[band] = self._hold(hdr[band], known[band], codes)
        return hdr

    def _hold(self, hdr: Pixels, known: Pixels, codes: Codes) -> Pixels:
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
        """Return which pixels of light encode to ``codes``, as booleans (..., 1)."""
        shot = plate_codes(self._encode(light), self.max_code)
        return np.asarray((shot == codes).all(axis=-1, keepdims=True))

    def _encode(self, light: Light) -> Pixels:
        if self.encoding.encode is None:
            raise ValueError(
                f"{self.encoding.space}: a view camera needs an encoding with "
                "`encode`, found none. Use a CurveCamera."
            )
        return self.encoding.encode(light)


def linearize_by_curve(
    encoded: Pixels, inverse_crf: Curve, *, scratch: Scratch | None = None
) -> Pixels:
    """Apply g to encoded values.

    Args:
        encoded: Encoded values, (H, W, 3), in [0, 1].
        inverse_crf: g, (N,).
        scratch: Memory of the result; None means in memory.

    Returns:
        Scene-linear, (H, W, 3), 1 = sensor clip.
    """
    linear: Pixels = (scratch or Scratch()).zeros(encoded.shape)
    for rows in bands(encoded, most_px=CACHE_PIXELS):
        linear[rows] = follow_curve(encoded[rows], inverse_crf)
    return linear


def surely_unclipped_light(camera: Camera) -> float:
    """Return the light up to which a code is surely below the clip, 1 = clip."""
    return sure_light(
        camera.inverse_crf,
        max_code=camera.max_code,
        tolerance_codes=camera.tolerance_codes,
    )


def allowed_light(camera: Camera) -> tuple[Curve, Curve]:
    """Return the least and the largest light of each code, as ``bounds`` does."""
    return bounds(
        camera.inverse_crf,
        max_code=camera.max_code,
        tolerance_codes=camera.tolerance_codes,
    )


def half_code_light(camera: Camera) -> float:
    """Return the light of the first edge between two codes that is above 0."""
    edges = curve_edges(camera.inverse_crf, max_code=camera.max_code)
    return float(edges[edges > 0.0][0])


def plate_codes(encoded: Pixels, max_code: int) -> Codes:
    """Return the codes, 0 to ``max_code``, of encoded values in [0, 1]."""
    return np.rint(np.clip(encoded, 0.0, 1.0) * max_code).astype(np.int32)
