"""Random weights of the preset ``paper``, in a file that hdr-core loads.

The preset has no shipped weights. ``paper_layout.json`` holds its configuration, and
the shape, mean and spread of each tensor, so that no module of hdr_core is needed
here. If the layout of weights files changes, this file changes in the same way.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

LAYOUT = Path(__file__).parent / "paper_layout.json"
SEED = 5
FIRST_GAMMA = 2.2


def write_paper(path):
    """Write the weights to ``path``: 104 MB, the same each time."""
    layout = json.loads(LAYOUT.read_text(encoding="utf-8"))
    rng = np.random.default_rng(SEED)
    tensors = {
        name: _draw(name, rng, *told) for name, told in layout["tensors"].items()
    }
    metadata = {
        "preset": "paper",
        "config": layout["config"],
        "tensors_sha256": _digest(tensors),
    }
    save_file(tensors, path, metadata=metadata)


def _draw(name, rng, shape, mean, spread):
    """Return a tensor of evenly spread numbers; the camera's curves are gammas."""
    grid = np.linspace(0.0, 1.0, shape[-1]) if shape else None
    if name.endswith("curve_mean"):
        return (grid**FIRST_GAMMA).astype(np.float32)
    if name.endswith("curve_components"):
        waves = np.arange(1, shape[0] + 1)[:, None]
        return (np.sin(np.pi * waves * grid) * 0.02).astype(np.float32)
    even = rng.random(shape, np.float32) - np.float32(0.5)
    values = np.float32(mean) + even * np.float32(spread * 12**0.5)
    return values.astype(np.float16 if len(shape) >= 2 else np.float32)


def _digest(tensors):
    """Return the SHA-256 that hdr-core asks for."""
    told = hashlib.sha256()
    for name, values in sorted(tensors.items()):
        kind = f"torch.{values.dtype}"
        told.update(f"{name} {kind} {values.shape}\n".encode())
        told.update(np.ascontiguousarray(values).tobytes())
    return told.hexdigest()
