"""The cost of each error: one part of the pipeline at a time gets the truth.

    true curve       stage 2 is replaced by the camera's true curve
    true light       clipped pixels hold the truth: stages 3 and 4 add nothing
    true values      the plate holds the values before noise, quantization and JPEG
    no refinement    stage 4 is skipped

The gain in a score is the cost of that part's errors. Costs do not add up: a wrong
curve also changes the light above clip.
"""

from dataclasses import replace
from typing import Protocol

import numpy as np

from hdr_core.camera.curves import Curve
from hdr_core.evaluation.case import Case
from hdr_core.evaluation.protocol import ValCase
from hdr_core.metrics.plate_metrics import Image
from hdr_core.options import Stage
from hdr_core.plate import Plate
from hdr_core.reconstruction import Reconstruction


class Reconstructor(Protocol):
    """Reconstructs a plate, with or without a known inverse CRF and all stages."""

    def __call__(
        self,
        plate: Plate,
        inverse_crf: Curve | None,
        *,
        skip: tuple[Stage, ...] = (),
        linearize: str = "auto",
    ) -> Reconstruction:
        """Return the reconstruction of ``plate``.

        Args:
            plate: Plate to reconstruct.
            inverse_crf: Known inverse CRF, (1024,); None means estimate it.
            skip: Stages to skip.
            linearize: The plate's encoding, as in ``Options``.
        """


def with_true_light(hdr: Image, case: Case) -> Image:
    """Return a result with the truth in the clipped pixels, at the same exposure."""
    return np.where(case.clipped[..., None], case.truth, case.exposed(hdr))


def with_true_values(case: ValCase, curve: Curve, run: Reconstructor) -> Image:
    """Return the result of the plate before noise, quantization and JPEG."""
    clean = replace(case.plate, pixels=case.clean, bits=None, lossy_quality=None)
    return run(clean, curve, skip=("dequantize",)).hdr.pixels


def without_refinement(case: Case, curve: Curve, run: Reconstructor) -> Image:
    """Return the result of the first three stages."""
    return run(case.plate, curve, skip=("refine",)).hdr.pixels
