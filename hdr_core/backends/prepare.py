"""Prepare a model to run, in torch or in onnxruntime."""

from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from hdr_core.backends.backend import Backend
from hdr_core.backends.onnx_backend import OnnxBackend
from hdr_core.backends.onnx_model import OnnxModel
from hdr_core.options import Options

if TYPE_CHECKING:
    from hdr_core.model import HdrModel

Model: TypeAlias = "HdrModel | OnnxModel"


def prepare_backend(model: Model, options: Options) -> Backend:
    """Return the backend of a model.

    Args:
        model: Networks in torch, or graphs of them.
        options: Device, precision, tile size and largest memory.

    Raises:
        OptionError: This machine has no such device, or the tile size is not allowed.
    """
    if isinstance(model, OnnxModel):
        return OnnxBackend(model, options)
    return prepare_torch(model, options)


def prepare_torch(model: "HdrModel", options: Options) -> Backend:
    """Return the backend of networks in torch, which is imported here at the latest."""
    module = import_module("hdr_core.backends.torch_backend")
    backend: Backend = module.prepare_torch(model, options)
    return backend
