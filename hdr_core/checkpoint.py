"""Weights on disk and back: safetensors, never pickle.

The file's metadata holds the preset's name and configuration, a digest of the tensors,
and a text on where the weights come from. Half floats are read back as float32.
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

SHIPPED = Path(__file__).parent / "weights"
DIGEST = "tensors_sha256"


def weights_path(name_or_path: str | Path) -> Path:
    """Return the weights file of a preset, or the path itself.

    Raises:
        WeightsError: A preset without shipped weights, or no such file.
    """
    if str(name_or_path) in PRESETS:
        path = SHIPPED / f"{name_or_path}.safetensors"
        if not path.is_file():
            raise WeightsError(
                f"preset {name_or_path!r}: no weights are shipped for it. "
                "Train or import them, and point --weights at the file."
            )
        return path
    path = Path(name_or_path)
    if not path.is_file():
        raise WeightsError(f"{path}: no such weights file.")
    return path


def weights_hash(path: Path) -> str:
    """Return the SHA-256 of a weights file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_model(
    name_or_path: str | Path = "compact", *, device: str | torch.device = "cpu"
) -> HdrModel:
    """Return a model with its weights, ready to infer.

    Args:
        name_or_path: Preset with shipped weights, or a safetensors file.
        device: Where the networks run.

    Raises:
        WeightsError: The file is missing, damaged, or made for another network.
    """
    path = weights_path(name_or_path)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: damaged or not safetensors ({error}).") from error
    name = metadata.get("preset", "")
    if name not in PRESETS:
        raise WeightsError(f"{path}: made for an unknown preset {name!r}.")
    config = preset(name)
    if metadata.get("config") != describe(config):
        raise WeightsError(
            f"{path}: made for another layout of preset {name!r}. "
            "Take the weights of this version of hdr_core."
        )
    model = HdrModel(config, straight_basis(config.linearize))
    try:
        model.load_state_dict({key: t.float() for key, t in tensors.items()})
    except RuntimeError as error:
        raise WeightsError(f"{path}: does not fit preset {name!r}.") from error
    if not all(bool(torch.isfinite(t).all()) for t in tensors.values()):
        raise WeightsError(f"{path}: holds NaN or infinite weights.")
    if metadata.get(DIGEST) != digest(tensors):
        raise WeightsError(
            f"{path}: damaged or changed, its weights do not match their digest. "
            "Fetch it again."
        )
    return model.to(device).eval().requires_grad_(False)


def trained_modules(path: Path) -> list[str]:
    """Return the modules which the recipe behind a weights file trained."""
    return told_of(path).get("trains", "").split()


def told_of(path: Path) -> dict[str, str]:
    """Return what a weights file tells of itself; ``load_model`` checks the file."""
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata() or {})


def save_model(
    model: HdrModel, path: Path, *, metadata: Mapping[str, str] | None = None
) -> None:
    """Write a model's weights; the file appears whole or not at all.

    The same weights and metadata give the same bytes. Large matrices are stored in
    half precision, curves and norms in float32.

    Raises:
        OutputError: The file cannot be written.
    """
    tensors = {
        key: (t.half() if t.ndim >= 2 and "curve" not in key else t).contiguous()
        for key, t in model.state_dict().items()
        if "num_batches_tracked" not in key
    }
    told = {
        **(metadata or {}),
        "preset": model.config.name,
        "config": describe(model.config),
        DIGEST: digest(tensors),
    }
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(_serialize(tensors, told))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot write weights ({error}).") from error


def _serialize(tensors: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """Return the bytes of a file; safetensors alone would shuffle its metadata."""
    shuffled = save(tensors, metadata=metadata)
    length = int.from_bytes(shuffled[:8], "little")
    header = json.loads(shuffled[8 : 8 + length])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + shuffled[8 + length :]


def digest(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names, kinds, shapes and values, in hexadecimal.

    Safetensors has no checksum: a byte that changed on the way would be a weight.
    """
    told = hashlib.sha256()
    for key, tensor in sorted(tensors.items()):
        told.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        told.update(tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return told.hexdigest()


def describe(config: object) -> str:
    """Return a configuration as one line of JSON, the same for the same config."""
    return json.dumps(asdict(config), sort_keys=True)  # type: ignore[call-overload]
