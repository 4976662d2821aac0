"""A plate: pixels with their meaning."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError

Pixels = NDArray[np.float32]
State = Literal["encoded", "linear", "hdr"]
Depth = Literal["half", "float"]
"""Number format of the channels of an EXR."""
HALF_MAX = 65504.0
"""The largest number that a half float holds."""

NETWORK_SPACE = "lin_rec709_scene"
"""The color space that the networks learnt in."""
INTEROP_IDS = (
    NETWORK_SPACE,
    "lin_ap1_scene",
    "lin_ap0_scene",
    "lin_rec2020_scene",
    "lin_p3d65_scene",
    "lin_adobergb_scene",
    "lin_ciexyzd65_scene",
)
"""Scene-linear color spaces that the Color Interop Forum names."""
UNKNOWN_SPACE = "unknown"

# Keys of ``Plate.metadata``, beside what a file's header says.
NOTES = "hdr_core:notes"
"""What was assumed while reading: one text, phrases parted by "; "."""
TAG = "hdr_core:tag"
"""The color space that the file says it is in; missing: it does not say."""
FRAME = "hdr_core:frame"
"""Number of a movie's frame, from 1."""


@dataclass(frozen=True)
class Window:
    """Data and display window of an image, in pixels (OpenEXR's convention).

    ``x, y`` is the upper left corner of the data; ``full_*`` the display window.
    """

    x: int
    y: int
    full_x: int
    full_y: int
    full_width: int
    full_height: int


@dataclass(frozen=True)
class Plate:
    """An image and what its numbers mean.

    Attributes:
        pixels: (H, W, 3) float32. Encoded plates lie in [0, 1]; a code k of an
            n-bit file is k / (2**n - 1) exactly.
        state: What a pixel value is: encoded, linear or hdr.
        space: Color space of the pixels; "camera" where only the estimated
            camera knows.
        bits: Bits a channel of an encoded plate (8, 10, 12, 16); None: float.
        alpha: Coverage (H, W) float32 in [0, 1] as stored, or None.
        is_premultiplied: Whether ``pixels`` are multiplied by ``alpha``.
        window: Data and display window; None: both are the image.
        lossy_quality: Estimated JPEG quality 1-100; None: a lossless file.
        path: Where it came from; None: made in memory.
        metadata: What else rides along (frame rate, time code, notes on what was
            assumed while reading under "hdr_core:notes").
    """

    pixels: Pixels
    state: State
    space: str = "camera"
    bits: int | None = 8
    alpha: Pixels | None = None
    is_premultiplied: bool = False
    window: Window | None = None
    lossy_quality: int | None = None
    path: Path | None = None
    metadata: Mapping[str, str | int | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse pixels that are not (H, W, 3) float32."""
        shape = self.pixels.shape
        if len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise PlateError(f"plate: needs (H, W, 3) pixels, found {shape}.")
        if self.pixels.dtype != np.float32:
            raise PlateError(f"plate: needs float32, found {self.pixels.dtype}.")
        if self.alpha is not None and self.alpha.shape != shape[:2]:
            raise PlateError(f"plate: alpha {self.alpha.shape} is not {shape[:2]}.")

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def max_code(self) -> int:
        """Largest code: 255 for 8 bits; float plates count as 16 bits."""
        return int(2 ** (self.bits or 16)) - 1
