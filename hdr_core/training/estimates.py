"""What stage 2 makes of the cameras of shots, worked out by the worker that drew them.

Stages 3 and 4 learn from it while stage 2 stays as it is: it costs as much as all of
their own step, and beside that it is free.
"""

from dataclasses import dataclass, replace

import torch

from hdr_core.model import HdrModel
from hdr_core.training.data import Shots

# Likely curves that edges choose among: the mean of a quarter of them is near enough
# for learning (val 0.0417 instead of 0.0408), and takes a quarter of the time.
EVERY_CURVE = 4


@dataclass(frozen=True)
class KeepEstimates:
    """Keeps a batch as it is, but for the guessed curves: those are estimates.

    Attributes:
        model: Its stage 2 estimates them.
    """

    model: HdrModel

    @torch.no_grad()
    def __call__(self, shots: Shots) -> Shots:
        """Return the batch with what stage 2 takes for its curves."""
        stage = self.model.linearize
        among = None
        if stage.evidence is not None:
            among = torch.arange(0, stage.config.n_prior_curves, EVERY_CURVE)
        encoded = shots.plate
        if self.model.config.curve_from == "dequantized":
            encoded = self.model.dequantize(encoded)
        return replace(shots, guessed_crf=stage(encoded, among=among))
