"""The four networks of the model, and their order in training."""

from typing import NamedTuple

import numpy as np
from torch import Tensor, nn

from hdr_core.camera.curves import curve_grid
from hdr_core.camera.response import CurveBasis, apply_curve
from hdr_core.config import LinearizeConfig, ModelConfig
from hdr_core.stages.dequantize import Dequantize
from hdr_core.stages.hallucinate.light import (
    Hallucinate,
    Light,
    Region,
    brighten,
    clip_mask,
)
from hdr_core.stages.linearize.estimate import Linearize
from hdr_core.stages.refine import Refine


class Stages(NamedTuple):
    """The results of all stages for a batch of whole plates.

    Attributes:
        dequantized: Result of stage 1, encoded, (B, 3, H, W).
        inverse_crf: Result of stage 2, (B, N).
        linear: The dequantized plate through this curve, scene-linear in [0, 1],
            (B, 3, H, W).
        light: Result of stage 3, the light above clip.
        hallucinated: The plate with this light, scene-linear HDR, (B, 3, H, W).
        refined: Result of stage 4, scene-linear HDR, (B, 3, H, W).
    """

    dequantized: Tensor
    inverse_crf: Tensor
    linear: Tensor
    light: Light
    hallucinated: Tensor
    refined: Tensor


class HdrModel(nn.Module):
    """The networks of the four stages: dequantize, linearize, hallucinate, refine.

    Args:
        config: Sizes of the networks, usually those of a preset.
        basis: Curve basis of stage 2.
    """

    def __init__(self, config: ModelConfig, basis: CurveBasis) -> None:
        super().__init__()
        self.config = config
        self.dequantize = Dequantize(config.dequantize)
        self.linearize = Linearize(config.linearize, basis)
        self.hallucinate = Hallucinate(config.hallucinate)
        self.refine = Refine(config.refine)

    def estimate_inverse_crf(self, encoded: Tensor, dequantized: Tensor) -> Tensor:
        """Return the inverse CRF (B, N) of whole plates.

        Args:
            encoded: Plates as photographed, in [0, 1], (B, 3, H, W).
            dequantized: The same plates after stage 1.
        """
        is_from_plate = self.config.curve_from == "plate"
        curve: Tensor = self.linearize(encoded if is_from_plate else dequantized)
        return curve

    def forward(self, encoded: Tensor, inverse_crf: Tensor | None = None) -> Stages:
        """Return the results of all stages, for training and for small plates.

        This is not how a plate is converted. Beside ``reconstruct`` it leaves out:
        tiles, so it needs memory for the whole plate; the corner views of a plate and
        the views of a panorama, so stage 3 predicts once, from the whole plate; the
        corrections of the predicted light; and the projection, so the result may not
        photograph back to the codes of the plate.

        Args:
            encoded: Whole plates in [0, 1], (B, 3, H, W).
            inverse_crf: Known curves, (B, N). None means that stage 2 estimates them.

        Raises:
            ShapeError: ``encoded`` is not (B, 3, H, W).
        """
        dequantized = self.dequantize(encoded)
        if inverse_crf is None:
            inverse_crf = self.estimate_inverse_crf(encoded, dequantized)
        linear = apply_curve(dequantized.float(), inverse_crf)
        light = self.light_of(linear)
        hallucinated = brighten(linear, light)
        mask = clip_mask(linear, threshold=self.config.hallucinate.threshold)
        refined = self.refine(dequantized, linear, hallucinated, mask)
        return Stages(dequantized, inverse_crf, linear, light, hallucinated, refined)

    def light_of(self, linear: Tensor) -> Light:
        """Return the light above clip of whole scene-linear plates (B, 3, H, W)."""
        height, width = linear.shape[-2:]
        maps = self.hallucinate.predict(linear)
        light: Light = self.hallucinate(linear, maps, Region(0, 0, height, width))
        return light


def straight_basis(config: LinearizeConfig) -> CurveBasis:
    """Return a basis with only the straight line, to be replaced by loaded weights."""
    return CurveBasis(
        mean=curve_grid(config.samples),
        components=np.zeros((config.n_components, config.samples)),
        library=np.zeros((config.n_prior_curves, config.n_components)),
    )
