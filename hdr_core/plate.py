"""A plate: pixels with their meaning."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.known_light import GainMap

Pixels = NDArray[np.float32]
Part = int | slice | tuple[slice, list[int]]
"""NumPy index of rows, or of rows and columns."""
State = Literal["encoded", "linear", "hdr"]
Depth = Literal["half", "float"]
"""Number format of the channels of an EXR."""
HALF_MAX = 65504.0
"""The largest number that a half float holds."""

# Keys of ``Plate.metadata``, besides those of a file's header.
NOTES = "hdr_core:notes"
"""Assumptions made while reading: one text, phrases separated by "; "."""
TAG = "hdr_core:tag"
"""The color space that the file names; missing if the file names none."""
LOCAL_TONES = "hdr_core:local_tones"
"""Why the camera is taken to map tones locally, as phones do; missing: it does not."""
PRIMARIES = "hdr_core:primaries"
"""Chromaticities that the file names: x y of red, green, blue and white, as one text;
missing if the tag says enough."""
COLOR_SOURCE = "hdr_core:color_source"
"""The statement of the file that ``TAG`` or ``PRIMARIES`` comes from, in words."""
CURVE = "hdr_core:curve"
"""The curve that the file names, if it is known: "linear"; missing: the codes are a
camera's."""
FRAME = "hdr_core:frame"
"""Number of a frame of a movie, from 1."""


@dataclass(frozen=True)
class Window:
    """Data and display window of an image, in pixels (OpenEXR's convention).

    Attributes:
        x: Column of the upper left corner of the data.
        y: Row of the upper left corner of the data.
        full_x: Column of the upper left corner of the display window.
        full_y: Row of the upper left corner of the display window.
        full_width: Columns of the display window.
        full_height: Rows of the display window.
    """

    x: int
    y: int
    full_x: int
    full_y: int
    full_width: int
    full_height: int


@dataclass(frozen=True)
class Plate:
    """An image and the meaning of its numbers.

    Attributes:
        pixels: (H, W, 3) float32. Encoded plates are in [0, 1]; a code k of an n-bit
            file is exactly k / (2**n - 1).
        state: Meaning of a pixel value: encoded, linear or hdr.
        space: Color space of the pixels; "camera" means that it is not known yet.
        bits: Bits of a channel of an encoded plate (8, 10, 12, 16); None means float.
        alpha: Coverage (H, W) float32 in [0, 1] as stored; None means no alpha.
        is_premultiplied: Whether ``pixels`` are multiplied by ``alpha``.
        window: Data and display window; None means that both are the image.
        lossy_quality: Estimated JPEG quality, 1 to 100; None means a lossless file.
        path: Path of the file; None means that the plate was made in memory.
        metadata: Metadata that the result keeps, such as frame rate and time code, and
            the notes under ``NOTES``.
        gain_map: The light that the file states itself; None means that it states none.
        clip_code: Code of the file that is white, if it is not the largest one. Pixels
            are then shares of it. None means the largest code.
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
    gain_map: GainMap | None = None
    clip_code: int | None = None

    def __post_init__(self) -> None:
        """Raise PlateError unless pixels are (H, W, 3) float32 and alpha fits them."""
        shape = self.pixels.shape
        if len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise PlateError(f"plate: needs (H, W, 3) pixels, found {shape}.")
        if self.pixels.dtype != np.float32:
            raise PlateError(f"plate: needs float32, found {self.pixels.dtype}.")
        if self.alpha is not None and self.alpha.shape != shape[:2]:
            raise PlateError(f"plate: alpha {self.alpha.shape} is not {shape[:2]}.")

    @property
    def height(self) -> int:
        """Rows of the image."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns of the image."""
        return int(self.pixels.shape[1])

    def visible(self, part: Part = slice(None)) -> Pixels:
        """Return pixels without the color that alpha hides, (..., 3).

        Color under a straight alpha of 0 is black. Nobody can see it, so it must not
        change what can be seen. Premultiplied color under alpha 0 is kept: it is light
        that is added, such as a glow.

        Args:
            part: NumPy index of rows, or of rows and columns; all by default.
        """
        pixels = self.pixels[part]
        if self.alpha is None or self.is_premultiplied:
            return pixels
        is_hidden = self.alpha[part] <= 0.0
        if not is_hidden.any():
            return pixels
        return np.where(is_hidden[..., None], np.float32(0.0), pixels)

    @property
    def max_code(self) -> int:
        """Largest code: 255 for 8 bits. Float plates count as 16 bits.

        It is ``clip_code`` if that is given.
        """
        return self.clip_code or int(2 ** (self.bits or 16)) - 1

    def clipped_at(self, code: int | None) -> "Plate":
        """Return the plate with white at a code below the largest one.

        Generated and graded pictures may have their white at code 250. All codes from
        there on become this code.

        Args:
            code: The code that is white; None leaves the plate as it is.

        Raises:
            PlateError: The plate has no such code, or its white is set already.
        """
        if code is None or code == self.clip_code:
            return self
        if self.clip_code is not None or not 1 < code <= self.max_code:
            raise PlateError(
                f"{self.path or 'plate'}: its codes are 0 to {self.max_code}, so white "
                f"cannot be {code}. Choose --clip-level from 2 to {self.max_code}."
            )
        pixels = self.pixels * np.float32(self.max_code / code)
        if self.is_premultiplied and self.alpha is not None:
            np.minimum(pixels, self.alpha[..., None], out=pixels)
        else:
            np.minimum(pixels, np.float32(1.0), out=pixels)
        return replace(self, pixels=pixels, clip_code=code)
