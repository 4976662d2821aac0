"""Where a run starts: fresh networks, or the weights of runs before it."""

from collections.abc import Sequence
from pathlib import Path

import torch

from hdr_core.checkpoint import load_model, save_model, trained_modules
from hdr_core.errors import TrainingError
from hdr_core.model import HdrModel
from hdr_core.presets import preset
from hdr_core.training.basis import training_basis


def start_model(
    name: str,
    weights: list[Path],
    *,
    crf: Path,
    real: Path | None = None,
    seed: int = 0,
) -> HdrModel:
    """Return the model that a run starts from.

    Args:
        name: Preset.
        weights: Files of runs before; of all but the first, only the modules are
            taken which their recipes trained, so that stages trained apart come
            together.
        crf: Measured curves, for the curve basis of a fresh model.
        real: Curves of cameras in use; None: film-like ones stand in.
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
                real=real,
                n_library=config.linearize.n_prior_curves,
            ),
        )
    model = join_models(weights)
    if model.config != config:
        raise TrainingError(f"weights: not of preset {name!r}.")
    return model


def join_models(weights: Sequence[Path]) -> HdrModel:
    """Return the first file's model with what the others' recipes trained.

    Args:
        weights: Files of runs of one preset, at least one.

    Raises:
        TrainingError: They are of several presets.
    """
    model, *others = [load_model(path) for path in weights]
    for path, other in zip(weights[1:], others, strict=True):
        average_into(model, other, trained_modules(path), share=1.0)
    return model


def average_into(
    model: HdrModel, other: HdrModel, modules: Sequence[str], *, share: float
) -> None:
    """Move some modules of ``model``, in place, towards another model's.

    Args:
        model: The model.
        other: Of the same preset.
        modules: Names of the modules.
        share: How far, 0 to 1; 1: the other's weights themselves.

    Raises:
        TrainingError: The models are of two presets.
    """
    if other.config != model.config:
        raise TrainingError(
            f"weights: of presets {model.config.name!r} and {other.config.name!r}. "
            "Choose weights of one."
        )
    for name in modules:
        ours, theirs = (it.get_submodule(name).state_dict() for it in (model, other))
        model.get_submodule(name).load_state_dict(
            {
                key: torch.lerp(ours[key], theirs[key], share)
                if ours[key].is_floating_point()
                else theirs[key]
                for key in ours
            }
        )


def average_files(first: Path, second: Path, output: Path, *, share: float) -> None:
    """Write the first file's weights, what the second's recipe trained averaged.

    Args:
        first: Weights of a run.
        second: Of another one of the same preset.
        output: Where to.
        share: Of the second, 0 to 1.

    Raises:
        TrainingError: They are of two presets.
    """
    model, trained = load_model(first), trained_modules(second)
    average_into(model, load_model(second), trained, share=share)
    told = {"recipe": "average", "trains": " ".join(trained)}
    save_model(model, output, metadata=told)
