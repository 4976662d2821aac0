"""Calibrate the reconstructed light of a panorama with a light meter.

    H' = min(H, c) + s max(H - c, 0)          s such that E_up(H') = E

H  scene-linear, primaries of the networks   c  sensor clip, with the result's exposure
E  reading of the meter on the ground        s  factor on the light above clip

Light up to the clip stays as it is, because the camera measured it. Light above the
clip is an estimate, so only that is scaled.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.appearance import REC709_LUMINANCE
from hdr_core.errors import OptionError, PlateError
from hdr_core.interop_ids import NETWORK_SPACE
from hdr_core.io.readback import HdrFile, read_hdr
from hdr_core.io.rows import LinearRows, open_linear
from hdr_core.io.write import write_hdr
from hdr_core.panorama.irradiance import (
    axis_weights,
    from_rec709,
    require_panorama,
    to_rec709,
)
from hdr_core.plate import Pixels, Plate

GAIN = "gain"


@dataclass(frozen=True)
class Calibration:
    """The result of a calibration.

    Attributes:
        output: Path of the file that was written.
        lux: Reading of the meter on the ground.
        visible_lux: Illuminance of the ground by light up to the clip.
        reconstructed_lux: Illuminance of the ground by light above the clip, before
            the calibration.
        gain: Factor on the light above the clip.
    """

    output: Path
    lux: float
    visible_lux: float
    reconstructed_lux: float
    gain: float


def calibrate(
    path: Path,
    output: Path,
    *,
    lux: float,
    unit_nits: float = 1.0,
    overwrite: bool = False,
) -> Calibration:
    """Scale the reconstructed light so that the illuminance of the ground is ``lux``.

    Args:
        path: Path of a panorama that hdr-core wrote.
        output: Path of the EXR to write, in float32.
        lux: Reading of a meter that lies on the ground and faces up.
        unit_nits: Luminance in cd/m2 of the value 1 in the file.
        overwrite: Replace an existing file.

    Raises:
        OptionError: ``lux`` or ``unit_nits`` is not positive, the visible light alone
            is more than ``lux``, or no reconstructed light reaches the ground.
        PlateError: The file cannot be read, or was not made by hdr-core.
        OutputError: The result cannot be written.
    """
    if not (lux > 0.0 and unit_nits > 0.0):
        raise OptionError(
            f"calibrate-lux: {lux:g} lux at {unit_nits:g} cd/m2: both must be above 0."
        )
    with open_linear(path) as source:
        require_panorama(source)
        clip = clip_level(path, read_attributes(source))
        visible, added = (total * unit_nits for total in ground_by_clip(source, clip))
        space = source.space
    gain = find_gain(lux, visible, added)
    found = read_hdr(path)
    light = scale_above(found.pixels, clip=clip, gain=gain, space=space)
    calibration = {"calibrated_lux": lux, "calibrated_unit_nits": unit_nits}
    header = {
        name.removeprefix("hdr_core/"): value
        for name, value in found.header.items()
        if name.startswith("hdr_core/")
    }
    write_hdr(
        output,
        Plate(light, "hdr", space=space, bits=None, alpha=found.alpha),
        aovs=_with_gain(found, light),
        header=header | calibration | {"calibrated_gain": gain},
        depth="float",
        overwrite=overwrite,
    )
    return Calibration(output, lux, visible, added, gain)


def find_gain(lux: float, visible: float, added: float) -> float:
    """Return the factor on ``added`` such that the sum with ``visible`` is ``lux``.

    Args:
        lux: Illuminance of the ground to reach.
        visible: Illuminance of the ground by light up to the clip.
        added: Illuminance of the ground by light above the clip.

    Raises:
        OptionError: ``visible`` is not below ``lux``, or ``added`` is 0.
    """
    if visible >= lux:
        raise OptionError(
            f"calibrate-lux: the plate's visible light alone gives {visible:.4g} lux, "
            f"more than the {lux:.4g} measured. Check --unit-nits and the meter."
        )
    if added <= 0.0:
        raise OptionError(
            "calibrate-lux: no light above the clip reaches the ground, so there is "
            "nothing to scale. Calibrate the exposure instead."
        )
    return (lux - visible) / added


def read_attributes(source: LinearRows) -> Mapping[str, Any]:
    """Return hdr-core's attributes in the header of ``source``, without the prefix."""
    return {
        held.name.removeprefix("hdr_core/"): held.value
        for held in source.spec.extra_attribs
        if held.name.startswith("hdr_core/")
    }


def clip_level(path: Path, attributes: Mapping[str, Any]) -> float:
    """Return the light at which the sensor clipped, with the result's exposure.

    Args:
        path: Path of the file, for the error message.
        attributes: As ``read_attributes`` returns them.

    Raises:
        PlateError: The header has no exposure.
    """
    try:
        exposure_stops = float(json.loads(attributes["parameters"])["exposure_stops"])
        level = float(attributes.get("clip_level", 1.0))
    except (KeyError, ValueError, TypeError) as error:
        raise PlateError(
            f"{path}: not made by hdr-core, so its reconstructed light is not known. "
            "Give the EXR that hdr-core convert wrote."
        ) from error
    return float(level * 2.0**exposure_stops)


def ground_by_clip(source: LinearRows, clip: float) -> tuple[float, float]:
    """Return the illuminance of the ground by light up to the clip, and above it."""
    rows, columns = axis_weights(source.height, source.width)["up"]
    totals = np.zeros(2)
    for band in source.bands():
        light = to_rec709(source.read(band), source.space)
        below = np.minimum(light, clip)
        for place, part in enumerate((below, light - below)):
            totals[place] += rows[band] @ (part @ REC709_LUMINANCE) @ columns
    return float(totals[0]), float(totals[1])


def scale_above(
    pixels: Pixels, *, clip: float, gain: float, space: str
) -> NDArray[np.float32]:
    """Return ``pixels`` (H, W, 3) with the light above ``clip`` times ``gain``.

    Pixels without light above the clip stay the same, bit for bit.

    Args:
        pixels: Scene-linear, (H, W, 3).
        clip: Sensor clip, in the primaries of the networks.
        gain: Factor on the light above the clip.
        space: Interop ID of the color space of ``pixels``.
    """
    result = pixels.copy()
    for row, out in zip(pixels, result, strict=True):
        light = to_rec709(row[None], space)[0]
        is_bright = (light > clip).any(axis=1)
        if is_bright.any():
            bright = light[is_bright]
            scaled = np.minimum(bright, clip) + gain * np.maximum(bright - clip, 0.0)
            out[is_bright] = from_rec709(scaled[None], space)[0]
    return result


def _with_gain(found: HdrFile, light: Pixels) -> dict[str, Pixels]:
    """Return the AOVs, with the gain in stops updated."""
    if GAIN not in found.aovs or found.header["colorInteropID"] != NETWORK_SPACE:
        return {name: held for name, held in found.aovs.items() if name != GAIN}
    stops = np.log2(np.maximum(light, 1e-6) / np.maximum(found.pixels, 1e-6))
    return found.aovs | {GAIN: (found.aovs[GAIN] + stops).astype(np.float32)}
