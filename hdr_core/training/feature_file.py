"""Make the file of VGG-16 for the perceptual loss from a state dict of torchvision's.

Only the seven convolutions up to the third pooling are kept, in float32, under their
own names. Other networks with such names are refused: VGG-19 has the same seven, and an
eighth before its third pooling.

Source: torchvision's layout of VGG-16 (configuration D of Simonyan & Zisserman 2015).
Differs: nothing.
"""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from hdr_core.errors import WeightsError
from hdr_core.io.atomic import require_free, whole_file

# (out, in) channels of each convolution, by its number in ``features``.
CHANNELS = {
    0: (64, 3),
    2: (64, 64),
    5: (128, 64),
    7: (128, 128),
    10: (256, 128),
    12: (256, 256),
    14: (256, 256),
}
# Layers that only a relative of VGG-16 has.
RELATIVES = {
    "features.1.running_mean": "VGG with batch norms",
    "features.16.weight": "VGG-19",
}


def convert_state_dict(source: Path, output: Path, *, overwrite: bool) -> None:
    """Write the file that ``--features`` reads.

    Args:
        source: State dict of VGG-16 (.pth). It is read without unpickling code.
        output: Safetensors file to write, completely or not at all.
        overwrite: Replace an existing file.

    Raises:
        WeightsError: ``source`` cannot be read, is not a state dict of VGG-16, misses a
            layer, or has one of another shape, or NaN or infinite weights.
        OutputError: ``output`` exists already or cannot be written.
    """
    require_free(output, overwrite=overwrite)
    found = _read(source)
    for layer, relative in RELATIVES.items():
        if layer in found:
            raise WeightsError(f"{source}: is {relative} ({layer}). Give VGG-16.")
    tensors = {
        name: _checked(source, found, name, shape)
        for name, shape in wanted_shapes().items()
    }
    with whole_file(output, overwrite=overwrite) as hidden:
        hidden.write_bytes(save(tensors, {"network": "VGG-16 up to pool3"}))


def wanted_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor of the file, by its name."""
    shapes: dict[str, tuple[int, ...]] = {}
    for number, (out_channels, in_channels) in CHANNELS.items():
        shapes[f"features.{number}.weight"] = (out_channels, in_channels, 3, 3)
        shapes[f"features.{number}.bias"] = (out_channels,)
    return shapes


def _read(source: Path) -> Mapping[str, Any]:
    """Return a state dict.

    Raises:
        WeightsError: The file cannot be read, or is something else.
    """
    remedy = "Give a file that torch.save(model.state_dict(), FILE) wrote."
    try:
        found = torch.load(source, map_location="cpu", weights_only=True)
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(f"{source}: cannot be read ({reason}).") from error
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise WeightsError(f"{source}: is not a state dict. {remedy}") from error
    if not isinstance(found, Mapping):
        kind = type(found).__name__
        raise WeightsError(f"{source}: is not a state dict but a {kind}. {remedy}")
    return found


def _checked(
    source: Path, found: Mapping[str, Any], name: str, shape: tuple[int, ...]
) -> Tensor:
    """Return a tensor of the state dict, in float32."""
    tensor = found.get(name)
    if not isinstance(tensor, Tensor):
        some = ", ".join(map(str, list(found)[:3])) or "nothing"
        raise WeightsError(
            f"{source}: has no {name}, found {some}. Give VGG-16 with torchvision's "
            "names."
        )
    if tuple(tensor.shape) != shape:
        raise WeightsError(
            f"{source}: {name} is {tuple(tensor.shape)}, needs {shape}. Give VGG-16."
        )
    tensor = tensor.detach().float().contiguous()
    if not torch.isfinite(tensor).all():
        raise WeightsError(f"{source}: {name} holds NaN or infinite numbers.")
    return tensor
