"""The four stages in their order."""

from typing import NamedTuple

import numpy as np
from torch import Tensor, nn

from hdr_core.camera.response import CurveBasis, apply_curve, curve_grid
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
    """What each stage made of a batch of whole plates.

    Attributes:
        dequantized: Encoded, (B, 3, H, W).
        inverse_crf: (B, N).
        linear: Scene-linear in [0, 1], (B, 3, H, W).
        light: The light above clip.
        hallucinated: Scene-linear HDR, (B, 3, H, W).
        refined: Scene-linear HDR, (B, 3, H, W).
    """

    dequantized: Tensor
    inverse_crf: Tensor
    linear: Tensor
    light: Light
    hallucinated: Tensor
    refined: Tensor


class HdrModel(nn.Module):
    """Dequantize, linearize, hallucinate, refine.

    Args:
        config: Sizes of the stages: a preset.
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
        """Return the inverse CRF (B, N) of whole plates (B, 3, H, W)."""
        is_raw = self.config.curve_from == "plate"
        curve: Tensor = self.linearize(encoded if is_raw else dequantized)
        return curve

    def forward(self, encoded: Tensor, inverse_crf: Tensor | None = None) -> Stages:
        """Return every stage's result, untiled: for training, and small plates.

        Args:
            encoded: Whole plates, (B, 3, H, W) in [0, 1].
            inverse_crf: Known curves (B, N); None: estimate them.
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
        """Return the light above clip of whole plates (B, 3, H, W)."""
        height, width = linear.shape[-2:]
        context = self.hallucinate.predict(linear)
        light: Light = self.hallucinate(linear, context, Region(0, 0, height, width))
        return light


def straight_basis(config: LinearizeConfig) -> CurveBasis:
    """Return a basis of nothing but the straight line: a place for weights."""
    return CurveBasis(
        mean=curve_grid(config.samples),
        components=np.zeros((config.n_components, config.samples)),
        library=np.zeros((config.n_prior_curves, config.n_components)),
    )
