"""The rows of an evaluation: the scores of one method on one plate."""

from dataclasses import dataclass
from typing import Literal

from hdr_core.evaluation.case import CurveKind, Kind, SceneKind

Method = Literal[
    "hdr_core",
    "hdr_core, true curve",
    "hdr_core, mean real curve",
    "hdr_core, true light",
    "hdr_core, true values",
    "hdr_core, no refinement",
    "hdr_core, camera prior",
    "hdr_core, true transform",
    "sRGB-linear",
    "true curve, left clipped",
    "mean real curve, left clipped",
    "true transform, left clipped",
]


@dataclass(frozen=True)
class Row:
    """The scores of one method on one plate. NaN means not measured.

    Attributes:
        case: Name of the plate.
        kind: View, whole panorama, photograph, or rendered picture.
        scene_kind: Light of the scene; None means unknown.
        curve_kind: Origin of a synthetic camera's curve; None means a real camera.
        camera: Name of a real camera; None means a synthetic camera.
        camera_class: Class of a real camera: phone, compact...
        jpeg_quality: Quality of a JPEG; None means a PNG.
        method: Method that made the result.
        pu21_psnr: PU21-PSNR, dB.
        by_code: Gain in PU21-PSNR if each part of the plate held the truth, dB
            (by_code.py).
        jod: ColorVideoVDP score, at most 10.
        well: RMS error of log2 luminance of well-exposed pixels, stops.
        sat: The same for clipped pixels.
        hue: Error of log2 of red and blue over luminance of pixels that are clipped
            in all channels, stops.
        sparkle: Share of clipped pixels whose hue differs from that of their
            neighbors (sparkle.py).
        sparkle_excess: ``sparkle`` minus that of the truth.
        energy: Light of the clipped pixels, result over truth, stops.
        peak: Brightest pixel, result over truth, stops.
        ground: Irradiance on a floor, result over truth, stops; panoramas only.
        crf_rmse: RMS error of the inverse CRF, if the method has one.
        dequantization: Gain of stage 1, dB, if it ran.
        banding: The same on the view shot without noise and stored as a PNG, if that
            has banding (metrics.band_share).
        coverage: Share of clipped pixels whose truth lies in the predicted 80 %
            interval.
        violations: Number of values of the result, as a file stores them, that do not
            encode back to their code; None means that nothing is promised.
    """

    case: str
    kind: Kind
    scene_kind: SceneKind | None
    curve_kind: CurveKind | None
    camera: str | None
    camera_class: str | None
    jpeg_quality: int | None
    method: Method
    pu21_psnr: float
    by_code: tuple[float, ...]
    jod: float
    well: float
    sat: float
    hue: float
    sparkle: float
    sparkle_excess: float
    energy: float
    peak: float
    ground: float
    crf_rmse: float
    dequantization: float
    banding: float
    coverage: float
    violations: int | None


@dataclass(frozen=True)
class ResolutionRow:
    """The change of the clipped light when a plate is enlarged.

    Attributes:
        case: Name of the plate.
        factor: Factor of the enlargement.
        energy: Light of the clipped pixels, enlarged over original, stops.
    """

    case: str
    factor: int
    energy: float


@dataclass(frozen=True)
class QualityRow:
    """The gain of stage 1 on a plate stored as a JPEG.

    Attributes:
        case: Name of the plate.
        quality: JPEG quality.
        gain: Gain in PSNR, dB.
    """

    case: str
    quality: int
    gain: float


@dataclass(frozen=True)
class SparkleRow:
    """The sparkle of a picture without truth.

    Attributes:
        file: Name of the picture, after that of its folder.
        clipped: Share of clipped pixels.
        sparkle: Share of the clipped pixels that sparkle; NaN if no pixel is clipped.
    """

    file: str
    clipped: float
    sparkle: float
