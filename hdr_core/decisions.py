"""What was made of the artist's options for one plate: decided once, then carried."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hdr_core.camera.response import Curve
from hdr_core.color.spaces import ESTIMATE, Colors, choose_colors
from hdr_core.fidelity.camera import Camera, CurveCamera, ViewCamera
from hdr_core.fidelity.tolerance import choose_tolerance
from hdr_core.options import Options, Stage
from hdr_core.panorama.detect import Verdict, find_panorama
from hdr_core.plate import Plate

# Largest code of the plates that stage 1 learnt from. Finer ones hide nothing that it
# could know.
LEARNT_CODE = 255


@dataclass(frozen=True)
class Decisions:
    """How one plate is reconstructed.

    Attributes:
        options: What the artist chose.
        colors: Color spaces of the plate and of the result.
        panorama: Whether the plate is a panorama, and why.
        tolerance_codes: Codes by which a re-shot value may be off.
        max_code: Largest code n of the plate.
        lossy_quality: Quality of its JPEG; None means a lossless file.
    """

    options: Options
    colors: Colors
    panorama: Verdict
    tolerance_codes: float
    max_code: int
    lossy_quality: int | None

    @property
    def is_panorama(self) -> bool:
        """Whether the plate has no border."""
        return self.panorama.is_panorama

    @property
    def is_promised(self) -> bool:
        """Whether the result is held to the plate's codes."""
        return self.options.fidelity == "plate"

    @property
    def is_plain(self) -> bool:
        """Whether unclipped pixels are to be what the color config makes of them."""
        is_known = self.options.linearize not in ESTIMATE
        is_untouched = not (self.runs("dequantize") or self.runs("refine"))
        return is_known and is_untouched and self.is_promised

    @property
    def most_change(self) -> float | None:
        """How far stage 1 may move a value: what the promise would not take back.

        None means as far as the network says.
        """
        if not self.is_promised:
            return None
        return (0.5 + self.tolerance_codes) / self.max_code

    @property
    def dequantizes(self) -> bool:
        """Whether stage 1 runs."""
        return self.runs("dequantize") and self.max_code <= LEARNT_CODE

    @cached_property
    def camera(self) -> Camera | None:
        """The plate's camera where its encoding is known; None: to be estimated."""
        encoding = self.colors.encoding
        if encoding is None:
            return None
        if encoding.encode is not None:
            return ViewCamera(encoding, self.max_code, self.tolerance_codes)
        return self.curve_camera(encoding.curve, is_estimated=False)

    def curve_camera(
        self, inverse_crf: Curve, *, is_estimated: bool = True
    ) -> CurveCamera:
        """Return the plate's camera of a curve g, (N,)."""
        curve = np.asarray(inverse_crf, dtype=np.float64)
        return CurveCamera(curve, self.max_code, self.tolerance_codes, is_estimated)

    def runs(self, stage: Stage) -> bool:
        """Return whether the artist left this stage in."""
        return stage not in self.options.skip


def decide(plate: Plate, options: Options) -> Decisions:
    """Decide how ``plate`` is reconstructed.

    Args:
        plate: Encoded.
        options: What the artist chose.

    Raises:
        ColorError: The config, the encoding or the working space cannot be used.
        PlateError: It is to be taken as a panorama, and cannot be one.
    """
    return Decisions(
        options=options,
        colors=choose_colors(plate, options),
        panorama=find_panorama(plate, options.panorama),
        tolerance_codes=choose_tolerance(plate, options.tolerance_codes),
        max_code=plate.max_code,
        lossy_quality=plate.lossy_quality,
    )
