"""What stage 1 gains on the val views as JPEGs of every quality, not their own alone.

The cameras are told, and stages 3 and 4 left out: nothing but codes is looked at.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.metrics import dequantization_gain
from hdr_core.evaluation.protocol import ValCase, ValSet
from hdr_core.evaluation.results import QualityRow
from hdr_core.plate import Plate

QUALITIES = (75, 80, 85, 90, 95, 98, 99, 100)
SEED = 75


def as_jpeg(case: ValCase, quality: int) -> Plate:
    """Return what the camera of ``case`` had written as a JPEG of ``quality``."""
    camera = replace(case.camera, jpeg_quality=quality)
    light = torch.from_numpy(case.truth.transpose(2, 0, 1).copy())
    shot = camera.shoot(light, torch.Generator().manual_seed(SEED))
    pixels = np.ascontiguousarray(shot.permute(1, 2, 0).numpy())
    return replace(case.plate, pixels=pixels, lossy_quality=quality)


def quality_rows(val_set: ValSet, run: Reconstructor) -> Iterator[QualityRow]:
    """Return the gain of stage 1 on each view, for each of ``QUALITIES``."""
    for plan in val_set.plans:
        if plan.kind != "view":
            continue
        case = val_set.case(plan)
        for quality in QUALITIES:
            plate = as_jpeg(case, quality)
            result = run(plate, case.camera.inverse_crf, skip=("hallucinate", "refine"))
            gain = dequantization_gain(result.dequantized, plate.pixels, case.clean)
            yield QualityRow(case.name, quality, gain)
