"""What stage 1 gains on the val views as JPEGs of every quality, not their own alone.

The cameras are told, and stages 3 and 4 left out: nothing but codes is looked at.
"""

from collections.abc import Iterator

import torch

from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.metrics import dequantization_gain
from hdr_core.evaluation.protocol import ValCase
from hdr_core.evaluation.rows import QualityRow
from hdr_core.plate import Plate

QUALITIES = (75, 80, 85, 90, 95, 98, 99, 100)
SEED = 75


def gain_alone(case: ValCase, plate: Plate, run: Reconstructor) -> float:
    """Return what stage 1 gains on ``plate``, as the camera of ``case`` shot it, dB."""
    result = run(plate, case.camera.inverse_crf, skip=("hallucinate", "refine"))
    return dequantization_gain(result.dequantized, plate.pixels, case.clean)


def quality_rows(case: ValCase, run: Reconstructor) -> Iterator[QualityRow]:
    """Return what stage 1 gains on ``case``, for each of ``QUALITIES``."""
    for quality in QUALITIES:
        plate = case.as_jpeg(quality, torch.Generator().manual_seed(SEED))
        yield QualityRow(case.name, quality, gain_alone(case, plate, run))
