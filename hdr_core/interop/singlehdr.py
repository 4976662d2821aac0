"""Import the weights that Liu et al. released, as a model of preset ``released``.

They are TensorFlow checkpoints: one for each of stages 1 to 3, or one of all four
stages, trained end to end. Kernels are (height, width, in, out) in TensorFlow and (out,
in, height, width) here; those of a dense layer are (in, out) there and (out, in) here.

Source: Liu et al. 2020, "Single-Image HDR Reconstruction by Learning to Reverse the
Camera Pipeline", as released.
Differs: nothing. The curve basis is a constant of their graph; checkpoints do not hold
it.
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

# Order of the dimensions in torch, by the number of dimensions.
ORDERS = {1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}


@dataclass(frozen=True)
class Imported:
    """A model imported from checkpoints.

    Attributes:
        model: Model of preset ``released``.
        has_refinement: Whether the checkpoints have stage 4. Without it, the model's
            stage 4 passes the result of stage 3 on, as in the authors' script.
        n_of_optimizer: Number of skipped variables of the optimizer.
        unknown: Names of skipped variables outside the scopes of the networks.
    """

    model: HdrModel
    has_refinement: bool
    n_of_optimizer: int
    unknown: tuple[str, ...]


def import_singlehdr(
    paths: Sequence[Path], *, basis: CurveBasis, is_half: bool = False
) -> Imported:
    """Return the authors' weights as a model, in float32.

    Args:
        paths: Checkpoints of stages 1, 2 and 3, or the one of all four stages.
        basis: Curve basis that the networks were trained with.
        is_half: Whether the weights will be stored in half precision, so that weights
            too large for it are an error.

    Returns:
        The model, and which variables were skipped.

    Raises:
        WeightsError: A checkpoint cannot be read; or a variable is missing, occurs
            twice, fits no layer, has a wrong shape, or holds NaN, infinity, or numbers
            too large to be stored.
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
    unknown = _check_names(found, wanted.values())
    model = HdrModel(RELEASED, basis)
    state = model.state_dict()
    for ours, theirs in wanted.items():
        state[ours] = _read(found[theirs], theirs, like=state[ours], is_half=is_half)
    model.load_state_dict(state)
    if not has_refinement:
        for weight in model.refine.parameters():
            torch.nn.init.zeros_(weight)
    n_variables = sum(len(checkpoint.variables) for checkpoint in checkpoints)
    return Imported(model.eval(), has_refinement, n_variables - len(found), unknown)


def _weights_of(checkpoints: Sequence[Checkpoint]) -> dict[str, Checkpoint]:
    """Return the checkpoint of each variable, without those of the optimizer."""
    found: dict[str, Checkpoint] = {}
    for checkpoint in checkpoints:
        for name in filter(lambda it: not is_of_optimizer(it), checkpoint.variables):
            if name in found:
                raise WeightsError(
                    f"{checkpoint.prefix}: has {name}, which {found[name].prefix} has "
                    "too. Give only one of them."
                )
            found[name] = checkpoint
    return found


def _check_names(
    found: dict[str, Checkpoint], wanted: Collection[str]
) -> tuple[str, ...]:
    """Return the variables of no network.

    Raises:
        WeightsError: A variable is missing, or fits no layer.
    """
    scopes = {scope_of(name) for name in found}
    for name in wanted:
        scope = scope_of(name)
        if scope not in scopes:
            raise WeightsError(
                f"{scope}: not in any of the checkpoints. Give those of stages 1, 2 "
                "and 3, or the one of all four stages."
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


def _read(checkpoint: Checkpoint, name: str, *, like: Tensor, is_half: bool) -> Tensor:
    """Return a variable in the dimension order of torch, with the shape of ``like``."""
    order = ORDERS[like.ndim]
    ours, theirs = tuple(like.shape), checkpoint.variables[name].shape
    wanted = tuple(ours[order.index(i)] for i in range(like.ndim))
    if theirs != wanted:
        raise WeightsError(f"{checkpoint.prefix}: {name} is {theirs}, needs {wanted}.")
    weight = torch.from_numpy(checkpoint.read(name)).permute(order).contiguous()
    stored = weight.half() if is_half and weight.ndim > 1 else weight
    if not torch.isfinite(stored).all():
        raise WeightsError(
            f"{checkpoint.prefix}: {name} holds NaN, infinite or too large numbers."
        )
    return weight
