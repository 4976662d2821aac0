"""hdr_core: a scene-linear HDR image from a plate shot in 8 bits.

Only what ``__all__`` lists is promised. Names are fetched when they are first used,
so that ``import hdr_core`` costs nothing and does not load torch.

Example:
    >>> from hdr_core import Options
    >>> Options(boldness=0.7).boldness
    0.7
"""

from importlib import import_module
from typing import TYPE_CHECKING

from hdr_core.version import __version__

if TYPE_CHECKING:
    from hdr_core.anchor_options import Anchors, Spot
    from hdr_core.checkpoint import load_model
    from hdr_core.errors import HdrError
    from hdr_core.io.read import read_plate
    from hdr_core.io.write import write_hdr
    from hdr_core.options import Options
    from hdr_core.pictures.display_light import LightOptions
    from hdr_core.pictures.write_avif import write_pq_avif
    from hdr_core.pictures.write_png import write_pq_png
    from hdr_core.pictures.write_uhdr import write_uhdr
    from hdr_core.plate import Plate
    from hdr_core.reconstruction import Reconstruction, reconstruct

__all__ = [
    "Anchors",
    "HdrError",
    "LightOptions",
    "Options",
    "Plate",
    "Reconstruction",
    "Spot",
    "__version__",
    "load_model",
    "read_plate",
    "reconstruct",
    "write_hdr",
    "write_pq_avif",
    "write_pq_png",
    "write_uhdr",
]

_HOMES = {
    "Anchors": "hdr_core.anchor_options",
    "HdrError": "hdr_core.errors",
    "LightOptions": "hdr_core.pictures.display_light",
    "Options": "hdr_core.options",
    "Plate": "hdr_core.plate",
    "Reconstruction": "hdr_core.reconstruction",
    "Spot": "hdr_core.anchor_options",
    "load_model": "hdr_core.checkpoint",
    "read_plate": "hdr_core.io.read",
    "reconstruct": "hdr_core.reconstruction",
    "write_hdr": "hdr_core.io.write",
    "write_pq_avif": "hdr_core.pictures.write_avif",
    "write_pq_png": "hdr_core.pictures.write_png",
    "write_uhdr": "hdr_core.pictures.write_uhdr",
}


def __getattr__(name: str) -> object:
    """Return the public ``name`` from its home; AttributeError if it has none."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the promised names, fetched or not."""
    return sorted({*globals(), *__all__})
