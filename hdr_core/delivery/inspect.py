"""Inspect a plate: its format, its clipped share, and the estimated camera."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.camera.responses import inverse_srgb
from hdr_core.color.plate_color import unpremultiply
from hdr_core.decisions import decide
from hdr_core.delivery.header import clipped_percent
from hdr_core.develop.estimate_camera import camera_of_plate
from hdr_core.execution.scratch import Scratch
from hdr_core.fidelity.camera import CurveCamera
from hdr_core.model import HdrModel
from hdr_core.networks import prepare
from hdr_core.options import Options
from hdr_core.plate import NOTES, Plate
from hdr_core.recognize.recognize import recognize_plate
from hdr_core.recognize.torch_recognizer import TorchRecognizer

# Encoded values at which the curve is reported.
REPORTED_AT = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class PlateInfo:
    """What is in a plate.

    Attributes:
        path: Path of the plate file; None means that the plate has no file.
        width: Number of columns.
        height: Number of rows.
        bits: Bits per channel; None means float.
        has_alpha: Whether it has coverage.
        lossy_quality: Estimated JPEG quality; None means lossless.
        clipped_percent: Share of the pixels with a channel at the largest code.
        is_panorama: Whether it is an equirectangular panorama.
        panorama_reason: Why it is taken as one, or not.
        plate_space: Color space that the plate is taken to be in.
        clip_level: Scene-linear light at clip: 1, except for known encodings.
        gain_map: The gain map of its file, in words; None means that it has none, or
            that it is ignored.
        notes: What was assumed.
        inverse_crf: g, (N,), estimated or of the known encoding.
        srgb_rmse: RMS difference of g to the inverse CRF of sRGB.
        anchors: How far anchors moved g, in words; None: there were none.
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
    gain_map: str | None
    notes: str
    inverse_crf: Curve
    srgb_rmse: float
    anchors: str | None = None

    def curve_values(self) -> dict[float, float]:
        """Return g at a few encoded values."""
        places = curve_grid(len(self.inverse_crf))
        light = np.interp(REPORTED_AT, places, self.inverse_crf)
        return dict(zip(REPORTED_AT, (float(value) for value in light), strict=True))


@torch.inference_mode()
def inspect_plate(plate: Plate, model: HdrModel, *, config: Options) -> PlateInfo:
    """Return what is in ``plate``.

    Args:
        plate: Encoded.
        model: Networks; stages 1 and 2 estimate the camera.
        config: Device, precision, tiles, and the encoding if it is known.

    Raises:
        PlateError: The plate is not encoded, or holds NaN or infinite pixels.
        ColorError: The config or the encoding cannot be used.
    """
    encoded = unpremultiply(plate, Scratch(config.memory_gib))
    known = recognize_plate(plate, encoded, config, model.config, TorchRecognizer())
    decisions = decide(plate, config, known)
    networks = prepare(model, config)
    colors = decisions.colors
    camera = decisions.camera or camera_of_plate(encoded, networks, decisions)
    moved = camera.moved if isinstance(camera, CurveCamera) else None
    inverse_crf = camera.inverse_crf
    notes = [colors.note, str(plate.metadata.get(NOTES, ""))]
    notes += moved.notes if moved else ()
    difference = inverse_crf - inverse_srgb(curve_grid(len(inverse_crf)))
    return PlateInfo(
        path=plate.path,
        width=plate.width,
        height=plate.height,
        bits=plate.bits,
        has_alpha=plate.alpha is not None,
        lossy_quality=plate.lossy_quality,
        clipped_percent=clipped_percent(plate),
        is_panorama=decisions.is_panorama,
        panorama_reason=decisions.panorama.reason,
        plate_space=colors.assumed,
        clip_level=colors.clip_level,
        gain_map=decisions.gain_map.describe() if decisions.gain_map else None,
        notes="; ".join(filter(None, notes)),
        inverse_crf=inverse_crf,
        srgb_rmse=float(np.sqrt(np.mean(difference**2))),
        anchors=moved.describe() if moved else None,
    )
