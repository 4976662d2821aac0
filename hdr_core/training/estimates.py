"""Estimated curves of shots, computed in the worker process that drew the shots.

Stages 3 and 4 train on the curves that a frozen stage 2 estimates. The estimate costs
as much as a training step, so it runs beside the steps, in the worker.
"""

from dataclasses import dataclass, replace

import torch

from hdr_core.model import HdrModel
from hdr_core.training.data import Shots

# Use every fourth curve of the prior: accurate enough for training, in a quarter of
# the time.
EVERY_CURVE = 4


@dataclass(frozen=True)
class KeepEstimates:
    """Keeps a batch, with the guessed curves replaced by estimates of stage 2.

    Attributes:
        model: Model whose stage 2 estimates the curves.
    """

    model: HdrModel

    @torch.no_grad()
    def __call__(self, shots: Shots) -> Shots:
        """Return the batch with the curves that stage 2 estimates."""
        stage = self.model.linearize
        among = None
        if stage.evidence is not None:
            among = torch.arange(0, stage.config.n_prior_curves, EVERY_CURVE)
        encoded = shots.plate
        if self.model.config.curve_from == "dequantized":
            encoded = self.model.dequantize(encoded)
        return replace(shots, guessed_crf=stage(encoded, among=among))
