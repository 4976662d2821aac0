"""The weights that Liu et al. released, as a model of preset ``released``.

Theirs are checkpoints of TensorFlow: one for each of stages 1 to 3, or one of all
four, trained on together. Kernels are (height, width, in, out) there, (out, in,
height, width) here; those of a dense layer (in, out) there, (out, in) here.

Source: Liu et al. 2020, "Single-Image HDR Reconstruction by Learning to Reverse the
Camera Pipeline", as released.
Differs: nothing. The curve basis is a constant of their graph, not in a checkpoint.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from hdr_core.camera.response import CurveBasis
from hdr_core.errors import WeightsError
from hdr_core.interop.singlehdr_names import (
    REFINEMENT,
    SCOPES,
    is_of_optimizer,
    scope_of,
    variable_names,
)
from hdr_core.interop.tf_checkpoint import Checkpoint, open_checkpoint
from hdr_core.model import HdrModel
from hdr_core.presets import RELEASED

# Dimensions in torch's order, for each number of them.
ORDERS = {1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}


@dataclass(frozen=True)
class Imported:
    """What was made of checkpoints.

    Attributes:
        model: The model, preset ``released``.
        has_refinement: False: the checkpoints have no stage 4, and the model's passes
            on what stage 3 gives, as the authors' own script does with such.
        n_of_optimizer: Variables left out that served training alone.
        strangers: Variables left out that lie in none of the authors' scopes.
    """

    model: HdrModel
    has_refinement: bool
    n_of_optimizer: int
    strangers: tuple[str, ...]


def import_singlehdr(paths: Sequence[Path], *, basis: CurveBasis) -> Imported:
    """Return the authors' weights as a model.

    Args:
        paths: Checkpoints of stages 1, 2 and 3, or the one of all four.
        basis: The curve basis that they were trained with.

    Raises:
        WeightsError: A checkpoint cannot be read; a variable is missing, is there
            twice, fits no layer, has another shape, or holds what is no number.
    """
    checkpoints = [open_checkpoint(path) for path in paths]
    found = _weights_of(checkpoints)
    wanted = variable_names()
    has_refinement = any(scope_of(name) == REFINEMENT for name in found)
    if not has_refinement:
        wanted = {
            ours: theirs
            for ours, theirs in wanted.items()
            if scope_of(theirs) != REFINEMENT
        }
    strangers = _check_names(found, wanted.values())
    model = HdrModel(RELEASED, basis)
    state = model.state_dict()
    for ours, theirs in wanted.items():
        state[ours] = _read(found[theirs], theirs, like=state[ours])
    model.load_state_dict(state)
    if not has_refinement:
        for weight in model.refine.parameters():
            torch.nn.init.zeros_(weight)
    n_variables = sum(len(checkpoint.variables) for checkpoint in checkpoints)
    return Imported(model.eval(), has_refinement, n_variables - len(found), strangers)


def _weights_of(checkpoints: Sequence[Checkpoint]) -> dict[str, Checkpoint]:
    """Return the checkpoint of each variable, but for the optimizer's."""
    found: dict[str, Checkpoint] = {}
    for checkpoint in checkpoints:
        for name in filter(lambda it: not is_of_optimizer(it), checkpoint.variables):
            if name in found:
                raise WeightsError(
                    f"{checkpoint.prefix}: has {name}, as {found[name].prefix} has. "
                    "Give one of them."
                )
            found[name] = checkpoint
    return found


def _check_names(
    found: dict[str, Checkpoint], wanted: Collection[str]
) -> tuple[str, ...]:
    """Raise WeightsError unless all is there; return what lies outside the networks."""
    there = {scope_of(name) for name in found}
    for name in wanted:
        scope = scope_of(name)
        if scope not in there:
            raise WeightsError(
                f"{scope}: in none of the checkpoints. Give those of stages 1, 2 and "
                "3, or the one of all four."
            )
        if name not in found:
            raise WeightsError(f"{name}: not in the checkpoint of {scope}.")
    others = sorted(set(found) - set(wanted))
    for name in others:
        if scope_of(name) in SCOPES:
            raise WeightsError(
                f"{found[name].prefix}: {name} fits no layer of preset 'released'."
            )
    return tuple(others)


def _read(checkpoint: Checkpoint, name: str, *, like: Tensor) -> Tensor:
    """Return a variable in torch's order, for the place of ``like``."""
    order = ORDERS[like.ndim]
    ours, theirs = tuple(like.shape), checkpoint.variables[name].shape
    wanted = tuple(ours[order.index(i)] for i in range(like.ndim))
    if theirs != wanted:
        raise WeightsError(f"{checkpoint.prefix}: {name} is {theirs}, wanted {wanted}.")
    weight = torch.from_numpy(checkpoint.read(name)).permute(order).contiguous()
    # Weights files keep matrices in half precision.
    kept = weight.half() if weight.ndim > 1 else weight
    if not torch.isfinite(kept).all():
        raise WeightsError(
            f"{checkpoint.prefix}: {name} holds NaN, infinite or too large numbers."
        )
    return weight
