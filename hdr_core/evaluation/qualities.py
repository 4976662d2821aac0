"""The gain of stage 1 on the val views, stored as JPEGs of several qualities.

The camera's true curve is used and stages 3 and 4 are skipped: only stage 1 is
measured.
"""

from collections.abc import Iterator

import torch

from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.protocol import ValCase
from hdr_core.evaluation.rows import QualityRow
from hdr_core.metrics.plate_metrics import dequantization_gain
from hdr_core.plate import Plate

QUALITIES = (75, 80, 85, 90, 95, 98, 99, 100)
SEED = 75


def gain_alone(case: ValCase, plate: Plate, run: Reconstructor) -> float:
    """Return the gain of stage 1, in dB, on a plate of the scene of ``case``.

    Args:
        case: Scene and camera.
        plate: Plate shot by that camera, stored in any way.
        run: Pipeline to evaluate.
    """
    result = run(plate, case.camera.inverse_crf, skip=("hallucinate", "refine"))
    return dequantization_gain(result.dequantized, plate.pixels, case.clean)


def quality_rows(case: ValCase, run: Reconstructor) -> Iterator[QualityRow]:
    """Yield the gain of stage 1 on ``case`` for each of ``QUALITIES``."""
    for quality in QUALITIES:
        plate = case.as_jpeg(quality, torch.Generator().manual_seed(SEED))
        yield QualityRow(case.name, quality, gain_alone(case, plate, run))
