"""Checks of shapes and ranges, for public functions."""

from typing import TYPE_CHECKING

from hdr_core.errors import OptionError, ShapeError

if TYPE_CHECKING:
    from torch import Tensor


def require_rgb(tensor: "Tensor", name: str) -> None:
    """Raise ShapeError unless ``tensor`` is floating point, (B, 3, H, W)."""
    if tensor.ndim != 4 or tensor.shape[1] != 3:
        raise ShapeError(f"{name}: needs (B, 3, H, W), found {tuple(tensor.shape)}.")
    if not tensor.is_floating_point():
        raise ShapeError(f"{name}: needs floating point, found {tensor.dtype}.")


def require_curve(tensor: "Tensor", name: str) -> None:
    """Raise ShapeError unless ``tensor`` is a batch of sampled curves (B, N)."""
    if tensor.ndim != 2 or tensor.shape[1] < 2:
        raise ShapeError(f"{name}: needs (B, N), found {tuple(tensor.shape)}.")


def has_values(tensor: "Tensor") -> bool:
    """Return whether a tensor holds values.

    While a graph is captured for other programs (export/capture.py), torch calls the
    code with tensors that have a shape but no values. Code that decides by values must
    take the general way then.
    """
    return type(tensor).__name__ != "FakeTensor"


def require_within(value: float, low: float, high: float, *, name: str) -> None:
    """Raise OptionError unless ``low <= value <= high``."""
    if not low <= value <= high:
        raise OptionError(f"{name}: needs {low:g} to {high:g}, found {value:g}.")
