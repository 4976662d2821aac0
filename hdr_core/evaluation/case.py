"""A plate with its truth, on which every method is measured."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import Curve
from hdr_core.metrics import plate_metrics
from hdr_core.metrics.plate_metrics import Image, Mask
from hdr_core.metrics.sparkle import sparkle
from hdr_core.plate import Plate

Kind = Literal["view", "panorama", "photo", "render"]
CurveKind = Literal["measured", "today"]
SceneKind = Literal["night", "studio", "sun", "indoor", "outdoor"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A plate with its truth.

    Attributes:
        name: Unique name among the plates of an evaluation.
        kind: View or panorama of a synthetic scene, photograph, or rendered picture.
        plate: Plate that the camera wrote.
        truth: True light, scene-linear (H, W, 3), 1 = sensor clip.
        inverse_crf: Inverse response curve of the camera, (1024,).
        scene_kind: Light of the scene; None means unknown.
        curve_kind: Origin of a synthetic camera's curve; None means a real camera.
        camera_name: Name of a real camera; None means a synthetic camera.
        camera_class: Class of a real camera (phone, compact...); None means a
            synthetic camera.
    """

    name: str
    kind: Kind
    plate: Plate
    truth: Image
    inverse_crf: Curve
    scene_kind: SceneKind | None = None
    curve_kind: CurveKind | None = None
    camera_name: str | None = None
    camera_class: str | None = None

    @property
    def is_lossless(self) -> bool:
        """Whether the plate is stored without loss, as a PNG is."""
        return self.plate.lossy_quality is None

    @cached_property
    def well_exposed(self) -> Mask:
        """Mask of the pixels whose codes are all in 0.05-0.9."""
        return plate_metrics.well_exposed(self.plate.pixels)

    @cached_property
    def clipped(self) -> Mask:
        """Mask of the pixels whose brightest code is above 0.98."""
        return plate_metrics.clipped(self.plate.pixels)

    @cached_property
    def all_clipped(self) -> Mask:
        """Mask of the pixels whose darkest code is above 0.98."""
        return plate_metrics.all_clipped(self.plate.pixels)

    @cached_property
    def true_sparkle(self) -> float:
        """Sparkle of the truth: small lights of many colors sparkle, too."""
        return sparkle(self.truth, self.clipped)

    @property
    def codes(self) -> NDArray[np.int64]:
        """Integer codes of the plate, (H, W, 3)."""
        return np.rint(self.plate.pixels * self.plate.max_code).astype(np.int64)

    def exposed(self, hdr: Image) -> Image:
        """Return a result (H, W, 3) at the exposure of the truth."""
        gain = plate_metrics.scale_to_truth(hdr, self.truth, self.well_exposed)
        return hdr * np.float32(gain)
