"""ColorVideoVDP: the visible difference of two HDR images, in JOD.

JOD are just-objectionable differences. 10 JOD means no visible difference; at 9 JOD
three of four viewers prefer the truth.

The distribution ``cvvdp`` imports far more than its still-image metric uses. Unused
parts are replaced during the import, and the import system is restored afterwards:

    pycvvdp                   replaced by an empty package, so that only the metric is
                              loaded, not the video readers and the learned variants
    pycvvdp.dump_channels     writes diagnostic videos; replaced by a placeholder
    torchvision.transforms    only GaussianBlur is needed: ours is used, unless
                              torchvision is installed

Source: Mantiuk, Hanji, Ashraf, Asano, Chapiro, "ColorVideoVDP: A visual difference
predictor for image, video and display distortions", ACM TOG 43(4), 2024.
"""

import importlib
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

from hdr_core.camera.appearance import CLIP_CD_M2
from hdr_core.errors import OptionError, ShapeError

DISPLAY = "standard_hdr_linear"
_SMALLEST_PX = 16
# Modules that the metric imports by short names; cvvdp adds its folder to the path.
_BORROWED = ("pycvvdp", "interp", "third_party")


class GaussianBlur(nn.Module):
    """Gaussian blur of every channel, as ``torchvision.transforms.GaussianBlur``.

    The kernel is sampled at whole pixels and sums to 1. Borders are mirrored without
    repeating the outermost pixel.

    Args:
        kernel_size: Width of the kernel, px, odd.
        sigma: Standard deviation, px.
    """

    def __init__(self, kernel_size: int, sigma: float) -> None:
        super().__init__()
        offsets = torch.arange(kernel_size) - (kernel_size - 1) / 2
        kernel = torch.exp(-0.5 * (offsets / sigma).square())
        self.register_buffer("kernel", kernel / kernel.sum())

    def forward(self, image: Tensor) -> Tensor:
        """Return ``image`` (..., H, W) blurred."""
        kernel = self.get_buffer("kernel").to(image)
        margin = kernel.numel() // 2
        planes = image.reshape(-1, 1, *image.shape[-2:])
        planes = pad(planes, (margin,) * 4, mode="reflect")
        planes = conv2d(planes, kernel.view(1, 1, -1, 1))
        planes = conv2d(planes, kernel.view(1, 1, 1, -1))
        return planes.reshape(image.shape)


def jod(hdr: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Return the quality of ``hdr`` compared with ``truth``, in JOD.

    Args:
        hdr: Scene-linear Rec.709, (H, W, 3), 1 = sensor clip, shown at 200 cd/m2.
        truth: True light, in the same units and shape.

    Returns:
        JOD, at most 10 (no visible difference).

    Raises:
        ShapeError: Not two images (H, W, 3) of the same size, with at least 16 pixels
            a side.
        OptionError: ``cvvdp`` is not installed.
    """
    if hdr.shape != truth.shape or hdr.ndim != 3 or hdr.shape[2] != 3:
        raise ShapeError(f"jod: needs two (H, W, 3), found {hdr.shape}, {truth.shape}.")
    if min(hdr.shape[:2]) < _SMALLEST_PX:
        raise ShapeError(f"jod: needs {_SMALLEST_PX} pixels a side, found {hdr.shape}.")
    shown = [
        torch.from_numpy(np.ascontiguousarray(image * CLIP_CD_M2, dtype=np.float32))
        for image in (hdr, truth)
    ]
    with torch.no_grad(), _quiet_root_logger():
        quality, _ = _metric().predict(*shown, dim_order="HWC")
    return float(quality)


def is_available() -> bool:
    """Return whether ``cvvdp`` and the packages of its metric are installed."""
    return all(find_spec(name) for name in ("pycvvdp", "scipy", "tqdm"))


def metric_version() -> str:
    """Return the version of ``cvvdp``, for the report."""
    return version("cvvdp")


@lru_cache(maxsize=1)
def _metric() -> Any:  # noqa: ANN401 - cvvdp has no types
    if not is_available():
        raise OptionError(
            "JOD: cvvdp, scipy or tqdm is missing. Install them "
            "(pip install --no-deps cvvdp; pip install scipy tqdm) or use --no-jod."
        )
    with borrowed_imports(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = importlib.import_module("pycvvdp.cvvdp_metric")
        return module.cvvdp(
            display_name=DISPLAY, device=torch.device("cpu"), quiet=True
        )


@contextmanager
def borrowed_imports() -> Iterator[None]:
    """Allow importing ``pycvvdp`` as described above, then restore the imports."""
    placeholders = {**_bare_package(), **_torchvision()}
    borrowed = {*_BORROWED, *placeholders}

    def is_borrowed(name: str) -> bool:
        return name in borrowed or name.split(".", maxsplit=1)[0] in _BORROWED

    path = list(sys.path)
    theirs = {name: sys.modules[name] for name in [*sys.modules] if is_borrowed(name)}
    for name in theirs:
        del sys.modules[name]
    sys.modules.update(placeholders)
    try:
        yield
    finally:
        for name in [name for name in sys.modules if is_borrowed(name)]:
            del sys.modules[name]
        sys.modules.update(theirs)
        sys.path[:] = path


def _bare_package() -> dict[str, ModuleType]:
    spec = find_spec("pycvvdp")
    package = ModuleType("pycvvdp")
    package.__path__ = list((spec and spec.submodule_search_locations) or [])
    dumps = ModuleType("pycvvdp.dump_channels")
    dumps.__dict__["DumpChannels"] = None
    return {package.__name__: package, dumps.__name__: dumps}


def _torchvision() -> dict[str, ModuleType]:
    """Return placeholders for torchvision; none if it is installed."""
    if "torchvision" in sys.modules or find_spec("torchvision") is not None:
        return {}
    package = ModuleType("torchvision")
    transforms = ModuleType("torchvision.transforms")
    transforms.__dict__["GaussianBlur"] = GaussianBlur
    return {package.__name__: package, transforms.__name__: transforms}


@contextmanager
def _quiet_root_logger() -> Iterator[None]:
    """Keep cvvdp from configuring the root logger, which it logs to."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    root.addHandler(logging.NullHandler())
    try:
        yield
    finally:
        root.handlers[:] = handlers
