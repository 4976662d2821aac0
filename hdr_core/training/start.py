"""The model that a run starts from: fresh, or joined from earlier runs' weights."""

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
    corpus: Path | None = None,
    seed: int = 0,
) -> HdrModel:
    """Return the model that a run starts from.

    Args:
        name: Name of the preset.
        weights: Weights files of earlier runs; empty means a fresh model. The first
            file is used whole. From each other file only the modules are taken that
            its recipe trained.
        crf: File of the measured curves, for the curve basis of a fresh model.
        real: File of the curves of cameras in use; None means film-like ones.
        corpus: If it is a packed corpus, display curves are read from it.
        seed: Random seed of a fresh model's weights.

    Raises:
        TrainingError: The weights belong to another preset.
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
                corpus=corpus,
                n_library=config.linearize.n_prior_curves,
            ),
        )
    model = join_models(weights)
    if model.config != config:
        raise TrainingError(
            f"weights: of preset {model.config.name!r}, not {name!r}. Choose weights "
            "of the same preset."
        )
    return model


def join_models(weights: Sequence[Path]) -> HdrModel:
    """Return the first file's model with the modules that the other files trained.

    Args:
        weights: Weights files of runs of one preset, at least one.

    Raises:
        TrainingError: The files belong to different presets.
    """
    model, *others = [load_model(path) for path in weights]
    for path, other in zip(weights[1:], others, strict=True):
        average_into(model, other, trained_modules(path), share=1.0)
    return model


def average_into(
    model: HdrModel, other: HdrModel, modules: Sequence[str], *, share: float
) -> None:
    """Blend some modules of ``model``, in place, with those of another model.

    Args:
        model: Model to change.
        other: Model of the same preset.
        modules: Names of the modules to blend.
        share: Share of the other model's weights, 0 to 1.

    Raises:
        TrainingError: The models belong to different presets.
    """
    if other.config != model.config:
        raise TrainingError(
            f"weights: of presets {model.config.name!r} and {other.config.name!r}. "
            "Choose weights of one preset."
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
    """Write the weighted mean of two runs' weights.

    Only the modules that the second run trained are averaged; all others are those
    of the first.

    Args:
        first: Weights file of a run.
        second: Weights file of another run of the same preset.
        output: File to write.
        share: Share of the second run's weights, 0 to 1.

    Raises:
        TrainingError: The files belong to different presets.
    """
    model, trained = load_model(first), trained_modules(second)
    average_into(model, load_model(second), trained, share=share)
    metadata = {"recipe": "average", "trains": " ".join(trained)}
    save_model(model, output, metadata=metadata)
