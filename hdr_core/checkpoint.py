"""Write weights to safetensors files, and read them; never pickle.

The metadata of a file has the name and configuration of the preset, a digest of the
tensors, and the source of the weights. Half floats are read as float32.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hdr_core.errors import OutputError, WeightsError
from hdr_core.model import HdrModel, straight_basis
from hdr_core.presets import PRESETS, preset
from hdr_core.weights_file import weights_path

DIGEST = "tensors_sha256"


def load_model(
    name_or_path: str | Path = "compact", *, device: str | torch.device = "cpu"
) -> HdrModel:
    """Return a model with its weights, ready for inference.

    Args:
        name_or_path: Name of a preset with shipped weights, or a safetensors file.
        device: Device on which the networks run.

    Raises:
        WeightsError: The file is missing, damaged, or made for another network.
    """
    path = weights_path(name_or_path)
    metadata, tensors = _read(path)
    model = _model_of(path, metadata)
    try:
        model.load_state_dict({key: t.float() for key, t in tensors.items()})
    except RuntimeError as error:
        name = model.config.name
        raise WeightsError(f"{path}: does not fit preset {name!r}.") from error
    if not all(bool(torch.isfinite(t).all()) for t in tensors.values()):
        raise WeightsError(f"{path}: holds NaN or infinite weights.")
    if metadata.get(DIGEST) != digest(tensors):
        raise WeightsError(
            f"{path}: damaged or changed, its weights do not match their digest. "
            "Fetch it again."
        )
    return model.to(device).eval().requires_grad_(False)


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Return the metadata and the tensors of a weights file.

    Raises:
        WeightsError: The file is damaged or no safetensors file.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: damaged or not safetensors ({error}).") from error
    return metadata, tensors


def _model_of(path: Path, metadata: Mapping[str, str]) -> HdrModel:
    """Return a fresh model of the preset in the metadata of a weights file.

    Raises:
        WeightsError: The preset is unknown, or has another configuration by now.
    """
    name = metadata.get("preset", "")
    if name not in PRESETS:
        raise WeightsError(f"{path}: made for an unknown preset {name!r}.")
    config = preset(name)
    if metadata.get("config") != describe(config):
        raise WeightsError(
            f"{path}: made for another layout of preset {name!r}. "
            "Take the weights of this version of hdr_core."
        )
    return HdrModel(config, straight_basis(config.linearize))


def trained_modules(path: Path) -> list[str]:
    """Return the names of the modules that the recipe of a weights file trained."""
    return read_metadata(path).get("trains", "").split()


def read_metadata(path: Path) -> dict[str, str]:
    """Return the metadata of a weights file, which ``load_model`` has checked."""
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata() or {})


def save_model(
    model: HdrModel,
    path: Path,
    *,
    metadata: Mapping[str, str] | None = None,
    is_half: bool = True,
) -> None:
    """Write the weights of a model. The file is written completely or not at all.

    The same weights and metadata give the same bytes. Curves and norms are stored in
    float32.

    Args:
        model: Model whose weights are written.
        path: Path of the file. Missing folders are made.
        metadata: Further entries of the metadata, such as the recipe.
        is_half: Whether matrices are stored in half precision, not in float32.

    Raises:
        OutputError: The file cannot be written.
    """
    tensors = {
        key: (
            t.half() if is_half and t.ndim >= 2 and "curve" not in key else t
        ).contiguous()
        for key, t in model.state_dict().items()
        if "num_batches_tracked" not in key
    }
    entries = {
        **(metadata or {}),
        "preset": model.config.name,
        "config": describe(model.config),
        DIGEST: digest(tensors),
    }
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(_serialize(tensors, entries))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot write weights ({error}).") from error


def _serialize(tensors: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """Return the bytes of a file with sorted metadata; safetensors does not sort it."""
    shuffled = save(tensors, metadata=metadata)
    length = int.from_bytes(shuffled[:8], "little")
    header = json.loads(shuffled[8 : 8 + length])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + shuffled[8 + length :]


def digest(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names, types, shapes and values, in hexadecimal.

    Safetensors has no checksum, so a changed byte would become a wrong weight.
    """
    sha256 = hashlib.sha256()
    for key, tensor in sorted(tensors.items()):
        sha256.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        sha256.update(tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return sha256.hexdigest()


def describe(config: object) -> str:
    """Return a configuration as one line of JSON, with sorted keys."""
    return json.dumps(asdict(config), sort_keys=True)  # type: ignore[call-overload]
