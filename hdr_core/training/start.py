"""Where a run starts: fresh networks, or the weights of runs before it."""

from pathlib import Path

import torch

from hdr_core.checkpoint import load_model, trained_modules
from hdr_core.errors import TrainingError
from hdr_core.model import HdrModel
from hdr_core.presets import preset
from hdr_core.training.basis import training_basis


def start_model(
    name: str, weights: list[Path], *, crf: Path, seed: int = 0
) -> HdrModel:
    """Return the model that a run starts from.

    Args:
        name: Preset.
        weights: Files of runs before; of all but the first, only the modules are
            taken which their recipes trained, so that stages trained apart come
            together.
        crf: Measured curves, for the curve basis of a fresh model.
        seed: Source of a fresh model's weights.

    Raises:
        TrainingError: The weights are another preset's.
    """
    config = preset(name)
    if not weights:
        torch.manual_seed(seed)
        return HdrModel(
            config,
            training_basis(
                crf,
                n_components=config.linearize.n_components,
                n_library=config.linearize.n_prior_curves,
            ),
        )
    model, *others = [load_model(path) for path in weights]
    if any(loaded.config != config for loaded in (model, *others)):
        raise TrainingError(f"weights: not of preset {name!r}.")
    for path, other in zip(weights[1:], others, strict=True):
        for module in trained_modules(path):
            model.get_submodule(module).load_state_dict(
                other.get_submodule(module).state_dict()
            )
    return model
