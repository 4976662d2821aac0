"""What is measured: a row for every plate and method."""

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
    "sRGB-linear",
    "true curve, left clipped",
    "mean real curve, left clipped",
]


@dataclass(frozen=True)
class Row:
    """One method on one plate. NaN: cannot be measured there.

    Attributes:
        case: The plate's name.
        kind: A view, a whole panorama, or a photograph.
        scene_kind: What lights the scene; None: unknown.
        curve_kind: Where a synthetic camera's curve is from.
        camera: Name of a real camera.
        camera_class: Of a real camera: phone, compact...
        jpeg_quality: None: a PNG.
        method: What made the result.
        pu21_psnr: dB.
        by_code: What it would gain were each part of the plate true, dB (by_code.py).
        jod: ColorVideoVDP, at most 10.
        well: RMS error of log2 luminance of well-exposed pixels, stops.
        sat: The same of clipped pixels.
        hue: Error of log2 of red and blue over luminance where all channels are
            clipped, stops.
        sparkle: Share of clipped pixels whose hue is not their neighbors' (sparkle.py).
        sparkle_excess: The same, less the truth's own.
        energy: Light of the clipped pixels, result over truth, stops.
        peak: Brightest pixel, result over truth, stops.
        ground: Irradiance on a floor, result over truth, stops; panoramas only.
        crf_rmse: Of the inverse CRF, where the method estimates one.
        dequantization: Gain of stage 1, dB, where it ran.
        banding: The same on the view shot without noise, as a PNG, where that has
            bands (metrics.band_share).
        coverage: Share of clipped pixels whose truth lies in the 80 % interval told.
        violations: Values of the result, as a file holds them, which would not
            photograph back to their code; None: nothing is promised.
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
    """How the light above clip changes when a plate is enlarged.

    Attributes:
        case: The plate's name.
        factor: By which it was enlarged.
        energy: Light of the clipped pixels, enlarged over plain, stops.
    """

    case: str
    factor: int
    energy: float


@dataclass(frozen=True)
class QualityRow:
    """What stage 1 gains on a plate as a JPEG.

    Attributes:
        case: The plate's name.
        quality: Of the JPEG.
        gain: dB.
    """

    case: str
    quality: int
    gain: float


@dataclass(frozen=True)
class SparkleRow:
    """How many clipped pixels of a picture without truth sparkle.

    Attributes:
        file: Name of the picture and of its folder.
        clipped: Share of its pixels that are clipped.
        sparkle: Share of those that sparkle; NaN: none is clipped.
    """

    file: str
    clipped: float
    sparkle: float
