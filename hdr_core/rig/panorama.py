"""A panorama in memory, with its luminance."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.appearance import REC709_LUMINANCE
from hdr_core.errors import PlateError
from hdr_core.execution.scratch import bands
from hdr_core.interop_ids import INTEROP_IDS
from hdr_core.io.rows import open_linear
from hdr_core.panorama.interval import LightSpan
from hdr_core.panorama.invented import Invented, open_invented
from hdr_core.panorama.irradiance import (
    MAP_WIDTH,
    empty_span,
    require_panorama,
    to_rec709,
    visible_light,
)
from hdr_core.panorama.light_map import LightMap
from hdr_core.panorama.white import WhiteMap
from hdr_core.plate import Pixels

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Panorama:
    """A panorama in memory.

    Attributes:
        path: Path of its file.
        pixels: Scene-linear, (H, W, 3).
        space: Interop ID of the color space of ``pixels``.
        depth: Number format of the file.
        light_map: Its luminance.
        white: Coarse maps of the light and of the white region.
        span: How far that is known; None means that nothing says it.
    """

    path: Path
    pixels: Pixels
    space: str
    depth: Literal["half", "float"]
    light_map: LightMap
    white: WhiteMap
    span: LightSpan | None = None

    def luminance(self, light: NDArray[np.floating[Any]]) -> Array:
        """Return the luminance of light (n, 3) in the space of the panorama."""
        return np.asarray(to_rec709(light[None], self.space)[0] @ REC709_LUMINANCE)

    def light_luminance(self, light: tuple[float, float, float]) -> float:
        """Return the luminance of one light (R, G, B) in the space of the panorama."""
        return float(self.luminance(np.array([light]))[0])


def make_panorama(
    path: Path,
    pixels: Pixels,
    space: str,
    depth: Literal["half", "float"],
    *,
    invented: Invented | None = None,
) -> Panorama:
    """Return light in memory as a panorama.

    Args:
        path: Path of its file.
        pixels: Scene-linear, (H, 2H, 3).
        space: Interop ID of the color space of ``pixels``.
        depth: Number format of the file.
        invented: What says how much of the light was added; None means nothing.
    """
    height, width = pixels.shape[:2]
    light_map = LightMap.empty(height, width, MAP_WIDTH)
    span = None if invented is None else empty_span(light_map, invented)
    white = WhiteMap.empty(height, width)
    for band in bands(pixels):
        light = to_rec709(pixels[band], space)
        luminance = light @ REC709_LUMINANCE
        light_map.add(luminance, band)
        visible = light
        if span is not None and invented is not None:
            gain, uncertainty = invented.read(band)
            visible = visible_light(light, gain)
            span.add(luminance, visible @ REC709_LUMINANCE, uncertainty, band)
        white.add(light, visible, band)
    return Panorama(path, pixels, space, depth, light_map, white, span)


def read_panorama(path: Path) -> Panorama:
    """Read an equirectangular scene-linear EXR or Radiance HDR file.

    Raises:
        PlateError: The file cannot be read, is not twice as wide as high, or its color
            space is no space of light.
    """
    with open_linear(path) as source, open_invented(source) as invented:
        require_panorama(source)
        if source.space not in INTEROP_IDS:
            raise PlateError(
                f"{path}: its colorInteropID is {source.space!r}, which names no "
                f"scene-linear colors. Correct it: {', '.join(INTEROP_IDS)}."
            )
        pixels = np.empty((source.height, source.width, 3), np.float32)
        for band in source.bands():
            pixels[band] = source.read(band)
        is_half = str(source.spec.format) == "half"
        depth: Literal["half", "float"] = "half" if is_half else "float"
        return make_panorama(path, pixels, source.space, depth, invented=invented)
