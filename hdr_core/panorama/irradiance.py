"""Irradiance of a panorama on surfaces that face along the axes, and its sources.

    E(n) = integral of L(d) max(n . d, 0) dw          over the sphere

L  light from direction d          n  normal of a small surface

Directions: +x ahead at the middle column, +y left, +z up. On an equirectangular
panorama, all six integrals are exact sums: a weight for each row, times a weight for
each column, times the light.

Light is the luminance of Rec.709. If 1 stands for 1 cd/m2, E is in lux.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.appearance import REC709_LUMINANCE
from hdr_core.errors import PlateError
from hdr_core.interop_ids import NETWORK_SPACE
from hdr_core.io.rows import LinearRows, open_linear
from hdr_core.panorama.angles import Row, azimuth_edges, ground_weights, polar_edges
from hdr_core.panorama.ground import ground_reflectance
from hdr_core.panorama.interval import LightSpan
from hdr_core.panorama.invented import Invented, open_invented
from hdr_core.panorama.light_map import LightMap
from hdr_core.panorama.sources import LightSource, find_sources
from hdr_core.panorama.white import WhiteMap, deepest, round_middle

AXES = ("ahead", "back", "left", "right", "up", "down")
# Most columns of the map on which sources are found: 0.18 degree each.
MAP_WIDTH = 2048


@dataclass(frozen=True)
class PanoramaLight:
    """The light of a panorama.

    Attributes:
        width: Columns of the panorama.
        height: Rows of the panorama.
        irradiance: (R, G, B) on a surface that faces each of ``AXES``, Rec.709.
        sources: Light sources, the brightest first.
        light_map: Luminance map on which the sources were found.
        white: Coarse maps of the light and of the white region.
        notes: What was done to the values of the file, one phrase each.
    """

    width: int
    height: int
    irradiance: dict[str, tuple[float, float, float]]
    sources: tuple[LightSource, ...]
    light_map: LightMap
    white: WhiteMap
    notes: tuple[str, ...] = ()

    def illuminance(self, axis: str) -> float:
        """Return the luminance of the irradiance on ``axis``."""
        return float(np.asarray(self.irradiance[axis]) @ REC709_LUMINANCE)

    @property
    def ground(self) -> float:
        """Illuminance of a horizontal ground, a surface that faces up."""
        return self.illuminance("up")

    @property
    def sun(self) -> LightSource | None:
        """The source that is taken for the sun."""
        return next((one for one in self.sources if one.is_sun), None)

    @property
    def sun_place(self) -> tuple[float, float, float] | None:
        """Where the white region says that the sun is, a unit vector.

        Around the sun it is the middle of a round white region, a better place than
        that of reconstructed light. Without a sun it is the place deep in the white sky
        where one is likeliest. None if the white says nothing.
        """
        sun = self.sun
        return (
            deepest(self.white)
            if sun is None
            else round_middle(self.white, sun.direction)
        )

    @property
    def ground_reflectance(self) -> float:
        """Reflectance that the ground seems to have; inf if no light falls on it."""
        return ground_reflectance(self.light_map)


def measure_light(path: Path) -> PanoramaLight:
    """Return irradiance and light sources of a panorama.

    Args:
        path: Path of an equirectangular scene-linear EXR or Radiance HDR file.

    Raises:
        PlateError: The file cannot be read, or is not twice as wide as high.
    """
    with open_linear(path) as source, open_invented(source) as invented:
        require_panorama(source)
        weights = axis_weights(source.height, source.width)
        totals = {axis: np.zeros(3) for axis in AXES}
        light_map = LightMap.empty(source.height, source.width, MAP_WIDTH)
        span = None if invented is None else empty_span(light_map, invented)
        white = WhiteMap.empty(source.height, source.width)
        for band in source.bands():
            pixels = source.read(band)
            light = to_rec709(pixels, source.space)
            for axis, (rows, columns) in weights.items():
                row_sums = np.einsum("hwc,w->hc", light, columns)
                totals[axis] += rows[band] @ row_sums
            luminance = light @ REC709_LUMINANCE
            light_map.add(luminance, band)
            visible = light
            if span is not None and invented is not None:
                gain, uncertainty = invented.read(band)
                visible = visible_light(light, gain)
                span.add(luminance, visible @ REC709_LUMINANCE, uncertainty, band)
            white.add(light, visible, band)
    return PanoramaLight(
        width=source.width,
        height=source.height,
        irradiance={axis: _triple(total) for axis, total in totals.items()},
        sources=find_sources(light_map, span),
        light_map=light_map,
        white=white,
        notes=source.notes,
    )


def empty_span(light_map: LightMap, invented: Invented) -> LightSpan:
    """Return the span, without light, of a result with layers."""
    return LightSpan.empty(
        light_map, boldness=invented.boldness, curve_stops=invented.curve_stops
    )


def visible_light(
    light: NDArray[np.floating[Any]], gain: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Return the light without what was added, (n, W, 3), in Linear Rec.709.

    Args:
        light: Light of a result in Linear Rec.709, (n, W, 3), not in its color space:
            the networks added light to these channels.
        gain: Its layer ``gain``, in stops, (n, W, 3).
    """
    return np.asarray(light * np.exp2(-gain), np.float64)


def require_panorama(source: LinearRows) -> None:
    """Raise PlateError unless ``source`` is a whole panorama, twice as wide as high."""
    full = source.spec.get("GPano:FullPanoWidthPixels")
    part = source.spec.get("GPano:CroppedAreaImageWidthPixels", full)
    if part != full:
        raise PlateError(
            f"{source.path}: a part of a panorama, {part} of {full} columns by its "
            "XMP. Give the whole one."
        )
    if source.width != 2 * source.height:
        raise PlateError(
            f"{source.path}: a panorama is twice as wide as high, found "
            f"{source.width}x{source.height}."
        )


def to_rec709(light: NDArray[np.floating[Any]], space: str) -> NDArray[np.float64]:
    """Return ``light`` (n, W, 3) in Linear Rec.709.

    Args:
        light: Scene-linear, (n, W, 3).
        space: Interop ID of its color space.

    Raises:
        ColorError: There is no such space.
    """
    if space == NETWORK_SPACE:
        return light.astype(np.float64)
    return np.asarray(light.astype(np.float64) @ np.linalg.inv(_from_rec709(space)))


def from_rec709(light: NDArray[np.float64], space: str) -> NDArray[np.float32]:
    """Return ``light`` (n, W, 3) in ``space``; the inverse of ``to_rec709``."""
    if space == NETWORK_SPACE:
        return light.astype(np.float32)
    return np.asarray(light @ _from_rec709(space), dtype=np.float32)


def _from_rec709(space: str) -> NDArray[np.float64]:
    """Return M with ``light @ M`` in a color space, by its interop ID."""
    # Loading OpenColorIO takes time, and only other spaces need it.
    from hdr_core.color.encoding import from_network, matrix_of  # noqa: PLC0415
    from hdr_core.color.ocio import CONFIG, open_config  # noqa: PLC0415

    return matrix_of(from_network(open_config(CONFIG), space))


def axis_weights(height: int, width: int) -> dict[str, tuple[Row, Row]]:
    """Return the weights of rows (H,) and of columns (W,) for each of ``AXES``.

    They are exact integrals. Rows: cos(polar) sin(polar) for up and down, otherwise
    sin(polar)^2. Columns: the positive part of cos(azimuth - azimuth of the axis).
    """
    polar = polar_edges(height)
    up = ground_weights(height)
    level = np.diff(polar / 2 - np.sin(2 * polar) / 4)
    around = np.full(width, 2 * np.pi / width)
    azimuth = azimuth_edges(width)
    facing = {"ahead": 0.0, "left": np.pi / 2, "back": np.pi, "right": -np.pi / 2}
    weights = {axis: (level, _facing(azimuth - at)) for axis, at in facing.items()}
    return weights | {"up": (up, around), "down": (up[::-1], around)}


def _facing(azimuth: Row) -> Row:
    """Return max(cos, 0) integrated over columns with edges ``azimuth`` (W + 1,)."""
    turned = np.remainder(azimuth + np.pi, 2 * np.pi) - np.pi
    # The integral of max(cos, 0) from -pi. It grows by 2 with each whole turn.
    integral = 1.0 + np.sin(np.clip(turned, -np.pi / 2, np.pi / 2))
    integral += 2.0 * np.round((azimuth - turned) / (2 * np.pi))
    return np.abs(np.diff(integral))


def _triple(values: Row) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
