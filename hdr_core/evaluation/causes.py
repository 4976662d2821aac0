"""What each error costs: one part of the result after the other is made true.

    true curve       stage 2 is told the camera
    true light       clipped pixels hold the truth: stages 3 and 4 have nothing to add
    true values      the plate holds what the camera saw before noise, codes and JPEG
    no refinement    stage 4 is left out: what it is worth

What a score gains so is what the part's errors take from it. Costs do not add up: a
wrong curve moves the light above clip as well.
"""

from dataclasses import replace
from typing import Protocol

import numpy as np

from hdr_core.camera.response import Curve
from hdr_core.evaluation.case import Case
from hdr_core.evaluation.metrics import Image
from hdr_core.evaluation.protocol import ValCase
from hdr_core.options import Stage
from hdr_core.plate import Plate
from hdr_core.reconstruction import Reconstruction


class Reconstructor(Protocol):
    """A plate's reconstruction: told the inverse CRF, or not; with stages left out."""

    def __call__(
        self, plate: Plate, inverse_crf: Curve | None, *, skip: tuple[Stage, ...] = ()
    ) -> Reconstruction:
        """Return the reconstruction."""


def with_true_light(hdr: Image, case: Case) -> Image:
    """Return a result with the truth where the plate is clipped, at its exposure."""
    return np.where(case.clipped[..., None], case.truth, case.exposed(hdr))


def with_true_values(case: ValCase, curve: Curve, run: Reconstructor) -> Image:
    """Return the result on what the camera saw before noise, codes and JPEG."""
    clean = replace(case.plate, pixels=case.clean, bits=None, lossy_quality=None)
    return run(clean, curve, skip=("dequantize",)).hdr.pixels


def without_refinement(case: Case, curve: Curve, run: Reconstructor) -> Image:
    """Return the result of the first three stages."""
    return run(case.plate, curve, skip=("refine",)).hdr.pixels
