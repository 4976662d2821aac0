"""What is in a plate, before anything is made of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from hdr_core.camera.response import Curve, curve_grid
from hdr_core.camera.responses import inverse_srgb
from hdr_core.color.spaces import choose_colors
from hdr_core.config import Options
from hdr_core.delivery.header import clipped_percent
from hdr_core.develop.codes import codes_for_curve
from hdr_core.develop.passes import estimate_inverse_crf
from hdr_core.model import HdrModel
from hdr_core.networks import prepare
from hdr_core.plate import NOTES, Plate

# Encoded values at which the curve is told.
TOLD_AT = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class PlateInfo:
    """What is in a plate.

    Attributes:
        path: Its file.
        width: Columns.
        height: Rows.
        bits: Bits a channel; None: float.
        has_alpha: Whether it has coverage.
        lossy_quality: Estimated JPEG quality; None: lossless.
        clipped_percent: Pixels with a channel at the largest code.
        is_panorama: Whether it is an equirectangular panorama.
        panorama_reason: What says so.
        plate_space: Color space that the plate is taken to be in.
        clip_level: Scene-linear light at clip: 1, but for known encodings.
        notes: What was assumed.
        inverse_crf: g, estimated or of the known encoding, (N,).
        srgb_rmse: Its distance to sRGB, RMS over its samples.
    """

    path: Path | None
    width: int
    height: int
    bits: int | None
    has_alpha: bool
    lossy_quality: int | None
    clipped_percent: float
    is_panorama: bool
    panorama_reason: str
    plate_space: str
    clip_level: float
    notes: str
    inverse_crf: Curve
    srgb_rmse: float

    def curve_values(self) -> dict[float, float]:
        """Return scene-linear light by encoded value, at a few of them."""
        light = np.interp(TOLD_AT, curve_grid(len(self.inverse_crf)), self.inverse_crf)
        return dict(zip(TOLD_AT, (float(value) for value in light), strict=True))


@torch.inference_mode()
def inspect_plate(plate: Plate, model: HdrModel, *, config: Options) -> PlateInfo:
    """Return what is in ``plate``.

    Args:
        plate: Encoded.
        model: Its stages 1 and 2 estimate the camera.
        config: Device, precision and tiles.

    Raises:
        PlateError: The plate is not encoded, or holds NaN or infinite pixels.
        ColorError: The config or the encoding cannot be used.
    """
    colors = choose_colors(plate, config)
    networks = prepare(model, config)
    codes = codes_for_curve(plate, networks, config)
    if (inverse_crf := colors.curve) is None:
        inverse_crf = estimate_inverse_crf(
            codes.encoded,
            codes.dequantized,
            networks,
            is_panorama=codes.is_panorama,
        )
    notes = (colors.note, str(plate.metadata.get(NOTES, "")))
    difference = inverse_crf - inverse_srgb(curve_grid(len(inverse_crf)))
    return PlateInfo(
        path=plate.path,
        width=plate.width,
        height=plate.height,
        bits=plate.bits,
        has_alpha=plate.alpha is not None,
        lossy_quality=plate.lossy_quality,
        clipped_percent=clipped_percent(plate),
        is_panorama=codes.is_panorama,
        panorama_reason=codes.panorama.reason,
        plate_space=colors.assumed,
        clip_level=colors.clip_level,
        notes="; ".join(filter(None, notes)),
        inverse_crf=inverse_crf,
        srgb_rmse=float(np.sqrt(np.mean(difference**2))),
    )
