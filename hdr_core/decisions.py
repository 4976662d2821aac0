"""Decide once how the artist's options apply to one plate."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hdr_core.camera.curves import Curve
from hdr_core.color.recognized import Recognized
from hdr_core.color.spaces import Colors, choose_colors
from hdr_core.errors import PlateError
from hdr_core.fidelity.bracket_camera import BracketCamera
from hdr_core.fidelity.camera import Camera, CurveCamera, ViewCamera
from hdr_core.fidelity.map_camera import MapCamera
from hdr_core.fidelity.tolerance import choose_tolerance, codec_tolerance
from hdr_core.headers.exposure import exposure_stops
from hdr_core.known_light import GainMap
from hdr_core.options import ESTIMATE, Options, Stage
from hdr_core.panorama.detect import Verdict, find_panorama
from hdr_core.plate import Plate

# Largest code of the plates that stage 1 learnt from. Plates with more codes are left
# as they are.
LEARNT_CODE = 255


@dataclass(frozen=True)
class Decisions:
    """How one plate is reconstructed.

    Attributes:
        options: The artist's choices.
        colors: Color spaces of the plate and of the result.
        panorama: Whether the plate is a panorama, and the reason.
        tolerance_codes: Codes by which a re-shot value may differ from the plate.
        max_code: Largest code n of the plate.
        lossy_quality: JPEG quality of the plate file; None means a lossless file.
        gain_map: The light that the plate's file states; None means that there is none,
            or that it is ignored.
        exposure: Exposure of the plate by its Exif, in stops, for differences to other
            pictures; None means that it is not known.
    """

    options: Options
    colors: Colors
    panorama: Verdict
    tolerance_codes: float
    max_code: int
    lossy_quality: int | None
    gain_map: GainMap | None = None
    exposure: float | None = None

    @property
    def is_panorama(self) -> bool:
        """Whether the plate is a panorama, which has no border."""
        return self.panorama.is_panorama

    @property
    def is_promised(self) -> bool:
        """Whether the result is held to the plate's codes."""
        return self.options.fidelity == "plate"

    @property
    def is_plain(self) -> bool:
        """Whether unclipped pixels become exactly what the color config returns."""
        is_known = self.options.linearize not in ESTIMATE and self.gain_map is None
        is_untouched = not (self.runs("dequantize") or self.runs("refine"))
        return is_known and is_untouched and self.is_promised

    @property
    def most_change(self) -> float | None:
        """Largest change of a value by stage 1, as a share of the encoded range.

        The promise would undo a larger change. None means no limit.
        """
        if not self.is_promised:
            return None
        return (0.5 + self.tolerance_codes) / self.max_code

    @property
    def dequantizes(self) -> bool:
        """Whether stage 1 runs."""
        is_learnt = self.max_code <= LEARNT_CODE and self.gain_map is None
        return self.runs("dequantize") and is_learnt

    @cached_property
    def camera(self) -> Camera | None:
        """Camera of a plate with a known encoding; None means that it is estimated."""
        encoding = self.colors.encoding
        if encoding is None:
            return None
        if self.gain_map is not None:
            codes = codec_tolerance(self.lossy_quality, self.max_code)
            return MapCamera(encoding.curve, self.max_code, self.gain_map, codes)
        if encoding.encode is not None:
            return ViewCamera(encoding, self.max_code, self.tolerance_codes)
        return self.curve_camera(encoding.curve, lifts_black=False)

    def curve_camera(
        self, inverse_crf: Curve, *, lifts_black: bool = True
    ) -> CurveCamera:
        """Return a camera for this plate with the inverse CRF g.

        Args:
            inverse_crf: g, (N,), increasing from 0 to 1.
            lifts_black: Whether code 0 becomes its likeliest light, as for an estimate.
        """
        curve = np.asarray(inverse_crf, dtype=np.float64)
        return CurveCamera(curve, self.max_code, self.tolerance_codes, lifts_black)

    def with_clip_of(self, camera: Camera) -> "Decisions":
        """Return the decisions where the clip is that of ``camera``."""
        if not isinstance(camera, BracketCamera):
            return self
        level = self.colors.clip_level * camera.merge.ceiling
        return replace(self, colors=replace(self.colors, clip_level=level))

    def runs(self, stage: Stage) -> bool:
        """Return whether the artist did not skip this stage."""
        if self.gain_map is not None and self.options.gain_map == "only":
            return False
        return stage not in self.options.skip


def decide(
    plate: Plate, options: Options, recognized: Recognized | None = None
) -> Decisions:
    """Decide how ``plate`` is reconstructed.

    Args:
        plate: The plate, encoded.
        options: The artist's choices.
        recognized: What its pixels say about its output transform; None means that
            nobody looked.

    Raises:
        ColorError: The config, the encoding or the working space cannot be used.
        PlateError: The options say that the plate is a panorama, but it cannot be one;
            or that its gain map is all that counts, but it has none; or anchors are
            given, but its light is known.
    """
    gain_map = None if options.gain_map == "ignore" else plate.gain_map
    if options.gain_map == "only" and gain_map is None:
        raise PlateError(
            f"{plate.path or 'plate'}: has no gain map, so --gain-map only has nothing "
            "to take. Choose --gain-map auto."
        )
    colors = choose_colors(plate, options, recognized)
    if plate.clip_code is not None and colors.encoding is not None:
        raise PlateError(
            f"{plate.path or 'plate'}: its encoding is known ({colors.note}), and with "
            "it the clip. Leave --clip-level out, or choose --linearize network."
        )
    if options.anchors and colors.encoding is not None:
        wanted = "Choose --gain-map ignore" if gain_map is not None else "Leave it out"
        raise PlateError(
            f"{plate.path or 'plate'}: its light is known ({colors.note}), so there is "
            f"no curve that {options.anchors.flags} could pin. {wanted}."
        )
    return Decisions(
        options=options,
        colors=colors,
        panorama=find_panorama(plate, options.panorama),
        tolerance_codes=0.0
        if gain_map is not None
        else choose_tolerance(plate, options.tolerance_codes),
        max_code=plate.max_code,
        lossy_quality=plate.lossy_quality,
        gain_map=gain_map,
        exposure=exposure_stops(plate.metadata),
    )
